#include "worker/outbox.h"

#include <stdlib.h>

#include "common/random.h"
#include "worker/planted.h"
#include "worker/outbox_private.h"

enum { FIRST_DELAY_MS = 1000, LAST_DELAY_MS = 60000, JITTER_PERCENT = 20 };

static void answered(void *owner, struct delivery *delivery);

static void retry_fired(struct loop_timer *timer)
{
	struct outbox *outbox = timer->owner;

	outbox_round(outbox);
	worker_turn(outbox->worker);
}

int outbox_init(struct outbox *outbox, struct worker *worker, struct err *err)
{
	*outbox = (struct outbox){ .worker = worker };
	outbox->retry = (struct loop_timer){ .fire = retry_fired, .owner = outbox };
	return writer_new(&outbox->writer, &worker->writer_context, answered, outbox, err);
}

void outbox_fini(struct outbox *outbox)
{
	writer_free(&outbox->writer);
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		free(outbox->parcels[lane]);
		outbox->parcels[lane] = NULL;
	}
}

bool outbox_empty(const struct outbox *outbox)
{
	const struct spool *spool = outbox->worker->spool;
	struct spool_object object;
	struct spool_lane figures;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		spool_lane(spool, lane, &figures);
		if (figures.claimed < figures.sealed || spool_in_flight(spool, lane, 0, &object))
			return false;
	}
	return true;
}

void outbox_stop(struct outbox *outbox)
{
	const struct writer *writer = outbox->writer;

	outbox->stopped = true;
	for (unsigned lane = 0; lane < SPOOL_LANES && writer->type->cancel != NULL; lane++) {
		struct parcel *parcel = outbox->parcels[lane];

		if (parcel != NULL && parcel->state == PARCEL_SENT)
			writer->type->cancel(outbox->writer, &parcel->delivery);
	}
}

/* ---- parcels follow what the spool has in flight ---- */

static struct parcel *parcel_new(struct outbox *outbox, const struct spool_object *object)
{
	struct parcel *parcel = calloc(1, sizeof(*parcel));

	if (parcel == NULL)
		return NULL;            /* the next turn tries again */
	parcel->delivery.writer = outbox->writer;
	parcel->delivery.object = *object;
	parcel->delivery.in_doubt = object->maybe_sent;
	return parcel;
}

/* The lane's parcel is its oldest object's: one that has been settled goes, the next is made. */
static void follow_lane(struct outbox *outbox, unsigned lane)
{
	struct parcel **parcel = &outbox->parcels[lane];
	struct spool_object object;
	bool any = spool_in_flight(outbox->worker->spool, lane, 0, &object);

	if (any && *parcel != NULL && (*parcel)->delivery.object.number == object.number)
		return;
	free(*parcel);
	*parcel = any ? parcel_new(outbox, &object) : NULL;
}

/* ---- sending ---- */

static bool may_be_sent(const struct outbox *outbox, const struct parcel *parcel)
{
	if (parcel->state == PARCEL_BACKOFF)
		return parcel->next_try_ns <= loop_now(outbox->worker->loop);
	return parcel->state == PARCEL_WAITING && (planted(PLANTED_SENT_EARLY) ||
		parcel->delivery.object.claim_commit <= spool_durable_number(outbox->worker->spool));
}

/* The next to send: the one that was claimed first. An answered one keeps its place until a round has committed it. */
static struct parcel *next_parcel(const struct outbox *outbox)
{
	struct parcel *next = NULL;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		struct parcel *parcel = outbox->parcels[lane];

		if (parcel != NULL && may_be_sent(outbox, parcel) &&
			(next == NULL || parcel->delivery.object.claim_commit < next->delivery.object.claim_commit))
			next = parcel;
	}
	return next;
}

static void send_parcel(struct outbox *outbox, struct parcel *parcel)
{
	struct delivery *delivery = &parcel->delivery;

	parcel->state = PARCEL_SENT;
	parcel->sent_ns = clock_boottime_ns();
	outbox->sent++;
	delivery->result = 0;
	delivery->field = NULL;
	delivery->reason[0] = '\0';
	delivery->retry_after_ms = 0;
	outbox->writer->type->send(outbox->writer, delivery);
}

static void send_parcels(struct outbox *outbox)
{
	struct parcel *parcel;

	while (!outbox->stopped && outbox->sent < outbox->writer->type->parallel &&
		(parcel = next_parcel(outbox)) != NULL)
		send_parcel(outbox, parcel);
}

/* When a parcel wants to be looked at. */
static int64_t parcel_due(const struct outbox *outbox, const struct parcel *parcel)
{
	if (parcel == NULL)
		return INT64_MAX;
	if (parcel->state == PARCEL_ANSWERED)
		return loop_now(outbox->worker->loop);
	return parcel->state == PARCEL_BACKOFF && !outbox->stopped ? parcel->next_try_ns : INT64_MAX;
}

static void arm_retry(struct outbox *outbox)
{
	int64_t due = INT64_MAX;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		int64_t one = parcel_due(outbox, outbox->parcels[lane]);

		due = one < due ? one : due;
	}
	if (due != INT64_MAX)
		loop_timer_set(outbox->worker->loop, &outbox->retry, due, NULL);
	else
		loop_timer_cancel(outbox->worker->loop, &outbox->retry);
}

void outbox_turn(struct outbox *outbox)
{
	outbox_drop_over_limit(outbox);
	outbox_claim(outbox);
	if (outbox->worker->life == LIFE_ENDED)
		return;
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++)
		follow_lane(outbox, lane);
	send_parcels(outbox);
	arm_retry(outbox);
}

/* ---- answers ---- */

static void answered(void *owner, struct delivery *delivery)
{
	struct outbox *outbox = owner;
	struct parcel *parcel = loop_owner(delivery, struct parcel, delivery);

	outbox->sent--;
	parcel->state = PARCEL_ANSWERED;
	write_figures_add(&outbox->writes, clock_boottime_ns() - parcel->sent_ns, delivery->result);
	/* not here: it may be called from send(). The sealer's round comes first where there is one */
	loop_timer_set(outbox->worker->loop, &outbox->retry, loop_now(outbox->worker->loop), NULL);
}

/* Doubling, with jitter; and not before the time that the sink has named. */
static int64_t retry_delay_ns(const struct parcel *parcel)
{
	int64_t delay = (int64_t)FIRST_DELAY_MS << (parcel->attempts < 6 ? parcel->attempts : 6);
	int64_t named = parcel->delivery.retry_after_ms;

	if (delay > LAST_DELAY_MS)
		delay = LAST_DELAY_MS;
	delay = random_jitter(delay * NS_PER_MS, JITTER_PERCENT);
	return delay > named * NS_PER_MS ? delay : named * NS_PER_MS;
}

static void back_off(struct outbox *outbox, struct parcel *parcel)
{
	const struct delivery *delivery = &parcel->delivery;

	parcel->next_try_ns = loop_now(outbox->worker->loop) + retry_delay_ns(parcel);
	parcel->attempts++;
	parcel->without_memory = delivery->result == ERR_NO_MEMORY ? parcel->without_memory + 1 : 0;
	outbox->failed++;
	parcel->delivery.in_doubt = true;
	parcel->state = PARCEL_BACKOFF;
	if (delivery->result != ERR_AGAIN || !outbox->stopped)
		worker_condition(outbox->worker, CONDITION_SINK, false,
			delivery->reason[0] != '\0' ? delivery->reason : err_name(delivery->result), delivery->err.message,
			delivery->field);
	if (parcel->without_memory >= MEMORY_TRIES)
		worker_fail(outbox->worker, WORKER_FAILED, "sending", &delivery->err);
}

/* When the first of those that failed is sent again. */
static void tell_retry(const struct outbox *outbox)
{
	int64_t next_ns = INT64_MAX;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		const struct parcel *parcel = outbox->parcels[lane];

		if (parcel != NULL && parcel->state == PARCEL_BACKOFF && parcel->next_try_ns < next_ns)
			next_ns = parcel->next_try_ns;
	}
	if (!outbox->stopped)
		worker_retry(outbox->worker, CONDITION_SINK, outbox->failed, next_ns);
}

/* The sink works again: what failed while it did not need not wait for the end of a long delay. */
static void hasten(struct outbox *outbox)
{
	int64_t soon = loop_now(outbox->worker->loop) + FIRST_DELAY_MS * NS_PER_MS;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		struct parcel *parcel = outbox->parcels[lane];

		if (parcel != NULL && parcel->state == PARCEL_BACKOFF && parcel->delivery.retry_after_ms == 0 &&
			parcel->next_try_ns > soon)
			parcel->next_try_ns = soon;
	}
}

/* In a transaction. */
static int take_answer(struct outbox *outbox, unsigned lane, struct parcel *parcel, struct err *err)
{
	const struct delivery *delivery = &parcel->delivery;
	struct worker *worker = outbox->worker;

	if (delivery->result == 0) {
		hasten(outbox);
		outbox->failed = 0;
		worker_condition(worker, CONDITION_SINK, true, "Stored", "", NULL);
		spool_write_time(worker->spool, clock_wall_ms());
		return spool_settle(worker->spool, lane, delivery->object.number, err);
	}
	worker_event(worker, LOG_ERROR, "object.damaged", "%s: %s", delivery->object.name, delivery->err.message);
	return spool_give_up(worker->spool, lane, delivery->object.number, err);
}

/* Those that are to be tried again change nothing that is committed; the rest is one transaction. */
static unsigned sort_answers(struct outbox *outbox, struct parcel *ended[SPOOL_LANES])
{
	unsigned count = 0, failed = outbox->failed;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		struct parcel *parcel = outbox->parcels[lane];

		ended[lane] = NULL;
		if (parcel == NULL || parcel->state != PARCEL_ANSWERED)
			continue;
		if (parcel->delivery.result != 0 && parcel->delivery.result != ERR_CORRUPT) {
			back_off(outbox, parcel);
			continue;
		}
		ended[lane] = parcel;
		count++;
	}
	if (outbox->failed != failed)
		tell_retry(outbox);
	return count;
}

void outbox_round(struct outbox *outbox)
{
	struct parcel *ended[SPOOL_LANES];
	struct err err = { 0 };
	int error = 0;

	if (sort_answers(outbox, ended) == 0)
		return;
	spool_begin(outbox->worker->spool);
	for (unsigned lane = 0; lane < SPOOL_LANES && error == 0; lane++) {
		if (ended[lane] != NULL)
			error = take_answer(outbox, lane, ended[lane], &err);
	}
	/* the room that was made is taken in the same commit */
	if (error == 0 && !outbox->stopped)
		error = outbox_claim_lanes(outbox, &err);
	if (outbox_end_transaction(outbox, error, &err) == 0)
		reader_retry(&outbox->worker->reader);
}
