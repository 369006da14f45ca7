/* Tenants as the API has them. */
#include <stdlib.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/tenants.h"

static json_t *tenant_json(const struct store_tenant *tenant)
{
	return json_pack("{ss ss so so so si}", "name", tenant->name, "display_name", tenant->display_name, "limits",
		ops_json(tenant->limits), "created_at", ops_time(tenant->created_ms), "updated_at",
		ops_time(tenant->updated_ms), "tokens", (int)tenant->tokens);
}

static int tenant_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	struct store_tenants page;
	int error = store_tenants_list(list->serve->store, after, list->query->limit, &page, list->arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; i < page.count; i++) {
		const char *const texts[] = { page.items[i].name, page.items[i].display_name };

		if (ops_list_fits(list, texts, 2))
			json_array_append_new(list->items, tenant_json(&page.items[i]));
	}
	*next = page.next;
	return 0;
}

static int tenant_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer)
{
	return ops_list_answer(owner, request, query, tenant_page, answer);
}

/* Fills the answer with the tenant as it is stored. */
static int show(struct serve *serve, const char *name, struct api_answer *answer)
{
	struct store_tenant tenant;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_tenant_get(serve->store, name, &tenant, &arena, &err);
	if (error == 0)
		answer->body = tenant_json(&tenant);
	arena_fini(&arena);
	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

static int tenant_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	return show(owner, request->tenant, answer);
}

/* A dry run has left nothing to be read: what was asked for stands over what there is. */
static int show_wish(struct serve *serve, const struct api_request *request, const struct api_tenant_input *input,
	bool created, struct api_answer *answer)
{
	int result = 0;

	if (created)
		answer->body = json_pack("{ss ss s{}}", "name", request->tenant, "display_name", "", "limits");
	else
		result = show(serve, request->tenant, answer);
	if (result != 0)
		return result;
	if (input->display_name != NULL)
		json_object_set_new(answer->body, "display_name", json_string(input->display_name));
	if (input->limits != NULL)
		json_object_set_new(answer->body, "limits", json_deep_copy(input->limits));
	return 0;
}

static int tenant_put(void *owner, const struct api_request *request, const struct api_tenant_input *input,
	struct api_answer *answer)
{
	struct serve *serve = owner;
	char *limits = input->limits != NULL ? json_dumps(input->limits, JSON_COMPACT) : NULL;
	struct store_tenant tenant = { .name = request->tenant, .display_name = input->display_name, .limits = limits };
	struct store_change change;
	struct err err;
	int outcome, result;

	ops_change(request, &change);
	result = store_tenant_put(serve->store, &change, &tenant, &outcome, &err);
	free(limits);
	if (result != 0)
		return ops_failed(answer, result, &err);
	result = request->dry_run ? show_wish(serve, request, input, outcome == STORE_CREATED, answer)
		: show(serve, request->tenant, answer);
	if (result != 0)
		return result;
	json_object_set_new(answer->body, "changed", json_boolean(outcome != STORE_UNCHANGED));
	answer->status = outcome == STORE_CREATED && !request->dry_run ? 201 : 200;
	return 0;
}

/* What goes with the tenant's pipelines unwritten. A new reference; NULL: nothing. */
static json_t *discarded(const struct serve *serve, const char *tenant)
{
	json_int_t flows = 0, objects = 0, pipelines = 0;

	for (size_t i = 0; i < serve->served_count; i++) {
		uint64_t own_objects, own_flows;

		if (strcmp(serve->served[i]->tenant, tenant) != 0)
			continue;
		pipeline_unsent(serve->served[i]->pipeline, &own_objects, &own_flows);
		objects += (json_int_t)own_objects;
		flows += (json_int_t)own_flows;
		pipelines += own_objects > 0 || own_flows > 0;
	}
	if (pipelines == 0)
		return NULL;
	return json_pack("{s{sI sI sI}}", "discarded", "flows", flows, "objects", objects, "pipelines", pipelines);
}

/* detail: for the audit row; NULL: none. */
static int remove_row(struct serve *serve, const struct api_request *request, const char *detail,
	struct api_answer *answer)
{
	struct store_refusal refusal = { 0 };
	struct store_change change;
	struct err err;
	int error;

	ops_change(request, &change);
	change.detail = detail;
	error = store_tenant_delete(serve->store, &change, request->tenant, request->force, &refusal, &err);
	if (error == 0)
		return 0;
	return refusal.kind != STORE_NOT_REFUSED ? ops_refused(answer, request, &refusal, "")
		: ops_failed(answer, error, &err);
}

/* With force its pipelines end at once: what they have not written is named, in the answer and the audit row. */
static int tenant_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	json_t *what = request->force ? discarded(owner, request->tenant) : NULL;
	char *detail = what != NULL ? json_dumps(what, JSON_COMPACT) : NULL;
	/* the rows first: what is refused or fails leaves everything as it was */
	int result = remove_row(owner, request, detail, answer);

	free(detail);
	if (result != 0) {
		json_decref(what);
		return result;
	}
	if (request->dry_run) {
		answer->body = json_pack("{sb}", "changed", 1);
		json_object_update(answer->body, what);
		json_decref(what);
		return 0;
	}
	if (request->force)
		served_remove_tenant(owner, request->tenant);
	answer->status = what != NULL ? 200 : 204;
	answer->body = what;
	return 0;
}

void ops_tenants_init(struct api_ops *ops)
{
	ops->tenant_list = tenant_list;
	ops->tenant_get = tenant_get;
	ops->tenant_put = tenant_put;
	ops->tenant_delete = tenant_delete;
}
