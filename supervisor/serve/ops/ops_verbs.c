/* Start, stop, restart; and asking for what was not over at once. */
#include "common/clock.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/serve/transfer/transfer.h"
#include "supervisor/store/audit.h"

static int apply_verb(struct serve *serve, const struct store_change *change, struct served *served, bool running,
	const struct api_verb_input *input, struct err *err)
{
	const struct pipeline_stop none = { 0 };
	int error;

	if (input->verb == API_VERB_STOP)
		return ops_set_desired(serve, change, served, false, input->drain_timeout_ms, input->force, err);
	if (input->verb == API_VERB_RESTART && running && !pipeline_over(served->pipeline)) {
		error = store_audit_add(serve->store, change, served->tenant, "pipeline.restart", served->name, err);
		if (error == 0 && !change->dry_run)
			pipeline_replace(served->pipeline, &none, served_deadline(serve, input->drain_timeout_ms));
		return error;
	}
	return ops_set_desired(serve, change, served, true, -1, false, err);
}

int ops_verb_one(struct serve *serve, const struct store_change *change, struct served *served,
	const struct store_pipeline *row, const struct api_verb_input *input, struct api_answer *answer)
{
	struct err err;
	int error = 0;

	/* secrets are resolved now: a start that cannot succeed is refused, and ends nothing that runs */
	if (input->verb != API_VERB_STOP && served_apply(served, row, &err) != 0)
		return ops_failed(answer, err.code, &err);
	if (input->verb != API_VERB_STOP) {
		error = pipeline_wanted(served->pipeline) ? 0 : ops_check_workers(serve, ops_wanted(serve), NULL, answer);
	}
	if (error != 0)
		return error;
	error = apply_verb(serve, change, served, row->running, input, &err);
	return error == 0 ? 0 : ops_failed(answer, error, &err);
}

bool ops_has_happened(const struct served *served, enum waiting waiting)
{
	enum pipeline_state state = pipeline_state(served->pipeline);

	if (waiting == WAIT_RUNNING)
		return state == PIPELINE_RUNNING || state == PIPELINE_DEGRADED || state == PIPELINE_FAILED;
	return waiting == WAIT_DELETED ? ops_delete_may_end(served) : pipeline_over(served->pipeline);
}

static int pipeline_verb(void *owner, const struct api_request *request, const struct api_verb_input *input,
	struct api_answer *answer)
{
	enum waiting waiting = input->verb == API_VERB_STOP ? WAIT_STOPPED : WAIT_RUNNING;
	struct serve *serve = owner;
	struct store_change change;
	struct store_pipeline row;
	struct served *served;
	struct ticket *ticket;
	struct arena arena;
	int error;

	ops_change(request, &change);
	arena_init(&arena, SERVE_ARENA);
	error = ops_find(serve, request, &row, &arena, answer);
	served = error == 0 ? served_find(serve, row.id) : NULL;
	if (error == 0 && served == NULL)
		error = ops_not_served(answer);
	if (error == 0)
		error = ops_verb_one(serve, &change, served, &row, input, answer);
	if (error == 0 && !request->dry_run)
		row.running = input->verb != API_VERB_STOP;
	if (error == 0 && request->wait_ms > 0 && !request->dry_run &&
		(ticket = ticket_new(serve, waiting, row.id, request)) != NULL) {
		error = ops_wait(ticket, serve, answer);
	} else if (error == 0) {
		answer->status = request->dry_run ? 200 : 202;
		error = ops_show(serve, &row, request->caller, answer);
	}
	arena_fini(&arena);
	return error;
}

/* ---- asking again ---- */

static int show_ticket(struct serve *serve, const struct ticket *ticket, int status, struct api_answer *answer)
{
	struct store_pipeline row;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipeline_get_id(serve->store, ticket->id, &row, &arena, &err);
	if (error == 0) {
		answer->status = status;
		ops_show(serve, &row, &ticket->caller, answer);
		if (ticket->members != NULL)
			json_object_update(answer->body, ticket->members);
	} else {
		error = ops_failed(answer, error, &err);
	}
	arena_fini(&arena);
	return error;
}

static int end_ticket(struct serve *serve, const struct ticket *ticket, struct served *served, bool happened,
	struct api_answer *answer)
{
	if (ticket->waiting == WAIT_DELETED)
		return ops_delete_end(ticket, served, happened, answer);
	if (ticket->revision != 0 && served->revision != ticket->revision && served->fallback[0] != '\0')
		return answer_refuse(answer, 409, "revision.never_ready", "It is stored, and not what runs: %s", served->fallback);
	if (ticket->waiting == WAIT_RUNNING && pipeline_state(served->pipeline) == PIPELINE_FAILED)
		return answer_refuse(answer, 409, "pipeline.failed", "It cannot run: %s", pipeline_last_error(served->pipeline));
	return show_ticket(serve, ticket, happened ? ticket->status : 202, answer);
}

int ops_poll(void *owner, uint64_t number, bool time_up, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct ticket *ticket = ticket_find(serve, number);
	struct served *served = ticket != NULL ? served_find(serve, ticket->id) : NULL;
	bool happened = served != NULL && ops_has_happened(served, ticket->waiting);
	int error;

	if (ticket == NULL)
		return answer_not_found(answer);
	if (ticket->waiting == WAIT_PROBED)
		return ops_probe_poll(serve, ticket, time_up, answer);
	if (ticket->waiting == WAIT_IMPORTED)
		return import_poll(serve, ticket, time_up, answer);
	if (ticket->waiting == WAIT_MANY)
		return ops_bulk_poll(serve, ticket, time_up, answer);
	if (served != NULL && !happened && !time_up && !ticket->overtaken)
		return ticket_pending(ticket, answer);
	error = served != NULL ? end_ticket(serve, ticket, served, happened, answer) : answer_not_found(answer);
	ticket_free(serve, ticket);
	return error;
}

int ops_wait(const struct ticket *ticket, struct serve *serve, struct api_answer *answer)
{
	return ops_poll(serve, ticket->number, false, answer);
}

void ops_verbs_init(struct api_ops *ops)
{
	ops->pipeline_verb = pipeline_verb;
	ops->pipeline_verb_all = ops_pipeline_verb_all;
	ops->pipeline_delete = ops_pipeline_delete;
	ops->poll = ops_poll;
	ops->cancel = ops_cancel;
}
