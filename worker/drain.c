#include "worker/drain.h"

#include <inttypes.h>

#include "common/clock.h"
#include "worker/account_file.h"
#include "worker/pipeline.h"
#include "worker/spool.h"
#include "worker/worker.h"

enum {
	LOOK_MS = 100,                        /* how often an orphan looks whether the ring's head still stands */
	HEAD_STANDS_MS = 1000,
	GRACE_MS = 2000,                      /* behind the deadline, for what the sealer is at */
};

static void timer_fired(struct loop_timer *timer)
{
	struct drain *drain = timer->owner;

	/* nothing has been opened yet, and nobody waits for more */
	if (drain->worker->life < LIFE_NAMELESS && clock_boottime_ns() >= drain->order.deadline_ns)
		worker_end(drain->worker, WORKER_DONE);
	worker_turn(drain->worker);
}

void drain_init(struct drain *drain, struct worker *worker)
{
	*drain = (struct drain){ .worker = worker };
	drain->timer = (struct loop_timer){ .fire = timer_fired, .owner = drain };
}

static void arm(struct drain *drain, int64_t due_ns)
{
	loop_timer_set(drain->worker->loop, &drain->timer, due_ns, NULL);
}

static bool too_late(const struct drain *drain)
{
	return loop_now(drain->worker->loop) >= drain->order.deadline_ns;
}

/* ---- reading ---- */

/* An orphan's end: the closed epoch's, or that of a dead subscriber's ring, whose head moves no more. */
static bool orphan_at_end(struct drain *drain)
{
	struct worker *worker = drain->worker;
	int64_t now = loop_now(worker->loop);
	struct ring_position head;
	bool closed = ring_closed(worker->ring);      /* before the head: behind `closed` nothing follows */

	ring_head(worker->ring, &head);
	if (head.offset != drain->head_offset) {
		drain->head_offset = head.offset;
		drain->head_since_ns = now;
	}
	arm(drain, now + LOOK_MS * NS_PER_MS);
	return spool_position(worker->spool)->offset >= head.offset &&
		(closed || now - drain->head_since_ns >= HEAD_STANDS_MS * NS_PER_MS);
}

static bool at_closed_end(const struct worker *worker)
{
	struct ring_position head;

	if (!ring_closed(worker->ring))
		return false;
	ring_head(worker->ring, &head);
	return spool_position(worker->spool)->offset >= head.offset;
}

static void begin_reading(struct drain *drain)
{
	struct reader *reader = &drain->worker->reader;
	const struct ipc_drain *order = &drain->order;

	if (order->epoch != 0 && order->epoch == ring_epoch(drain->worker->ring))
		reader->end_sequence = order->sequence;
	else
		reader->end_sequence = UINT64_MAX;
	/* an order that follows may want more than the one before */
	reader->finish_batch = reader->end_sequence == UINT64_MAX && (!drain->orphaned || order->mode == DRAIN_STOP);
	drain->phase = DRAIN_READING;
	drain->reading_since_ns = loop_now(drain->worker->loop);
	/* also when it reads already: a subscriber that was killed may have published and woken nobody */
	reader_start(reader);
}

bool drain_hurries(const struct drain *drain)
{
	int64_t since_ns = drain->reading_since_ns;

	return drain->phase == DRAIN_READING &&
		loop_now(drain->worker->loop) >= since_ns + (drain->order.deadline_ns - since_ns) / 2;
}

/* Reading waits for something that may come: only the deadline ends that. */
static bool read_to_end(struct drain *drain)
{
	struct worker *worker = drain->worker;

	if (too_late(drain) || reader_at_end(&worker->reader))
		return true;
	return drain->orphaned ? orphan_at_end(drain) : at_closed_end(worker);
}

static void end_reading(struct drain *drain)
{
	struct worker *worker = drain->worker;

	reader_stop(&worker->reader);
	drain->phase = DRAIN_CUTTING;
	if (drain->orphaned)
		drain->order.deadline_ns = loop_now(worker->loop) + worker->settings.drain_timeout_ns;
	arm(drain, drain->order.deadline_ns);
}

/* ---- cutting ---- */

/* In a transaction: the pipeline is stopped. What is still unread up to the stop is `ring`; the next start begins at the
 * head of its moment. */
static void clear_position(struct drain *drain)
{
	struct worker *worker = drain->worker;
	struct ring_position *position = spool_position(worker->spool);
	struct account *account = spool_account(worker->spool);

	if (position->epoch != 0 && position->epoch == drain->order.epoch && position->sequence < drain->order.sequence) {
		uint64_t lost = drain->order.sequence - position->sequence;

		account->passed += lost;
		account->lost_ring += lost;
		worker_event(worker, LOG_WARN, "ring.lost", "%" PRIu64 " flows were not read before the stop's time was over",
			lost);
	}
	*position = (struct ring_position){ 0 };
}

static bool anything_open(const struct worker *worker)
{
	struct spool_lane lane;

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		spool_lane(worker->spool, i, &lane);
		if (lane.open_records > 0)
			return true;
	}
	return false;
}

static int cut_lanes(struct worker *worker, struct err *err)
{
	int error = 0;

	for (unsigned i = 0; i < SPOOL_LANES && error == 0; i++)
		error = spool_cut(worker->spool, i, clock_wall_ms(), loop_now(worker->loop), err);
	return error;
}

/* One transaction; a failure of any kind leaves everything as it was. False: it failed, or another is to follow. */
static bool try_transaction(struct drain *drain, bool cut, bool clear)
{
	struct worker *worker = drain->worker;
	bool stop = drain->order.mode == DRAIN_STOP, more;
	struct err err = { 0 };
	int error = 0;

	spool_begin(worker->spool);
	if (cut && stop)
		error = pipeline_flush(worker->pipeline, loop_now(worker->loop), clock_wall_ms(), &err);
	else if (cut)
		error = cut_lanes(worker, &err);
	more = error == STAGE_MORE;
	if (error == 0 && clear)
		clear_position(drain);
	if (error == 0 || more) {
		error = worker_commit(worker, &err);
		drain->stopped = drain->stopped || (error == 0 && clear && !more);
		if (error == 0 && more)
			arm(drain, loop_now(worker->loop));
		return error == 0 && !more;
	}
	worker_undo(worker);
	if (error != ERR_AGAIN)
		worker_fail(worker, WORKER_FAILED, "drain", &err);
	return false;
}

/* True when nothing is left to cut, or no time. */
static bool cut(struct drain *drain)
{
	struct worker *worker = drain->worker;
	bool stop = drain->order.mode == DRAIN_STOP;

	if (!stop && !anything_open(worker))
		return true;
	if (try_transaction(drain, true, stop))
		return true;
	/* a part that went through has put its own time in the place of the deadline */
	if (drain->timer.position == 0)
		arm(drain, drain->order.deadline_ns);
	if (!too_late(drain) || worker->life == LIFE_ENDED)
		return false;
	if (stop)
		try_transaction(drain, false, true);
	return worker->life != LIFE_ENDED;
}

/* ---- orders ---- */

/* What was cut and sent for a handover stays so. What the order lacks is read, as long as something can be sent; then it
 * is counted. */
static void change_order(struct drain *drain, const struct ipc_drain *order)
{
	drain->order = *order;
	/* a position that is cleared suits every stop */
	if (drain->stopped || drain->phase <= DRAIN_ORDERED)
		return;
	if (drain->phase < DRAIN_ENDING)
		begin_reading(drain);
	else
		try_transaction(drain, false, true);
}

void drain_order(struct drain *drain, const struct ipc_drain *order)
{
	struct worker *worker = drain->worker;

	if (order->mode == DRAIN_STOP || (drain->order.mode != DRAIN_STOP && drain->phase <= DRAIN_READING))
		change_order(drain, order);
	else
		drain->order.deadline_ns = order->deadline_ns;
	if (drain->phase == DRAIN_NONE)
		drain->phase = DRAIN_ORDERED;
	if (worker->life == LIFE_UNCONFIGURED) {
		worker_end(worker, WORKER_DONE);
		return;
	}
	if (worker->life == LIFE_ENDED)
		return;
	/* what it waits for in its last phase has a time of its own */
	if (drain->phase != DRAIN_ENDING)
		arm(drain, order->deadline_ns);
	worker_turn(worker);
}

void drain_orphan(struct drain *drain)
{
	struct worker *worker = drain->worker;
	int64_t now = clock_boottime_ns();

	drain->orphaned = true;
	if (worker->life < LIFE_NAMELESS) {
		worker_end(worker, WORKER_DONE);
		return;
	}
	if (drain->phase == DRAIN_NONE) {
		drain->phase = DRAIN_ORDERED;
		drain->order = (struct ipc_drain){ .mode = DRAIN_HANDOVER,
			.deadline_ns = now + worker->settings.drain_timeout_ns + HEAD_STANDS_MS * NS_PER_MS };
		drain->head_since_ns = now;
	}
	arm(drain, now);
	worker_turn(worker);
}

/* ---- the end ---- */

static void begin_ending(struct drain *drain)
{
	struct worker *worker = drain->worker;

	outbox_stop(&worker->outbox);
	sealer_hurry(worker->sealer);
	drain->phase = DRAIN_ENDING;
	arm(drain, loop_now(worker->loop) + GRACE_MS * NS_PER_MS);
}

static bool all_done(const struct worker *worker)
{
	return !sealing_busy(&worker->sealing) && !sealing_syncs(&worker->sealing) && worker->outbox.sent == 0 &&
		account_file_ends(worker->account_file);
}

static void finish(struct drain *drain)
{
	struct worker *worker = drain->worker;
	struct ipc_drained drained = { .mode = drain->stopped ? DRAIN_STOP : DRAIN_HANDOVER, .epoch = drain->order.epoch,
		.sequence = drain->order.sequence };
	struct spool_totals totals;
	struct err err = { 0 };

	if (spool_close(worker->spool, &err) != 0)
		worker_event(worker, LOG_ERROR, "state.unsaved", "%s", err.message);
	spool_totals(worker->spool, &totals);
	drained.unsent_objects = totals.unsent_objects;
	drained.unsent_flows = totals.unsent_flows;
	if (drained.unsent_objects == 0)
		log_info("drained: everything is written");
	else
		log_info("drained: %" PRIu64 " objects with %" PRIu64 " flows wait in the spool", drained.unsent_objects,
			drained.unsent_flows);
	control_drained(worker, &drained);
	worker_end(worker, WORKER_DONE);
}

void drain_turn(struct drain *drain)
{
	struct worker *worker = drain->worker;

	if (drain->phase == DRAIN_ORDERED && (worker->life == LIFE_READY || too_late(drain)))
		begin_reading(drain);
	if (drain->phase == DRAIN_READING && read_to_end(drain))
		end_reading(drain);
	if (drain->phase == DRAIN_CUTTING && cut(drain)) {
		drain->phase = DRAIN_SENDING;
		arm(drain, drain->order.deadline_ns);
		/* what has just been cut is to be sealed, what is sealed to be sent */
		sealing_turn(&worker->sealing);
	}
	if (worker->life == LIFE_ENDED)
		return;
	if (drain->phase == DRAIN_SENDING && (too_late(drain) || (all_done(worker) && outbox_empty(&worker->outbox))))
		begin_ending(drain);
	if (drain->phase == DRAIN_ENDING && (all_done(worker) || drain->timer.position == 0))
		finish(drain);
}
