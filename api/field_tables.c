/* The members of requests' bodies, as api/openapi.yaml describes them. */
#include "api/fields.h"

enum { DESCRIPTION_MAX = 1000, DISPLAY_NAME_MAX = 200, TOKEN_MAX = 200, HOST_ID_MAX = 140,
	MEMORY_MIN = 16 << 20 };      /* the stacks of a worker's two threads count */

static const char *const roles[] = { "admin", "operator", "viewer", NULL };
static const char *const desired_states[] = { "running", "stopped", NULL };
static const char *const log_levels[] = { "debug", "info", "warn", "error", NULL };
static const char *const kinds[] = { "tenant", "pipeline", NULL };
static const char *const sinks[] = { "s3", "file", "stdout", "prom_sky_con", NULL };

static const struct field tenant_limit_fields[] = {
	{ .name = "pipelines", .type = FIELD_COUNT, .max = 100000, .nullable = true },
	{ .name = "spool_bytes", .type = FIELD_COUNT, .max = INT64_MAX, .nullable = true },
	{ .name = "worker_memory_bytes", .type = FIELD_COUNT, .min = MEMORY_MIN, .max = INT64_MAX, .nullable = true },
	{ .name = "sinks", .type = FIELD_CHOICES, .names = sinks, .nullable = true },
	{ 0 },
};

const struct field tenant_fields[] = {
	{ .name = "display_name", .type = FIELD_TEXT, .max = DISPLAY_NAME_MAX },
	{ .name = "limits", .type = FIELD_OBJECT, .fields = tenant_limit_fields },
	{ 0 },
};

const struct field token_fields[] = {
	{ .name = "role", .type = FIELD_CHOICE, .names = roles },
	{ .name = "description", .type = FIELD_TEXT, .max = DESCRIPTION_MAX },
	{ .name = "expires_at", .type = FIELD_TIME, .nullable = true },
	{ 0 },
};

static const struct field pipeline_limit_fields[] = {
	{ .name = "restarts", .type = FIELD_RESTARTS, .nullable = true },
	{ .name = "spool_bytes", .type = FIELD_COUNT, .max = INT64_MAX, .nullable = true },
	{ .name = "worker_memory_bytes", .type = FIELD_COUNT, .min = MEMORY_MIN, .max = INT64_MAX, .nullable = true },
	{ 0 },
};

const struct field pipeline_envelope_fields[] = {
	{ .name = "name", .type = FIELD_NAME },
	{ .name = "config", .type = FIELD_OBJECT },
	{ .name = "desired_state", .type = FIELD_CHOICE, .names = desired_states },
	{ .name = "description", .type = FIELD_TEXT, .max = DESCRIPTION_MAX },
	{ .name = "labels", .type = FIELD_LABELS },
	{ .name = "limits", .type = FIELD_OBJECT, .fields = pipeline_limit_fields },
	{ 0 },
};

const struct field start_fields[] = {
	{ 0 },
};

const struct field verb_fields[] = {
	{ .name = "force", .type = FIELD_BOOL },
	{ .name = "drain_timeout", .type = FIELD_DURATION, .max = FIELD_DURATION_MAX_MS },
	{ 0 },
};

const struct field session_fields[] = {
	{ .name = "token", .type = FIELD_TEXT, .max = TOKEN_MAX, .required = true },
	{ 0 },
};

const struct field rollback_fields[] = {
	{ .name = "revision", .type = FIELD_COUNT, .min = 1, .max = INT64_MAX, .required = true },
	{ 0 },
};

const struct field log_level_fields[] = {
	{ .name = "level", .type = FIELD_CHOICE, .names = log_levels, .required = true, .nullable = true },
	{ 0 },
};

const struct field tenant_document_fields[] = {
	{ .name = "kind", .type = FIELD_CHOICE, .names = kinds, .required = true },
	{ .name = "name", .type = FIELD_NAME, .required = true },
	{ .name = "display_name", .type = FIELD_TEXT, .max = DISPLAY_NAME_MAX },
	{ .name = "limits", .type = FIELD_OBJECT, .fields = tenant_limit_fields },
	{ 0 },
};

const struct field pipeline_document_fields[] = {
	{ .name = "kind", .type = FIELD_CHOICE, .names = kinds, .required = true },
	{ .name = "tenant", .type = FIELD_NAME, .required = true },
	{ .name = "name", .type = FIELD_NAME, .required = true },
	{ .name = "desired_state", .type = FIELD_CHOICE, .names = desired_states },
	{ .name = "description", .type = FIELD_TEXT, .max = DESCRIPTION_MAX },
	{ .name = "labels", .type = FIELD_LABELS },
	{ .name = "limits", .type = FIELD_OBJECT, .fields = pipeline_limit_fields },
	{ .name = "auto_host_id", .type = FIELD_TEXT, .max = HOST_ID_MAX },
	{ .name = "config", .type = FIELD_OBJECT, .required = true },
	{ 0 },
};
