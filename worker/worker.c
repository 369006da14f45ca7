#include "worker/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "worker/account_file.h"
#include "worker/file_ops.h"
#include "worker/pipeline.h"
#include "worker/probe.h"
#include "worker/spool.h"
#include "worker/state.h"
#include "worker/topology/topology.h"

enum { STAGE_RETRY_MS = 1000, CALM_MS = 2500, LAST_WORDS_MS = 1000 };

static void stages_due(struct loop_timer *timer);
static void spool_is_calm(struct loop_timer *timer);

int worker_init(struct worker *worker, const struct worker_fds *fds, struct err *err)
{
	int error;

	*worker = (struct worker){ .fds = *fds, .files = &file_ops_system, .exit_status = WORKER_FAILED };
	worker->stage_timer = (struct loop_timer){ .fire = stages_due, .owner = worker };
	worker->spool_calm = (struct loop_timer){ .fire = spool_is_calm, .owner = worker };
	sealing_init(&worker->sealing, worker);
	drain_init(&worker->drain, worker);
	tap_init(&worker->tap);
	error = loop_new(&worker->loop, err);
	if (error == 0)
		error = worker_page_open(&worker->page, fds->page, true, err);
	if (error == 0)
		error = control_init(worker, err);
	if (error != 0)
		worker_fini(worker);
	return error;
}

void worker_fini(struct worker *worker)
{
	sealer_free(&worker->sealer);
	probing_free(&worker->probing);
	reader_fini(&worker->reader);
	outbox_fini(&worker->outbox);
	account_file_free(&worker->account_file);
	sealing_fini(&worker->sealing);
	tap_fini(&worker->tap);
	pipeline_free(&worker->pipeline);
	topology_free(&worker->topology);
	spool_free(&worker->spool);
	state_free(&worker->state);
	ring_reader_close(&worker->ring);
	config_free(&worker->config);
	ipc_free(&worker->control);
	worker_page_close(&worker->page);
	loop_free(&worker->loop);
	free(worker->epochs);
	worker->epochs = NULL;
}

int worker_run(struct worker *worker)
{
	struct err err = { 0 };

	if (loop_run(worker->loop, &err) != 0)
		worker_fail(worker, WORKER_FAILED, "event loop", &err);
	if (worker->control != NULL)
		ipc_flush(worker->control, LAST_WORDS_MS, NULL);
	return worker->exit_status;
}

void worker_end(struct worker *worker, int status)
{
	if (worker->life == LIFE_ENDED)
		return;
	worker->life = LIFE_ENDED;
	worker->exit_status = status;
	loop_stop(worker->loop);
}

void worker_fail(struct worker *worker, int status, const char *what, const struct err *err)
{
	/* told where it happened; those above it only pass it on */
	if (worker->life == LIFE_ENDED)
		return;
	worker_event(worker, LOG_ERROR, status == WORKER_CONFIG ? "worker.config" : "worker.failed", "%s: %s", what,
		err->message);
	worker_end(worker, status);
}

/* ---- transactions ---- */

static void spool_is_calm(struct loop_timer *timer)
{
	struct worker *worker = timer->owner;

	worker_condition(worker, CONDITION_SPOOL, true, "Writable", "", NULL);
}

/* On a full disk a commit of few bytes may succeed between two that fail: it is writable again when nothing has failed
 * for longer than what is held waits for its next try. */
static void spool_works(struct worker *worker)
{
	const struct worker_condition *known = &worker->conditions[CONDITION_SPOOL];

	if (!known->known || known->status)
		worker_condition(worker, CONDITION_SPOOL, true, "Writable", "", NULL);
	else if (worker->spool_calm.position == 0)
		loop_timer_set(worker->loop, &worker->spool_calm, loop_now(worker->loop) + CALM_MS * NS_PER_MS, NULL);
}

void worker_spool_fails(struct worker *worker, const struct err *err)
{
	loop_timer_cancel(worker->loop, &worker->spool_calm);
	if (err->code == ERR_AGAIN)
		worker_condition(worker, CONDITION_SPOOL, false, "QuotaFull", err->message, "limits.spool_bytes");
	else
		worker_condition(worker, CONDITION_SPOOL, false, err->code == ERR_NO_SPACE ? "NoSpace" : "Failed", err->message,
			"--data-dir");
}

int worker_commit(struct worker *worker, struct err *err)
{
	int error = spool_commit(worker->spool, err);

	if (tap_is_on(&worker->tap) && error == 0)
		tap_commit(&worker->tap, control_tap, worker);
	else if (tap_is_on(&worker->tap))
		tap_undo(&worker->tap);
	if (error == 0)
		spool_works(worker);
	else if (error == ERR_NO_SPACE || error == ERR_IO)
		worker_spool_fails(worker, err);
	else
		worker_fail(worker, WORKER_FAILED, "commit", err);
	return error;
}

void worker_undo(struct worker *worker)
{
	spool_undo(worker->spool);
	if (tap_is_on(&worker->tap))
		tap_undo(&worker->tap);
}

/* A stage's own time has come: a transaction of its own. */
static void stages_due(struct loop_timer *timer)
{
	struct worker *worker = timer->owner;
	int64_t now = loop_now(worker->loop);
	struct err err = { 0 };
	int error;

	if (worker->life == LIFE_ENDED)
		return;
	/* what was due may have happened meanwhile, in a transaction of the reader's */
	if (pipeline_next_due(worker->pipeline) > now) {
		worker_turn(worker);
		return;
	}
	spool_begin(worker->spool);
	error = pipeline_timer(worker->pipeline, now, clock_wall_ms(), &err);
	if (error == 0)
		error = worker_commit(worker, &err);
	else
		worker_undo(worker);
	if (error == ERR_AGAIN && spool_over_quota(worker->spool))
		worker_spool_fails(worker, &err);
	if (error == ERR_AGAIN || error == ERR_NO_SPACE || error == ERR_IO)
		loop_timer_set(worker->loop, &worker->stage_timer, now + STAGE_RETRY_MS * NS_PER_MS, NULL);
	else if (error != 0)
		worker_fail(worker, WORKER_FAILED, "pipeline", &err);
	worker_turn(worker);
}

/* A timer that is set waits for its time: next_due may only move it to an earlier one, or a retry would be forgotten. */
static void arm_stages(struct worker *worker)
{
	int64_t due = pipeline_next_due(worker->pipeline);

	if (due == INT64_MAX)
		return;
	if (due < loop_now(worker->loop) && worker->stage_timer.position != 0)
		return;
	loop_timer_set(worker->loop, &worker->stage_timer, due, NULL);
}

static void publish_figures(struct worker *worker)
{
	struct worker_figures figures = { .position = *spool_position(worker->spool),
		.account = *spool_account(worker->spool), .commit_number = spool_commit_number(worker->spool),
		.laps = worker->reader.laps.count, .held = worker->reader.held };
	struct spool_totals totals;

	figures.writes = worker->outbox.writes;
	spool_totals(worker->spool, &totals);
	figures.segments = totals.segments;
	figures.objects = totals.objects;
	figures.spool_bytes = totals.bytes;
	figures.oldest_ms = totals.oldest_ms;
	figures.last_flow_ms = totals.batch_ms;
	figures.last_write_ms = totals.write_ms;
	worker_page_write(worker->page, &figures);
}

void worker_turn(struct worker *worker)
{
	if (worker->life < LIFE_NAMELESS || worker->life == LIFE_ENDED)
		return;
	outbox_turn(&worker->outbox);
	sealing_turn(&worker->sealing);
	control_stream_name(worker);
	worker_start_step(worker);
	if (worker->life == LIFE_ENDED)
		return;
	arm_stages(worker);
	account_file_turn(worker->account_file);
	drain_turn(&worker->drain);
	publish_figures(worker);
}
