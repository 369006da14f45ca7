/* Start, stop and restart of many at once. */
#include <stdio.h>
#include <stdlib.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"

enum { BULK_PAGE = 200 };

struct bulk {
	struct serve *serve;
	const struct api_request *request;
	const struct api_verb_input *input;
	const struct api_list *list;
	struct api_answer *answer;            /* holds the first problem, once there is one */
	int error;                            /* its operation's result */
	json_t *items, *ids;                  /* ids[i] is of items[i] */
};

/* One that cannot does not keep the others from it: each says for itself. */
static void bulk_one(struct bulk *bulk, struct served *served, const struct store_pipeline *row)
{
	struct api_answer answer = { 0 };
	struct store_change change;
	json_t *item;
	int error;

	ops_change(bulk->request, &change);
	error = ops_verb_one(bulk->serve, &change, served, row, bulk->input, &answer);
	item = json_pack("{ss ss}", "name", row->name, "state", pipeline_state_name(pipeline_state(served->pipeline)));
	if (error != 0)
		json_object_set_new(item, "error", json_pack("{ss so}", "code", answer.problem.code, "detail",
			ops_text(answer.problem.detail)));
	json_array_append_new(bulk->items, item);
	json_array_append_new(bulk->ids, json_string(row->id));
	if (error != 0 && bulk->error == 0) {
		bulk->error = error;
		*bulk->answer = answer;
	} else {
		answer_fini(&answer);
	}
}

/* What came of each goes with the problem. */
static void add_members(struct api_answer *answer, json_t *body)
{
	if (answer->problem.members == NULL)
		answer->problem.members = json_object();
	json_object_update(answer->problem.members, body);
}

/* False: there is nothing to wait for, or no memory for it. */
static bool bulk_wait(struct bulk *bulk, json_t *body)
{
	const struct api_request *request = bulk->request;
	struct ticket *ticket = request->wait_ms > 0 && !request->dry_run ? ticket_new(bulk->serve, WAIT_MANY, "", request) : NULL;

	if (ticket == NULL)
		return false;
	ticket->each = bulk->input->verb == API_VERB_STOP ? WAIT_STOPPED : WAIT_RUNNING;
	ticket->members = json_incref(body);
	ticket->ids = json_incref(bulk->ids);
	bulk->error = ops_wait(ticket, bulk->serve, bulk->answer);
	return true;
}

/* With a problem: that of the first, and what came of each. */
static int bulk_answer(struct bulk *bulk)
{
	json_t *body = json_pack("{so}", "items", bulk->items);

	if (bulk->error != 0) {
		add_members(bulk->answer, body);
	} else if (!bulk_wait(bulk, body)) {
		bulk->answer->status = bulk->request->dry_run ? 200 : 202;
		bulk->answer->body = json_incref(body);
	}
	json_decref(body);
	json_decref(bulk->ids);
	return bulk->error;
}

static int bulk_page(struct bulk *bulk, const struct store_filter *filter, char *after, size_t size, struct err *err)
{
	bool starts = bulk->input->verb != API_VERB_STOP;
	struct store_pipelines page;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipelines_list(bulk->serve->store, filter, after[0] != '\0' ? after : NULL, BULK_PAGE, starts, &page,
		&arena, err);
	for (size_t i = 0; error == 0 && i < page.count; i++) {
		struct served *served = served_find(bulk->serve, page.items[i].id);

		if (served != NULL && ops_matches(&page.items[i], served, bulk->list))
			bulk_one(bulk, served, &page.items[i]);
	}
	snprintf(after, size, "%s", error == 0 && page.next != NULL ? page.next : "");
	arena_fini(&arena);
	return error;
}

int ops_pipeline_verb_all(void *owner, const struct api_request *request, const struct api_verb_input *input,
	const struct api_list *list, struct api_answer *answer)
{
	struct bulk bulk = { owner, request, input, list, answer, 0, json_array(), json_array() };
	char *labels, after[API_NEXT_SIZE] = "";
	const struct store_filter filter = ops_filter(request, list, &labels);
	struct err err;
	int error = 0;

	bulk.error = ops_tenant_exists(owner, request->tenant, answer);
	while (bulk.error == 0 || json_array_size(bulk.items) > 0) {
		error = bulk_page(&bulk, &filter, after, sizeof(after), &err);
		if (error != 0 || after[0] == '\0')
			break;
	}
	free(labels);
	if (error != 0 && bulk.error == 0)
		bulk.error = ops_failed(answer, error, &err);
	return bulk_answer(&bulk);
}

/* ---- asking again ---- */

static struct served *waited_for(struct serve *serve, const struct ticket *ticket, size_t index)
{
	return served_find(serve, json_string_value(json_array_get(ticket->ids, index)));
}

/* The first one that is not there yet is enough to ask for: thousands may wait. One that is gone keeps nobody waiting. */
static bool all_have_happened(struct serve *serve, struct ticket *ticket)
{
	for (; ticket->happened < json_array_size(ticket->ids); ticket->happened++) {
		const struct served *served = waited_for(serve, ticket, ticket->happened);

		if (served != NULL && !ops_has_happened(served, ticket->each))
			return false;
	}
	return true;
}

static void set_error(json_t *item, const char *code, json_t *detail)
{
	json_object_set_new(item, "error", json_pack("{ss so}", "code", code, "detail", detail));
}

/* How it stands with each; false: this one cannot run. */
static bool show_one(const struct ticket *ticket, const struct served *served, json_t *item)
{
	if (served == NULL) {
		set_error(item, "not_found", json_string("It was deleted in the meantime."));
		return true;
	}
	json_object_set_new(item, "state", json_string(pipeline_state_name(pipeline_state(served->pipeline))));
	if (ticket->each != WAIT_RUNNING || pipeline_state(served->pipeline) != PIPELINE_FAILED)
		return true;
	set_error(item, "pipeline.failed", ops_text(pipeline_last_error(served->pipeline)));
	return false;
}

static int end_many(struct serve *serve, const struct ticket *ticket, bool happened, struct api_answer *answer)
{
	const json_t *items = json_object_get(ticket->members, "items");
	int error = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const struct served *served = waited_for(serve, ticket, i);

		if (!show_one(ticket, served, json_array_get(items, i)) && error == 0)
			error = answer_refuse(answer, 409, "pipeline.failed", "%s cannot run: %s", served->name,
				pipeline_last_error(served->pipeline));
	}
	if (error != 0) {
		add_members(answer, ticket->members);
		return error;
	}
	answer->status = happened ? 200 : 202;
	answer->body = json_incref(ticket->members);
	return 0;
}

int ops_bulk_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer)
{
	bool happened = all_have_happened(serve, ticket);
	int error;

	if (!happened && !time_up)
		return ticket_pending(ticket, answer);
	error = end_many(serve, ticket, happened, answer);
	ticket_free(serve, ticket);
	return error;
}
