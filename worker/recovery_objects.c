/* Recovery, steps 2 and 4: objects that the record names. */
#include <inttypes.h>
#include <string.h>

#include "common/log.h"
#include "worker/object.h"
#include "worker/recovery.h"

static void found_object(struct recovery *recovery, unsigned lane, uint64_t records, uint64_t flows, uint64_t file_bytes)
{
	struct spool_view *next = &recovery->spool->next;

	recovery->present_flows += flows;
	next->objects++;
	next->object_bytes += file_bytes;
	next->lanes[lane].waiting_records += records;
	next->lanes[lane].waiting_flows += flows;
}

static bool flight_found(struct recovery *recovery, const struct spool_name *name, int64_t changed_ms)
{
	struct spool *spool = recovery->spool;
	const struct commit_lane *lane = &spool->next.record.lanes[name->lane];

	for (unsigned i = 0; i < lane->in_flight; i++) {
		const struct commit_flight *flight = &lane->flights[i];

		if (flight->number != name->number || flight->records != name->records || flight->flows != name->flows)
			continue;
		recovery->seen_flights[name->lane] |= 1u << i;
		spool->next.lanes[name->lane].flights[i] = (struct flight){ .maybe_sent = true, .sealed_ms = changed_ms,
			.claim_commit = spool->committed.record.number };
		/* its size as recorded, so that what is added here is what leaves with it */
		found_object(recovery, name->lane, flight->records, flight->flows, OBJECT_HEAD_SIZE + (uint64_t)flight->bytes);
		return true;
	}
	return false;
}

bool recovery_object_named(struct recovery *recovery, const struct spool_name *name, int64_t size, int64_t changed_ms)
{
	struct queued_object *object;

	if (name->records == 0 || name->records > UINT32_MAX)
		return false;
	object = object_queue_at(&recovery->spool->lanes[name->lane].queue, name->number);
	if (object == NULL)
		return flight_found(recovery, name, changed_ms);
	if (object->records > 0)
		return false;         /* a second file of that number */
	*object = (struct queued_object){ .flows = name->flows, .records = (uint32_t)name->records, .sealed_ms = changed_ms,
		.bytes = size < OBJECT_HEAD_SIZE ? OBJECT_HEAD_SIZE : size > UINT32_MAX ? UINT32_MAX : (uint32_t)size };
	found_object(recovery, name->lane, name->records, name->flows, object->bytes);
	return true;
}

/* In flight, and the folder has it not: a commit that a power loss took back had settled it. What was sealed without
 * fsync may as well never have reached the disk. */
static void missing_flight(struct recovery *recovery, unsigned index, unsigned position)
{
	struct spool *spool = recovery->spool;
	struct account *account = &spool->next.record.account;
	struct commit_lane *lane = &spool->next.record.lanes[index];
	const struct commit_flight flight = lane->flights[position];
	struct flight *beside = spool->next.lanes[index].flights;

	lane->in_flight--;
	memmove(&lane->flights[position], &lane->flights[position + 1], (lane->in_flight - position) * sizeof(flight));
	memmove(&beside[position], &beside[position + 1], (lane->in_flight - position) * sizeof(*beside));
	memset(&lane->flights[lane->in_flight], 0, sizeof(flight));
	if (recovery->direct && !recovery->same_boot) {
		account->lost_spool += flight.flows;
		spool->next.record.lost_flows += flight.flows;
		return;
	}
	account->written += flight.flows;
	account->records_written += flight.records;
	account->bytes_written += flight.bytes;
	account->objects_written++;
}

/* Backwards: the positions before one that goes stay as they are. */
static unsigned missing_flights(struct recovery *recovery)
{
	unsigned missing = 0;

	for (unsigned lane = 0; lane < SPOOL_LANES; lane++) {
		for (unsigned i = recovery->spool->next.record.lanes[lane].in_flight; i-- > 0;) {
			if ((recovery->seen_flights[lane] & 1u << i) == 0) {
				missing_flight(recovery, lane, i);
				missing++;
			}
		}
	}
	return missing;
}

/* written = sealed - dropped - lost after sealing - present. What is beyond that was sealed, never sent, and is gone. */
static void check_written(struct recovery *recovery, unsigned missing)
{
	struct spool *spool = recovery->spool;
	struct commit *record = &spool->next.record;
	int64_t difference = (int64_t)(record->sealed_flows - record->dropped_flows - record->lost_flows -
		recovery->present_flows - record->account.written);

	if (difference > 0) {
		record->account.lost_spool += (uint64_t)difference;
		record->lost_flows += (uint64_t)difference;
		spool_event(spool, LOG_ERROR, "spool.object_missing",
			"sealed objects are missing from the spool: %" PRId64 " flows are lost", difference);
	}
	if (difference < 0) {
		uint64_t more = (uint64_t)-difference;

		record->account.written -= more < record->account.written ? more : record->account.written;
	}
	if (difference < 0 || (recovery->same_boot && (difference != 0 || missing > 0)))
		spool_event(spool, LOG_ERROR, "spool.account_mismatch",
			"the spool's objects do not agree with its record: %u in flight are missing, %" PRId64 " flows differ",
			missing, difference);
}

/* Sealed without fsync, then a power loss: what was not sent cannot be trusted, and a new stream begins. */
static int give_up_direct(struct recovery *recovery)
{
	struct spool *spool = recovery->spool;
	uint64_t *bin = &spool->next.record.account.lost_spool;
	const uint64_t before = *bin;
	int error = 0;

	for (unsigned i = 0; i < SPOOL_LANES && error == 0; i++) {
		do {
			error = lane_drop(spool, i, bin, recovery->err);
		} while (error == 0);
		error = error == ERR_AGAIN ? 0 : error;
		spool->next.record.lanes[i].stream_ms = 0;
	}
	if (*bin > before)
		spool_event(spool, LOG_ERROR, "spool.direct_lost", "unsent objects of store direct did not survive the machine's "
			"end: %" PRIu64 " flows are lost", *bin - before);
	return error;
}

int recovery_objects(struct recovery *recovery)
{
	int error = 0;

	check_written(recovery, missing_flights(recovery));
	if (recovery->direct && !recovery->same_boot)
		error = give_up_direct(recovery);
	return error;
}
