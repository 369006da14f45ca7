/* The table of routes. api/openapi.yaml describes them; a test holds the two against each other. */
#include "api/handlers.h"
#include "api/router.h"

#define TENANT "/v1/tenants/{t}"
#define PIPELINES TENANT "/pipelines"
#define PIPELINE PIPELINES "/{name}"

enum {
	LIST = QUERY_PAGE | QUERY_Q,
	PIPELINE_LIST = LIST | QUERY_FILTER | QUERY_FIELDS,
	WRITE = QUERY_DRY_RUN,
	CHANGE = QUERY_DRY_RUN | QUERY_WAIT,
	VALIDATE = QUERY_TENANT | QUERY_NAME | QUERY_PROBE,
	BULK = QUERY_FILTER | QUERY_Q | CHANGE,
	IMPORT = QUERY_DRY_RUN | QUERY_PRUNE | QUERY_SECRETS | QUERY_DISCARD,
	AUDIT = LIST | QUERY_AUDIT | QUERY_TENANT | QUERY_PIPELINE,
	EVENTS = QUERY_TENANT | QUERY_PIPELINE | QUERY_EVENTS,
	BODY = ROUTE_BODY,
	MAYBE = ROUTE_BODY_OPTIONAL,
};

#define VIEWER API_ROLE_VIEWER
#define OPERATOR API_ROLE_OPERATOR
#define ADMIN API_ROLE_ADMIN

const struct route api_routes[] = {
	{ METHOD_GET, "/v1/tenants", ADMIN, 0, LIST, handle_tenant_list, NULL },
	{ METHOD_GET, TENANT, ADMIN, 0, 0, handle_tenant_get, NULL },
	{ METHOD_PUT, TENANT, ADMIN, BODY, WRITE, handle_tenant_put, "tenant.change" },
	{ METHOD_DELETE, TENANT, ADMIN, 0, WRITE | QUERY_FORCE, handle_tenant_delete, "tenant.delete" },

	{ METHOD_GET, TENANT "/tokens", ADMIN, 0, LIST, handle_token_list, NULL },
	{ METHOD_POST, TENANT "/tokens", ADMIN, BODY, WRITE, handle_token_create, "token.create" },
	{ METHOD_DELETE, TENANT "/tokens/{id}", ADMIN, 0, WRITE, handle_token_delete, "token.delete" },
	{ METHOD_GET, "/v1/tokens", ADMIN, 0, LIST, handle_token_list, NULL },
	{ METHOD_POST, "/v1/tokens", ADMIN, MAYBE, WRITE, handle_token_create, "token.create" },
	{ METHOD_DELETE, "/v1/tokens/{id}", ADMIN, 0, WRITE, handle_token_delete, "token.delete" },

	{ METHOD_POST, "/v1/session", API_ROLE_NONE, BODY | ROUTE_OPEN, 0, handle_session_create, "login" },
	{ METHOD_GET, "/v1/session", VIEWER, 0, 0, handle_session_get, NULL },
	{ METHOD_DELETE, "/v1/session", VIEWER, 0, 0, handle_session_delete, NULL },

	{ METHOD_GET, "/v1/pipelines", VIEWER, 0, PIPELINE_LIST, handle_pipeline_list, NULL },
	{ METHOD_GET, PIPELINES, VIEWER, 0, PIPELINE_LIST, handle_pipeline_list, NULL },
	{ METHOD_POST, PIPELINES, OPERATOR, BODY, CHANGE | QUERY_NAME, handle_pipeline_create, "pipeline.create" },
	{ METHOD_GET, PIPELINE, VIEWER, 0, 0, handle_pipeline_get, NULL },
	{ METHOD_PUT, PIPELINE, OPERATOR, BODY, CHANGE, handle_pipeline_put, "pipeline.change" },
	{ METHOD_PATCH, PIPELINE, OPERATOR, BODY | ROUTE_PATCH, CHANGE, handle_pipeline_patch, "pipeline.change" },
	{ METHOD_DELETE, PIPELINE, OPERATOR, 0, WRITE | QUERY_DISCARD, handle_pipeline_delete, "pipeline.delete" },
	{ METHOD_GET, PIPELINE "/status", VIEWER, 0, 0, handle_pipeline_status, NULL },
	{ METHOD_GET, PIPELINE "/tap", VIEWER, 0, QUERY_TAP, handle_tap, NULL },

	{ METHOD_POST, PIPELINE "/start", OPERATOR, MAYBE, CHANGE, handle_start, "pipeline.start" },
	{ METHOD_POST, PIPELINE "/stop", OPERATOR, MAYBE, CHANGE, handle_stop, "pipeline.stop" },
	{ METHOD_POST, PIPELINE "/restart", OPERATOR, MAYBE, CHANGE, handle_restart, "pipeline.restart" },
	{ METHOD_GET, PIPELINE "/logs", VIEWER, 0, QUERY_LOG, handle_logs, NULL },
	{ METHOD_GET, PIPELINE "/log-level", VIEWER, 0, 0, handle_log_level_get, NULL },
	{ METHOD_PUT, PIPELINE "/log-level", OPERATOR, BODY, 0, handle_log_level, "pipeline.log_level" },

	{ METHOD_GET, PIPELINE "/revisions", VIEWER, 0, LIST, handle_revision_list, NULL },
	{ METHOD_GET, PIPELINE "/revisions/{n}", VIEWER, 0, 0, handle_revision_get, NULL },
	{ METHOD_POST, PIPELINE "/rollback", OPERATOR, BODY, CHANGE, handle_rollback, "pipeline.rollback" },

	{ METHOD_POST, PIPELINES ":start", OPERATOR, MAYBE, BULK, handle_start_all, "pipeline.start" },
	{ METHOD_POST, PIPELINES ":stop", OPERATOR, MAYBE, BULK, handle_stop_all, "pipeline.stop" },
	{ METHOD_POST, PIPELINES ":restart", OPERATOR, MAYBE, BULK, handle_restart_all, "pipeline.restart" },

	{ METHOD_GET, "/v1/schema", VIEWER, 0, 0, handle_schema, NULL },
	{ METHOD_POST, "/v1/validate", VIEWER, BODY, VALIDATE, handle_validate, NULL },
	{ METHOD_GET, "/v1/events", VIEWER, 0, EVENTS, handle_events, NULL },
	{ METHOD_GET, "/v1/subscriptions", VIEWER, 0, LIST, handle_subscription_list, NULL },
	{ METHOD_GET, "/v1/host-ids", ADMIN, 0, LIST, handle_host_id_list, NULL },
	{ METHOD_GET, "/v1/audit", ADMIN, 0, AUDIT, handle_audit_list, NULL },

	{ METHOD_GET, "/v1/export", ADMIN, 0, 0, handle_export, NULL },
	{ METHOD_POST, "/v1/import", ADMIN, BODY | ROUTE_DOCUMENTS, IMPORT, handle_import, "import" },

	{ METHOD_GET, "/v1/openapi.json", API_ROLE_NONE, ROUTE_OPEN, 0, handle_openapi, NULL },
	{ METHOD_GET, "/", API_ROLE_NONE, ROUTE_OPEN | ROUTE_FILE, 0, handle_webui_page, NULL },
	{ METHOD_GET, "/assets/{file}", API_ROLE_NONE, ROUTE_OPEN | ROUTE_FILE, 0, handle_webui_asset, NULL },
	{ METHOD_GET, "/livez", API_ROLE_NONE, ROUTE_OPEN, 0, handle_live, NULL },
	{ METHOD_GET, "/readyz", API_ROLE_NONE, ROUTE_OPEN, 0, handle_ready, NULL },
	{ METHOD_GET, "/metrics", VIEWER, 0, 0, handle_metrics, NULL },
	{ 0 },
};
