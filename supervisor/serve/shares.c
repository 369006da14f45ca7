/* What of the limits is a pipeline's own: a tenant's spool is shared by its pipelines, the supervisor's by all; what a worker's
 * memory may be holds for each of a tenant's workers. */
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/tenants.h"

#define WORKER_MEMORY "worker_memory_bytes"

static uint64_t count_of_tenant(const struct serve *serve, const char *tenant)
{
	uint64_t count = 0;

	for (size_t i = 0; i < serve->served_count; i++)
		count += strcmp(serve->served[i]->tenant, tenant) == 0;
	return count;
}

/* 0: it has none. */
static uint64_t limit_of(const json_t *limits, const char *member)
{
	const json_t *value = json_object_get(limits, member);

	if (!json_is_integer(value))
		return 0;
	/* nothing at all is as little as there can be */
	return json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 1;
}

static uint64_t limit_of_tenant(struct serve *serve, const char *name, const char *member)
{
	struct store_tenant tenant;
	struct arena arena;
	uint64_t limit = 0;

	arena_init(&arena, SERVE_ARENA);
	if (store_tenant_get(serve->store, name, &tenant, &arena, NULL) == 0) {
		json_t *limits = ops_json(tenant.limits);

		limit = limit_of(limits, member);
		json_decref(limits);
	}
	arena_fini(&arena);
	return limit;
}

static uint64_t lower(uint64_t quota, uint64_t limit, uint64_t sharers)
{
	uint64_t share = limit / (sharers > 0 ? sharers : 1);

	if (limit == 0)
		return quota;
	if (share == 0)
		share = 1;
	return quota == 0 || share < quota ? share : quota;
}

uint64_t served_quota(const struct fleet *fleet, const struct pipeline *pipeline)
{
	struct serve *serve = loop_owner((struct fleet *)fleet, struct serve, fleet);
	const struct served *served = served_find(serve, pipeline_id(pipeline));
	uint64_t quota;

	if (served == NULL)
		return 0;
	quota = lower(served->own_quota, limit_of_tenant(serve, served->tenant, "spool_bytes"), count_of_tenant(serve, served->tenant));
	return lower(quota, serve->options.spool_limit, serve->served_count);
}

uint64_t served_memory(const struct served *served, const json_t *limits)
{
	return lower(limit_of(limits, WORKER_MEMORY), limit_of_tenant(served->serve, served->tenant, WORKER_MEMORY), 1);
}
