/* The outbox's claims, and what the pipeline's limits drop: transactions of their own. */
#include <inttypes.h>

#include "worker/outbox_private.h"

enum { DROP_EVENT_S = 10 };

static bool lane_can_claim(const struct outbox *outbox, unsigned lane)
{
	struct spool_object object;
	struct spool_lane figures;

	spool_lane(outbox->worker->spool, lane, &figures);
	return figures.claimed < figures.sealed &&
		!spool_in_flight(outbox->worker->spool, lane, SPOOL_IN_FLIGHT - 1, &object);
}

int outbox_claim_lanes(struct outbox *outbox, struct err *err)
{
	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		int error = 0;

		while (error == 0 && lane_can_claim(outbox, lane))
			error = spool_claim(outbox->worker->spool, lane, err);
		if (error != 0 && error != ERR_AGAIN)
			return error;
	}
	return 0;
}

int outbox_end_transaction(struct outbox *outbox, int error, struct err *err)
{
	if (error == 0)
		return worker_commit(outbox->worker, err);
	worker_undo(outbox->worker);
	worker_fail(outbox->worker, WORKER_FAILED, "outbox", err);
	return error;
}

void outbox_claim(struct outbox *outbox)
{
	struct err err = { 0 };
	bool wanted = false;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++)
		wanted |= lane_can_claim(outbox, lane);
	if (!wanted || outbox->stopped)
		return;
	spool_begin(outbox->worker->spool);
	outbox_end_transaction(outbox, outbox_claim_lanes(outbox, &err), &err);
}

static void tell_drops(struct outbox *outbox, unsigned dropped, int limit)
{
	int64_t now = loop_now(outbox->worker->loop);

	outbox->dropped += dropped;
	if (outbox->drop_event_ns != 0 && now - outbox->drop_event_ns < DROP_EVENT_S * NS_PER_S)
		return;
	worker_event(outbox->worker, LOG_WARN, limit == SPOOL_LANES ? "spool.quota" : "spool.overflow",
		"%" PRIu64 " objects were dropped unsent: %s", outbox->dropped, limit == SPOOL_LANES ?
		"the spool has reached its quota" : "more records wait than pipeline.store.buffered.max_flow_array_size allows");
	outbox->drop_event_ns = now;
	outbox->dropped = 0;
}

void outbox_drop_over_limit(struct outbox *outbox)
{
	struct spool *spool = outbox->worker->spool;
	int limit = spool_over_limit(spool), next = limit;
	struct err err = { 0 };
	unsigned dropped = 0;
	int error = 0;

	if (limit < 0)
		return;
	spool_begin(spool);
	for (; next >= 0 && error == 0; next = spool_over_limit(spool)) {
		error = spool_drop(spool, (unsigned)next, &err);
		dropped += error == 0;
	}
	if (dropped == 0) {
		worker_undo(outbox->worker);
		return;
	}
	if (outbox_end_transaction(outbox, error == ERR_AGAIN ? 0 : error, &err) == 0) {
		tell_drops(outbox, dropped, limit);
		reader_retry(&outbox->worker->reader);
	}
}
