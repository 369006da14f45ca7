/* Pipelines: list, get, status; and which function does what. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/tenants.h"

/* ---- reading ---- */

int ops_find(struct serve *serve, const struct api_request *request, struct store_pipeline *row, struct arena *arena,
	struct api_answer *answer)
{
	struct err err;
	int error = store_pipeline_get(serve->store, request->tenant, request->name, row, arena, &err);

	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

int ops_find_served(struct serve *serve, const struct api_request *request, struct served **served,
	struct api_answer *answer)
{
	struct store_pipeline row;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = ops_find(serve, request, &row, &arena, answer);
	*served = error == 0 ? served_find(serve, row.id) : NULL;
	arena_fini(&arena);
	return error;
}

int ops_not_served(struct api_answer *answer)
{
	return answer_unavailable(answer, "pipeline.failed", 5, "The pipeline is not known to the running supervisor.");
}

int ops_show(struct serve *serve, const struct store_pipeline *row, const struct api_caller *caller,
	struct api_answer *answer)
{
	answer->body = status_pipeline(row, served_find(serve, row->id), caller);
	snprintf(answer->etag, sizeof(answer->etag), "%s", row->etag);
	return 0;
}

static int pipeline_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct store_pipeline row;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = ops_find(owner, request, &row, &arena, answer);
	if (error == 0)
		error = ops_show(owner, &row, request->caller, answer);
	arena_fini(&arena);
	return error;
}

static int pipeline_status(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct store_pipeline row;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = ops_find(owner, request, &row, &arena, answer);
	if (error == 0)
		answer->body = status_of(&row, served_find(owner, row.id), request->caller, STATUS_FRESH);
	arena_fini(&arena);
	return error;
}

/* As the store wants them, owned; NULL: none, or only some without a value, which ops_matches() looks at. */
static char *label_text(const struct api_list *list)
{
	json_t *labels = json_object();
	char *text;

	for (size_t i = 0; i < list->label_count; i++) {
		if (list->labels[i].value != NULL)
			json_object_set_new(labels, list->labels[i].key, json_string(list->labels[i].value));
	}
	text = json_object_size(labels) > 0 ? json_dumps(labels, JSON_COMPACT) : NULL;
	json_decref(labels);
	return text;
}

struct store_filter ops_filter(const struct api_request *request, const struct api_list *list, char **labels)
{
	const char *own = request->caller->tenant[0] != '\0' ? request->caller->tenant : NULL;

	*labels = label_text(list);
	return (struct store_filter){ .tenant = request->tenant != NULL ? request->tenant : own, .text = list->q,
		.labels = *labels };
}

static bool is_in_state(const struct served *served, const char *state)
{
	const char *flow_state;

	if (strcmp(pipeline_state_name(pipeline_state(served->pipeline)), state) == 0)
		return true;
	flow_state = status_flow_state(served);
	return flow_state != NULL && strcmp(flow_state, state) == 0;
}

static bool has_labels(const struct store_pipeline *row, const struct api_list *list)
{
	json_t *labels = ops_json(row->labels);
	bool has = true;

	for (size_t i = 0; i < list->label_count && has; i++)
		has = json_object_get(labels, list->labels[i].key) != NULL;
	json_decref(labels);
	return has;
}

bool ops_matches(const struct store_pipeline *row, const struct served *served, const struct api_list *list)
{
	if (list->state != NULL && (served == NULL || !is_in_state(served, list->state)))
		return false;
	return list->label_count == 0 || has_labels(row, list);
}

static int list_failed(int error, struct err *err)
{
	return error == ERR_LIMIT ? err_set(err, ERR_INVALID, "the page is too large: give a smaller limit") : error;
}

/* States are not the store's: its pages are read until one has something that fits. */
static int list_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	const struct api_list *query = list->query;
	char *labels;
	const struct store_filter filter = ops_filter(list->request, query, &labels);
	struct store_pipelines page;
	int error = store_pipelines_list(list->serve->store, &filter, after[0] != '\0' ? after : NULL, query->limit,
		query->with_config, &page, list->arena, err);

	free(labels);
	if (error != 0)
		return list_failed(error, err);
	for (size_t i = 0; i < page.count && error == 0; i++) {
		const struct store_pipeline *row = &page.items[i];
		const struct served *served = served_find(list->serve, row->id);

		if (!ops_matches(row, served, query))
			continue;
		error = buffer_append(&list->text, list->text.length > 0 ? "," : "[", 1);
		if (error == 0)
			error = status_append_pipeline(&list->text, row, served, list->request->caller, query->with_config);
	}
	if (error != 0)
		return list_failed(error, err);
	*next = page.next;
	return 0;
}

int ops_tenant_exists(struct serve *serve, const char *tenant, struct api_answer *answer)
{
	struct store_tenant row;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_tenant_get(serve->store, tenant, &row, &arena, &err);
	arena_fini(&arena);
	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

static int pipeline_list(void *owner, const struct api_request *request, const struct api_list *list,
	struct api_answer *answer)
{
	int error = request->tenant != NULL ? ops_tenant_exists(owner, request->tenant, answer) : 0;

	return error == 0 ? ops_list_answer(owner, request, list, list_page, answer) : error;
}

void ops_pipelines_init(struct api_ops *ops)
{
	ops->pipeline_list = pipeline_list;
	ops->pipeline_get = pipeline_get;
	ops->pipeline_status = pipeline_status;
	ops->pipeline_create = ops_pipeline_create;
	ops->pipeline_put = ops_pipeline_put;
	ops->validate = ops_validate;
}
