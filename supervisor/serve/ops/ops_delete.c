/* DELETE of a pipeline: it is stopped, writes out what it can, and is removed when nothing is left. What was asked for is
 * kept with the stop, so that a supervisor that is killed in between goes on with it at its next start. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/folders.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/serve/transfer/transfer.h"
#include "supervisor/store/deletions.h"

/* Behind the drain, which has an end of its own. */
enum { MARGIN_S = 10 };

/* ---- the end ---- */

bool ops_delete_may_end(const struct served *served)
{
	return pipeline_over(served->pipeline) && !folder_in_use(served->serve->spool_fd, served->id);
}

/* It stays: nobody goes on with that DELETE. */
static void take_back(const struct served *served)
{
	struct err err;

	if (store_deletion_forget(served->serve->store, served->id, &err) != 0)
		log_error("%s/%s: taking back its DELETE: %s", served->tenant, served->name, err.message);
}

static int refuse_unsent(struct api_answer *answer, uint64_t objects, uint64_t flows)
{
	int result = answer_refuse(answer, 409, "spool.not_empty", "%" PRIu64 " flows in %" PRIu64 " objects are not written: start "
		"it again to write them, or give ?discard=true.", flows, objects);

	answer->problem.members = json_pack("{sI sI}", "flows", (json_int_t)flows, "objects", (json_int_t)objects);
	return result;
}

json_t *ops_discarded(const struct served *served, uint64_t objects, uint64_t flows)
{
	struct worker_figures figures;

	pipeline_figures(served->pipeline, &figures);
	return json_pack("{s{sI sI sI}}", "discarded", "flows", (json_int_t)flows, "objects", (json_int_t)objects, "bytes",
		(json_int_t)figures.spool_bytes);
}

/* Takes what over: what is discarded with it; NULL: nothing. */
static int remove_pipeline(struct served *served, const struct store_change *by, json_t *what, struct api_answer *answer)
{
	struct store_change change = *by;
	char *detail = what != NULL ? json_dumps(what, JSON_COMPACT) : NULL;
	struct err err;
	int error;

	change.detail = detail;
	error = store_pipeline_delete(served->serve->store, &change, served->id, NULL, NULL, &err);
	free(detail);
	if (error != 0) {
		json_decref(what);
		return ops_failed(answer, error, &err);
	}
	if (change.dry_run && what == NULL)
		what = json_pack("{sb}", "changed", 1);
	if (!change.dry_run)
		served_remove(&served);
	answer->status = what != NULL ? 200 : 204;
	answer->body = what;
	return 0;
}

/* Everything that could be written has been, or there was no time left. */
static int end_delete(struct served *served, const struct store_change *by, bool discard, struct api_answer *answer)
{
	uint64_t objects, flows;

	served_recall(served);
	pipeline_unsent(served->pipeline, &objects, &flows);
	if (flows > 0 && !discard) {
		if (!by->dry_run)
			take_back(served);
		return refuse_unsent(answer, objects, flows);
	}
	return remove_pipeline(served, by, objects > 0 || flows > 0 ? ops_discarded(served, objects, flows) : NULL, answer);
}

int ops_delete_end(const struct ticket *ticket, struct served *served, bool happened, struct api_answer *answer)
{
	struct store_change change;

	if (ticket->overtaken)
		return answer_refuse(answer, 409, "pipeline.started", "It was started in the meantime: it is not deleted.");
	if (!happened) {
		/* unless another one waits for the same */
		if (tickets_deletes(served->serve, served->id) == 1)
			take_back(served);
		return answer_refuse(answer, 409, "pipeline.draining", "It has not ended within its time: ask again.");
	}
	ops_change_by(&ticket->caller, ticket->address, ticket->request_id, &change);
	return end_delete(served, &change, ticket->discard, answer);
}

/* ---- the beginning ---- */

/* The stop and the DELETE as one. */
static int keep(const struct served *served, const struct store_change *change, bool discard,
	const struct pipeline_stop *stop, struct err *err)
{
	struct store *store = served->serve->store;
	struct err ignored;
	int error = store_group_begin(store, err), ended;

	if (error != 0)
		return error;
	error = ops_store_desired(served->serve, change, served->id, false, stop, err);
	if (error == 0)
		error = store_deletion_put(store, change, served->id, discard, err);
	ended = store_group_end(store, error == 0, error == 0 ? err : &ignored);
	return error != 0 ? error : ended;
}

static int begin_delete(struct served *served, const struct store_change *change, const struct api_request *request,
	struct api_answer *answer)
{
	struct serve *serve = served->serve;
	struct pipeline_stop stop;
	struct ticket *ticket;
	struct err err;
	int error;

	pipeline_stop_point(served->pipeline, &stop);
	error = keep(served, change, request->discard, &stop, &err);
	if (error != 0)
		return ops_failed(answer, error, &err);
	tickets_forget_orphan(serve, served->id);
	ops_follow(served, false, &stop, -1, false);
	if (ops_delete_may_end(served))
		return end_delete(served, change, request->discard, answer);
	ticket = ticket_new(serve, WAIT_DELETED, served->id, request);
	if (ticket == NULL) {
		take_back(served);
		return answer_unavailable(answer, "memory", 1, "no memory");
	}
	loop_timer_set(serve->loop, &serve->deletes, loop_now(serve->loop) + NS_PER_S, NULL);
	answer->limit_ms = (serve->options.drain_timeout_s + MARGIN_S) * 1000;
	return ticket_pending(ticket, answer);
}

int ops_pipeline_delete(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct store_change change;
	struct store_pipeline row;
	struct served *served;
	struct arena arena;
	int error;

	ops_change(request, &change);
	arena_init(&arena, SERVE_ARENA);
	error = ops_find(serve, request, &row, &arena, answer);
	if (error == 0 && !api_match_holds(&request->if_match, row.etag))
		error = ops_refused(answer, request, &(struct store_refusal){ .kind = STORE_STALE, .kinds = 1u << STORE_STALE }, "");
	served = error == 0 ? served_find(serve, row.id) : NULL;
	if (error == 0 && served == NULL)
		error = ops_not_served(answer);
	if (served != NULL && !request->dry_run && (row.running || !ops_delete_may_end(served)))
		error = begin_delete(served, &change, request, answer);
	else if (served != NULL)
		error = end_delete(served, &change, request->discard, answer);
	arena_fini(&arena);
	return error;
}

/* ---- with nobody to be answered ---- */

/* What its workers left is written out, for at most the drain timeout, as it would have been. One that still has the
 * spool may be at it, orphaned, or has been killed and is not gone yet: what it leaves is written out then. */
static void write_out(struct served *served, struct ticket *ticket)
{
	struct store_change change;
	uint64_t objects, flows;
	struct err err;

	ticket->left = folder_in_use(served->serve->spool_fd, served->id);
	if (ticket->left)
		return;
	served_recall(served);
	pipeline_unsent(served->pipeline, &objects, &flows);
	if (flows == 0)
		return;
	ops_change_by(&ticket->caller, ticket->address, ticket->request_id, &change);
	if (pipeline_start(served->pipeline, &err) != 0)
		log_error("%s/%s: %s", served->tenant, served->name, err.message);
	if (ops_set_desired(served->serve, &change, served, false, -1, false, &err) == 0)
		return;
	log_error("%s/%s: %s", served->tenant, served->name, err.message);
	pipeline_kill(served->pipeline);
}

/* Whether it still waits. */
static bool orphan_waits(struct serve *serve, struct ticket *ticket)
{
	struct served *served = served_find(serve, ticket->id);
	struct api_answer answer = { 0 };
	char name[2 * API_NAME_SIZE] = "";
	int result;

	if (served != NULL)
		snprintf(name, sizeof(name), "%s/%s", served->tenant, served->name);
	if (served != NULL && ticket->left)
		write_out(served, ticket);
	result = ops_poll(serve, ticket->number, false, &answer);
	if (result == 0)
		log_info("%s: its DELETE has ended", name);
	else if (result != API_PENDING && served != NULL)
		log_warn("%s: its DELETE: %s", name, answer.problem.detail);
	answer_fini(&answer);
	return result == API_PENDING;
}

void ops_deletes(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;
	struct ticket *next;
	bool waits = false;

	for (struct ticket *ticket = serve->tickets; ticket != NULL && !serve->stopping; ticket = next) {
		next = ticket->next;
		if (ticket->waiting == WAIT_DELETED && (!ticket->orphan || orphan_waits(serve, ticket)))
			waits = true;
	}
	if (!waits)
		return;
	/* that an earlier supervisor's worker lets go of a spool is no event */
	if (serve->api != NULL)
		api_server_changed(serve->api);
	loop_timer_set(serve->loop, timer, loop_now(serve->loop) + NS_PER_S, NULL);
}

/* What it asked for goes on, and a DELETE has its end still before it. */
void ops_cancel(void *owner, uint64_t number)
{
	struct serve *serve = owner;
	struct ticket *ticket = ticket_find(serve, number);

	if (ticket != NULL && ticket->waiting == WAIT_DELETED) {
		ticket->orphan = true;
		loop_timer_set(serve->loop, &serve->deletes, loop_now(serve->loop), NULL);
	} else if (ticket != NULL && ticket->waiting == WAIT_IMPORTED) {
		import_cancel(serve, ticket);
	} else if (ticket != NULL) {
		ticket_free(serve, ticket);
	}
}

static void resume(struct served *served, const struct store_deletion *deletion)
{
	struct serve *serve = served->serve;
	struct api_caller caller;
	const struct api_request request = { .caller = &caller, .id = deletion->by.request_id, .address = deletion->by.address,
		.discard = deletion->discard };
	struct ticket *ticket;

	ops_change_caller(&deletion->by, &caller);
	ticket = ticket_new(serve, WAIT_DELETED, served->id, &request);
	if (ticket == NULL)
		return;                       /* the next start goes on */
	ticket->orphan = true;
	log_info("%s/%s: its DELETE goes on", served->tenant, served->name);
	write_out(served, ticket);
	loop_timer_set(serve->loop, &serve->deletes, loop_now(serve->loop), NULL);
}

int ops_deletes_resume(struct serve *serve, struct err *err)
{
	char after[STORE_ID_LENGTH + 1] = "";
	size_t count = 0;
	int error;

	do {
		struct store_deletion *list;
		struct arena arena;

		arena_init(&arena, SERVE_ARENA);
		error = store_deletions_list(serve->store, after, &list, &count, &arena, err);
		for (size_t i = 0; error == 0 && i < count; i++) {
			struct served *served = served_find(serve, list[i].pipeline);

			if (served != NULL)
				resume(served, &list[i]);
			snprintf(after, sizeof(after), "%s", list[i].pipeline);
		}
		arena_fini(&arena);
	} while (error == 0 && count > 0);
	return error;
}
