/* Pipelines: list, get, create, replace, status, validate. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "supervisor/serve/compose.h"
#include "supervisor/serve/ops.h"
#include "supervisor/serve/ops_pipelines.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/status.h"
#include "supervisor/serve/tickets.h"
#include "supervisor/store/tenants.h"

/* ---- reading ---- */

int ops_find(struct serve *serve, const struct api_request *request, struct store_pipeline *row, struct arena *arena,
	struct api_answer *answer)
{
	struct err err;
	int error = store_pipeline_get(serve->store, request->tenant, request->name, row, arena, &err);

	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

int ops_show(struct serve *serve, const struct store_pipeline *row, const struct api_caller *caller,
	struct api_answer *answer)
{
	answer->body = status_pipeline(row, served_find(serve, row->id), caller, true);
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
		answer->body = status_of(&row, served_find(owner, row.id), request->caller, true);
	arena_fini(&arena);
	return error;
}

char *ops_label_text(const struct api_list *list)
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

bool ops_matches(const struct store_pipeline *row, const struct served *served, const struct api_list *list)
{
	const char *flow_state = served != NULL ? status_flow_state(served) : NULL;
	json_t *labels = ops_json(row->labels);
	bool fits = list->state == NULL || (served != NULL &&
		strcmp(pipeline_state_name(pipeline_state(served->pipeline)), list->state) == 0) ||
		(flow_state != NULL && strcmp(flow_state, list->state) == 0);

	for (size_t i = 0; i < list->label_count && fits; i++)
		fits = json_object_get(labels, list->labels[i].key) != NULL;
	json_decref(labels);
	return fits;
}

/* States are not the store's: pages of it are read until one of the list's is full. */
static int list_rows(struct serve *serve, const struct api_request *request, const struct api_list *list,
	const struct store_filter *filter, struct api_answer *answer)
{
	const char *after = list->after[0] != '\0' ? list->after : NULL;
	json_t *items = json_array();
	struct store_pipelines page = { .next = after };
	struct arena arena;
	struct err err;
	int error = 0;

	arena_init(&arena, SERVE_ARENA);
	do {
		unsigned room = list->limit - (unsigned)json_array_size(items);

		error = store_pipelines_list(serve->store, filter, page.next, room, list->with_config, &page, &arena, &err);
		for (size_t i = 0; error == 0 && i < page.count; i++) {
			const struct served *served = served_find(serve, page.items[i].id);

			if (ops_matches(&page.items[i], served, list))
				json_array_append_new(items, status_pipeline(&page.items[i], served, request->caller,
					list->with_config));
		}
	} while (error == 0 && page.next != NULL && json_array_size(items) < list->limit);
	if (error == 0) {
		answer->body = items;
		snprintf(answer->next, sizeof(answer->next), "%s", page.next != NULL ? page.next : "");
	} else {
		json_decref(items);
		error = ops_failed(answer, error, &err);
	}
	arena_fini(&arena);
	return error;
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
	char *labels = ops_label_text(list);
	struct store_filter filter = { .tenant = request->tenant, .text = list->q, .labels = labels };
	int error = request->tenant != NULL ? ops_tenant_exists(owner, request->tenant, answer) : 0;

	if (request->tenant == NULL && request->caller->tenant[0] != '\0')
		filter.tenant = request->caller->tenant;
	if (error == 0)
		error = list_rows(owner, request, list, &filter, answer);
	free(labels);
	return error;
}

/* ---- checking without writing ---- */

int ops_refuse_missing(struct api_answer *answer)
{
	answer_error(answer, &(struct api_error){ "/config", "required", NULL, 0, 0 }, "is missing");
	return answer_refuse(answer, 422, "config.required", "There is no configuration.");
}

/* Effective, secrets masked; with the warnings. */
static int validate(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer)
{
	struct serve *serve = owner;
	struct store_pipeline row;
	struct composed composed;
	struct arena arena;
	bool known;
	int error;

	arena_init(&arena, SERVE_ARENA);
	known = request->tenant != NULL && request->name != NULL &&
		store_pipeline_get(serve->store, request->tenant, request->name, &row, &arena, NULL) == 0;
	error = request->tenant != NULL ? ops_tenant_exists(serve, request->tenant, answer) : 0;
	if (error == 0 && input->config == NULL)
		error = ops_refuse_missing(answer);
	if (error == 0) {
		error = compose_input(&composed, serve, input, known ? &row : NULL, answer);
		if (error == 0)
			answer->body = json_pack("{so so}", "config", ops_json(composed.canonical), "warnings",
				answer_take_warnings(answer));
		composed_fini(&composed);
	}
	arena_fini(&arena);
	return error;
}

void ops_pipelines_init(struct api_ops *ops)
{
	ops->pipeline_list = pipeline_list;
	ops->pipeline_get = pipeline_get;
	ops->pipeline_status = pipeline_status;
	ops->pipeline_create = ops_pipeline_create;
	ops->pipeline_put = ops_pipeline_put;
	ops->validate = validate;
}
