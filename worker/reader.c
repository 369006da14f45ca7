#include "worker/reader.h"

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/pipeline.h"
#include "worker/planted.h"
#include "worker/spool.h"
#include "worker/worker.h"

enum {
	TRANSACTION_KEPT = 512,               /* flows with records in one transaction: what the undo log is made for */
	TRANSACTION_FLOWS = 16 * 1024,        /* flows that it passes at all */
	SLICE_TEXT = 512 * 1024,              /* bytes of flows' text in a slice, unless a single flow has more */
	TURN_TRANSACTIONS = 8,                /* before the loop has its turn again */
	ARENA_CAP = 64 << 20,
	HOLD_MS = 1000,
};

/* A transaction under way. */
struct reading {
	unsigned slices;
	uint64_t flows, kept;
	bool changed;
};

/* What one step of a transaction came to. */
enum step { STEP_MORE, STEP_END, STEP_UNDO, STEP_HOLD, STEP_FAILED };

static void read_on(struct loop_timer *timer);
static void woken(struct loop_source *source, uint32_t events);
static void run(struct reader *reader);

int reader_init(struct reader *reader, struct worker *worker, struct err *err)
{
	*reader = (struct reader){ .worker = worker, .slice_limit = UINT32_MAX, .end_sequence = UINT64_MAX };
	reader->wake = (struct loop_source){ .fd = worker->fds.wake, .ready = woken, .owner = reader };
	reader->again = (struct loop_timer){ .fire = read_on, .owner = reader };
	laps_init(&reader->laps, worker);
	reader->slice_max = pipeline_slice_max(worker->pipeline_config);
	arena_init(&reader->arena, ARENA_CAP);
	return loop_add(worker->loop, &reader->wake, EPOLLIN | EPOLLET, err);
}

void reader_fini(struct reader *reader)
{
	if (reader->worker == NULL)
		return;
	loop_remove(reader->worker->loop, &reader->wake);
	loop_timer_cancel(reader->worker->loop, &reader->again);
	laps_fini(&reader->laps);
	arena_fini(&reader->arena);
}

/* ---- one step of a transaction ---- */

static void pass_batch(struct ring_position *position, const struct ring_batch *batch)
{
	position->offset = batch->next_offset;
	position->passed = 0;
}

static void pass_flows(struct worker *worker, const struct ring_batch *batch, uint32_t count)
{
	struct ring_position *position = spool_position(worker->spool);

	spool_account(worker->spool)->passed += count;
	if (planted_once(PLANTED_BATCH_TWICE))
		return;
	position->offset = batch->offset;
	position->sequence += count;
	position->passed += count;
	if (position->passed == batch->count)
		pass_batch(position, batch);
}

/* Gaps of the subscription and losses that the probes report. */
static void take_note(struct worker *worker, const struct ring_batch *batch)
{
	struct account *account = spool_account(worker->spool);

	if (batch->kind == RING_GAP) {
		account->gaps++;
		if (batch->gap.to_ms > batch->gap.from_ms)
			account->gap_ms += (uint64_t)(batch->gap.to_ms - batch->gap.from_ms);
	} else if (batch->kind == RING_DROPS) {
		account->probe_dropped += batch->drops.flow_dropped + batch->drops.kernel_flow_dropped;
	}
	pass_batch(spool_position(worker->spool), batch);
}

/* Flows of the next slice: within the message, the stages' bound and where reading ends. */
static uint32_t slice_count(const struct reader *reader, const struct ring_batch *batch)
{
	const struct ring_position *position = spool_position(reader->worker->spool);
	uint64_t count = batch->count - position->passed;
	uint64_t to_end = reader->end_sequence > position->sequence ? reader->end_sequence - position->sequence : 0;

	if (count > reader->slice_max)
		count = reader->slice_max;
	return (uint32_t)(count < to_end ? count : to_end);
}

/* Flows of the batch from the first on whose text is not too much for one slice; one at least. */
static uint32_t text_bound(const struct batch *batch)
{
	uint64_t text = 0;

	for (uint32_t i = 0; i < batch->count; i++) {
		text += batch->columns[i].text_length;
		if (text > SLICE_TEXT)
			return i > 0 ? i : 1;
	}
	return batch->count;
}

static int push_slice(struct reader *reader, const struct ring_batch *source, uint32_t *count, uint32_t *kept,
	struct err *err)
{
	struct worker *worker = reader->worker;
	uint32_t first = (uint32_t)spool_position(worker->spool)->passed;
	struct flow_column *columns;
	struct batch batch;
	int error = batch_init(&batch, &reader->arena, source, first, *count, &columns, err);

	if (error == 0)
		error = ring_copy_columns(worker->ring, source, first, *count, columns, err);
	if (error != 0)
		return error;
	batch.count = batch.kept_count = *count = text_bound(&batch);
	error = pipeline_push(worker->pipeline, &batch, err);
	*kept = batch.flows != NULL ? batch.kept_count : 0;
	/* a fetch has looked; where nothing was kept the columns may have been overwritten while they were read */
	if (error == 0 && batch.flows == NULL && !ring_still_there(worker->ring, source))
		error = err_set(err, ERR_LAPPED, "the flows were overwritten while they were read");
	return error;
}

static enum step take_slice(struct reader *reader, struct reading *reading, const struct ring_batch *source,
	struct err *err)
{
	uint32_t count = slice_count(reader, source), kept = 0;
	int error;

	if (reading->kept > 0 && reading->kept + count > TRANSACTION_KEPT)
		return STEP_END;
	error = push_slice(reader, source, &count, &kept, err);
	arena_reset(&reader->arena);
	if (error == ERR_LAPPED)
		return STEP_UNDO;
	if (error == ERR_AGAIN)
		return STEP_HOLD;
	if (error != 0)
		return STEP_FAILED;
	pass_flows(reader->worker, source, count);
	reader->laps.kept_up = true;
	spool_batch_time(reader->worker->spool, source->wall_ms);
	reading->slices++;
	reading->flows += count;
	reading->kept += kept;
	return STEP_MORE;
}

/* Goes on where the ring still has flows; all in between are lost, exactly. A ring that is damaged is left at its
 * head: the worker cannot mend it, and stopping there would lose more. */
static enum step leap(struct reader *reader, int why, struct err *err)
{
	struct worker *worker = reader->worker;
	struct ring_position *position = spool_position(worker->spool);
	uint64_t lost = 0;
	int error = ERR_CORRUPT;

	if (why == ERR_LAPPED)
		error = ring_resume(worker->ring, position, &lost, err);
	if (error == ERR_CORRUPT) {
		struct ring_position head;

		worker_event(worker, LOG_ERROR, "ring.damaged", "%s: reading goes on at the ring's head", err->message);
		ring_head(worker->ring, &head);
		lost = head.sequence > position->sequence ? head.sequence - position->sequence : 0;
		*position = head;
		error = 0;
	}
	if (error != 0)
		return STEP_FAILED;
	if (lost > 0 && planted(PLANTED_WRONG_LAP))
		lost--;
	spool_account(worker->spool)->passed += lost;
	spool_account(worker->spool)->lost_ring += lost;
	laps_note(&reader->laps, lost);
	return STEP_MORE;
}

/* The next batch, or what is left of it. */
static enum step take_step(struct reader *reader, struct reading *reading, struct err *err)
{
	struct worker *worker = reader->worker;
	struct ring_batch batch;
	int error;

	if (reading->slices >= reader->slice_limit || reading->flows >= TRANSACTION_FLOWS || spool_pauses(worker->spool) ||
		reader_at_end(reader))
		return STEP_END;
	error = ring_peek(worker->ring, spool_position(worker->spool), &batch, err);
	if (error == ERR_AGAIN)
		return STEP_END;
	if (error != 0 && error != ERR_LAPPED && error != ERR_CORRUPT)
		return STEP_FAILED;
	/* what was read so far stands for itself */
	if (error != 0 && reading->changed)
		return STEP_END;
	reading->changed = true;
	if (error != 0)
		return leap(reader, error, err);
	if (batch.kind == RING_FLOWS && batch.count > 0)
		return take_slice(reader, reading, &batch, err);
	take_note(worker, &batch);
	return STEP_MORE;
}

/* ---- transactions ---- */

static void hold(struct reader *reader)
{
	reader->held = true;
	reader->slice_limit = UINT32_MAX;
	loop_timer_set(reader->worker->loop, &reader->again, loop_now(reader->worker->loop) + HOLD_MS * NS_PER_MS, NULL);
}

static enum step commit(struct reader *reader, struct err *err)
{
	int error = worker_commit(reader->worker, err);

	if (error == 0) {
		reader->slice_limit = UINT32_MAX;
		return STEP_MORE;
	}
	if (error != ERR_NO_SPACE && error != ERR_IO)
		return STEP_FAILED;
	hold(reader);
	return STEP_END;
}

/* STEP_MORE: there may be more; STEP_END: not now. */
static enum step transact(struct reader *reader, struct err *err)
{
	struct reading reading = { 0 };
	enum step step;

	spool_begin(reader->worker->spool);
	do {
		step = take_step(reader, &reading, err);
	} while (step == STEP_MORE);
	if (step == STEP_END && reading.changed)
		return commit(reader, err);
	worker_undo(reader->worker);
	if (step == STEP_HOLD && reading.slices > 0) {
		/* the slices before the one that is held are done again without it */
		reader->slice_limit = reading.slices;
		return STEP_MORE;
	}
	if (step == STEP_HOLD)
		hold(reader);
	if (step == STEP_HOLD && spool_over_quota(reader->worker->spool))
		worker_spool_fails(reader->worker, err);
	if (step == STEP_UNDO)
		return STEP_MORE;
	return step == STEP_FAILED ? STEP_FAILED : STEP_END;
}

static bool may_read(const struct reader *reader)
{
	return reader->reading && !reader->held && !spool_pauses(reader->worker->spool) && !reader_at_end(reader);
}

static void run(struct reader *reader)
{
	struct worker *worker = reader->worker;
	struct err err = { 0 };
	enum step step = STEP_MORE;

	for (unsigned i = 0; i < TURN_TRANSACTIONS && step == STEP_MORE; i++)
		step = may_read(reader) ? transact(reader, &err) : STEP_END;
	if (step == STEP_FAILED && worker->life != LIFE_ENDED)
		worker_fail(worker, WORKER_FAILED, "pipeline", &err);
	if (step == STEP_MORE)
		loop_timer_set(worker->loop, &reader->again, loop_now(worker->loop), NULL);
	worker_turn(worker);
}

static void read_on(struct loop_timer *timer)
{
	struct reader *reader = timer->owner;

	reader->held = false;
	run(reader);
}

static void woken(struct loop_source *source, uint32_t events)
{
	struct reader *reader = source->owner;

	(void)events;
	if (may_read(reader))
		run(reader);
}

void reader_start(struct reader *reader)
{
	reader->reading = true;
	reader_retry(reader);
}

void reader_stop(struct reader *reader)
{
	reader->reading = false;
	reader->held = false;
	loop_timer_cancel(reader->worker->loop, &reader->again);
	laps_end(&reader->laps);
}

void reader_retry(struct reader *reader)
{
	if (!reader->reading)
		return;
	loop_timer_set(reader->worker->loop, &reader->again, loop_now(reader->worker->loop), NULL);
}

int64_t reader_reached(void *owner, int64_t now_ns)
{
	struct worker *worker = owner;
	struct ring_batch next;
	struct err err;

	int error = ring_peek(worker->ring, spool_position(worker->spool), &next, &err);

	if (error != 0)
		return error == ERR_AGAIN ? now_ns : 0;
	return next.boottime_ns < now_ns ? next.boottime_ns : now_ns;
}

bool reader_at_end(const struct reader *reader)
{
	const struct worker *worker = reader->worker;
	const struct ring_position *position = spool_position(worker->spool);

	if (position->sequence >= reader->end_sequence)
		return true;
	return reader->finish_batch && position->passed == 0;
}
