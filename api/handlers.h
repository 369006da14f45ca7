/* The routes' handlers: from path, query and body to an operation. Each returns what the operation did. */
#ifndef SLUICE_API_HANDLERS_H
#define SLUICE_API_HANDLERS_H

#include <stddef.h>

struct exchange;

/* handle_tenants.c */
int handle_tenant_list(struct exchange *exchange);
int handle_tenant_get(struct exchange *exchange);
int handle_tenant_put(struct exchange *exchange);
int handle_tenant_delete(struct exchange *exchange);
int handle_token_list(struct exchange *exchange);
int handle_token_create(struct exchange *exchange);
int handle_token_delete(struct exchange *exchange);

/* handle_session.c */
int handle_session_create(struct exchange *exchange);
int handle_session_get(struct exchange *exchange);
int handle_session_delete(struct exchange *exchange);

/* handle_pipelines.c */
int handle_pipeline_list(struct exchange *exchange);
int handle_pipeline_create(struct exchange *exchange);
int handle_pipeline_get(struct exchange *exchange);
int handle_pipeline_put(struct exchange *exchange);
int handle_pipeline_patch(struct exchange *exchange);
int handle_pipeline_delete(struct exchange *exchange);
int handle_pipeline_status(struct exchange *exchange);
int handle_validate(struct exchange *exchange);

/* handle_revisions.c */
int handle_revision_list(struct exchange *exchange);
int handle_revision_get(struct exchange *exchange);
int handle_rollback(struct exchange *exchange);

/* handle_verbs.c */
int handle_start(struct exchange *exchange);
int handle_stop(struct exchange *exchange);
int handle_restart(struct exchange *exchange);
int handle_start_all(struct exchange *exchange);
int handle_stop_all(struct exchange *exchange);
int handle_restart_all(struct exchange *exchange);

/* handle_streams.c */
int handle_events(struct exchange *exchange);
int handle_logs(struct exchange *exchange);
int handle_tap(struct exchange *exchange);
int handle_log_level_get(struct exchange *exchange);
int handle_log_level(struct exchange *exchange);

/* handle_transfer.c */
int handle_export(struct exchange *exchange);
int handle_import(struct exchange *exchange);

/* handle_views.c */
int handle_subscription_list(struct exchange *exchange);
int handle_host_id_list(struct exchange *exchange);
int handle_audit_list(struct exchange *exchange);
int handle_schema(struct exchange *exchange);
int handle_openapi(struct exchange *exchange);
int handle_live(struct exchange *exchange);
int handle_ready(struct exchange *exchange);
int handle_metrics(struct exchange *exchange);

/* handle_webui.c */
int handle_webui_page(struct exchange *exchange);
int handle_webui_asset(struct exchange *exchange);

/* api/openapi.yaml as JSON; made at build time. */
extern const char api_openapi_json[];
extern const size_t api_openapi_json_length;

#endif
