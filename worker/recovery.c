/* What every start of a worker does, the same after any end (docs/durability.md, "Recovery" 1 to 4 and 6). */
#include "worker/recovery.h"

#include <string.h>

#include "common/log.h"
#include "worker/state.h"

static bool same_boot(const struct spool *spool)
{
	static const unsigned char unknown[BOOT_ID_SIZE];

	return memcmp(spool->boot_id, spool->committed.record.boot_id, BOOT_ID_SIZE) == 0 &&
		memcmp(spool->boot_id, unknown, BOOT_ID_SIZE) != 0;
}

/* Times on another boot's CLOCK_BOOTTIME mean nothing; the wall clock has to do, once. */
static void translate_times(const struct recovery *recovery, struct commit_lane *lane)
{
	/* a name before 1970 is none that was ever given */
	int64_t age_ms = lane->stream_ms >= 0 && recovery->now_ms > lane->stream_ms ? recovery->now_ms - lane->stream_ms : 0;

	lane->last_cut_ns = 0;
	lane->first_record_ns = open_entry(lane)->records > 0 ? recovery->now_ns : 0;
	lane->stream_begin_ns = recovery->now_ns - age_ms * NS_PER_MS;
}

/* What is known from the record alone: segments counted as waiting, a place for each object that may be there. */
static int begin(struct recovery *recovery)
{
	struct spool *spool = recovery->spool;
	const struct queued_object absent = { 0 };
	int error = 0;

	spool->next = spool->committed;
	spool->next.losses = spool_losses(&spool->next.record.account);
	spool->active = spool->recovering = true;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		struct commit_lane *lane = &spool->next.record.lanes[i];

		spool->lanes[i].queue.base = lane->claimed;
		for (uint64_t n = lane->claimed; n < lane->sealed && error == 0; n++)
			error = object_queue_push(&spool->lanes[i].queue, &absent, recovery->err);
		for (uint64_t n = lane->sealed; n <= lane->open; n++) {
			const struct commit_entry *entry = commit_entry(lane, n);

			spool->next.segments += entry->records > 0;
			spool->next.segment_bytes += entry->bytes;
			spool->next.lanes[i].waiting_records += entry->records;
			spool->next.lanes[i].waiting_flows += entry->flows;
			spool->lanes[i].cut_positions[n % SPOOL_ENTRIES] = spool->next.record.position;
		}
		if (!recovery->same_boot)
			translate_times(recovery, lane);
	}
	return error;
}

/* Everything that waits is in a segment or object that is there; what is not goes to another bin in step 4. */
static void count_waiting(struct spool *spool)
{
	spool->next.record.account.waiting_spool = 0;
	for (unsigned i = 0; i < SPOOL_LANES; i++)
		spool->next.record.account.waiting_spool += spool->next.lanes[i].waiting_flows;
}

/* Step 6: memory that is not this record's is lost, with what was kept in it. */
static int recover_state(struct spool *spool, struct err *err)
{
	struct account *account = &spool->next.record.account;
	uint64_t generation = spool->committed.record.generation;
	enum state_origin origin = STATE_EMPTY;
	int error;

	if (spool->options.state == NULL)
		return 0;
	error = state_open(spool->options.state, spool->committed.record.number, generation, spool->options.dirfd, &origin, err);
	if (error != 0)
		return error;
	if (origin == STATE_EMPTY) {
		if (generation != 0)
			spool_event(spool, LOG_WARN, "state.lost", "the stages' memory begins empty: %llu flows kept in it are lost",
				(unsigned long long)account->waiting_state);
		account->lost_error += account->waiting_state;
		account->waiting_state = 0;
	}
	return 0;
}

int recovery_run(struct spool *spool, struct err *err)
{
	struct recovery recovery = { .spool = spool, .err = err, .now_ms = clock_wall_ms(), .now_ns = clock_boottime_ns() };
	int error = recovery_lock(spool, err);

	if (error == 0)
		error = recovery_commit(spool, err);
	if (error != 0)
		return error;
	recovery.same_boot = same_boot(spool);
	recovery.direct = (spool->committed.record.flags & COMMIT_DIRECT) != 0;
	error = begin(&recovery);
	if (error == 0)
		error = recovery_list(&recovery);
	if (error != 0)
		return error;
	count_waiting(spool);
	error = recovery_segments(&recovery);
	if (error == 0)
		error = recovery_objects(&recovery);
	return error != 0 ? error : recover_state(spool, err);
}
