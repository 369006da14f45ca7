/* An object's way out: claim, settle, give up, drop; limits and totals. */
#include <assert.h>
#include <string.h>

#include "common/log.h"
#include "worker/object.h"
#include "worker/spool_internal.h"

void lane_release(struct spool *spool, unsigned index, uint64_t records, uint64_t flows)
{
	spool->next.lanes[index].waiting_records -= records;
	spool->next.lanes[index].waiting_flows -= flows;
	spool->next.record.account.waiting_spool -= flows;
}

void spool_shown(struct spool *spool, uint32_t flows, int64_t wall_ms)
{
	struct commit *record = &spool->next.record;

	record->sealed_flows += flows;
	record->account.written += flows;
	record->account.records_out += flows;
	record->account.records_written += flows;
	record->write_ms = wall_ms;
}

/* ---- claims ---- */

/* Moves `claimed` over holes to the lane's oldest sealed object; NULL: there is none. */
static struct queued_object *oldest_sealed(struct spool *spool, unsigned index)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];

	for (; lane->claimed < lane->sealed; lane->claimed++) {
		struct queued_object *object = object_queue_at(&spool->lanes[index].queue, lane->claimed);

		if (object->records > 0)
			return object;
	}
	return NULL;
}

int spool_claim(struct spool *spool, unsigned index, struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];
	const struct queued_object *object;

	assert(spool->active);
	if (lane->in_flight == SPOOL_IN_FLIGHT)
		return err_set(err, ERR_AGAIN, "%d objects are in flight", SPOOL_IN_FLIGHT);
	object = oldest_sealed(spool, index);
	if (object == NULL)
		return err_set(err, ERR_AGAIN, "no object waits");
	lane->flights[lane->in_flight] = (struct commit_flight){ .number = lane->claimed, .flows = object->flows,
		.records = object->records, .bytes = object->bytes - OBJECT_HEAD_SIZE };
	spool->next.lanes[index].flights[lane->in_flight] = (struct flight){ .sealed_ms = object->sealed_ms,
		.claim_commit = spool->committed.record.number + 1 };
	lane->in_flight++;
	lane->claimed++;
	spool_want_durable(spool);
	return 0;
}

bool spool_in_flight(const struct spool *spool, unsigned index, unsigned position, struct spool_object *object)
{
	const struct commit_lane *lane = &spool->next.record.lanes[index];
	const struct commit_flight *flight = &lane->flights[position];

	if (position >= lane->in_flight)
		return false;
	*object = (struct spool_object){
		.lane = index,
		.number = flight->number,
		.records = flight->records,
		.flows = flight->flows,
		.bytes = flight->bytes,
		.claim_commit = spool->next.lanes[index].flights[position].claim_commit,
		.maybe_sent = spool->next.lanes[index].flights[position].maybe_sent,
	};
	spool_name_object(object->name, index, flight->number, flight->records, flight->flows);
	return true;
}

/* ---- ends ---- */

/* Takes an object out of flight; its file goes with this commit. */
static int flight_end(struct spool *spool, unsigned index, uint64_t number, enum doom doom, struct commit_flight *flight,
	struct err *err)
{
	struct commit_lane *lane = &spool->next.record.lanes[index];
	struct flight *beside = spool->next.lanes[index].flights;
	unsigned i = 0;
	int error = doomed_reserve(spool, err);

	assert(spool->active);
	if (error != 0)
		return error;
	while (i < lane->in_flight && lane->flights[i].number != number)
		i++;
	if (i == lane->in_flight)
		return err_set(err, ERR_NOT_FOUND, "object %s.%llu is not in flight", flow_tag_names[index],
			(unsigned long long)number);
	*flight = lane->flights[i];
	lane->in_flight--;
	memmove(&lane->flights[i], &lane->flights[i + 1], (lane->in_flight - i) * sizeof(*flight));
	memmove(&beside[i], &beside[i + 1], (lane->in_flight - i) * sizeof(*beside));
	memset(&lane->flights[lane->in_flight], 0, sizeof(*flight));
	doomed_add(spool, doom, index, number, flight->records, flight->flows);
	spool->next.objects--;
	spool->next.object_bytes -= OBJECT_HEAD_SIZE + (uint64_t)flight->bytes;
	lane_release(spool, index, flight->records, flight->flows);
	return 0;
}

int spool_settle(struct spool *spool, unsigned index, uint64_t number, struct err *err)
{
	struct account *account = &spool->next.record.account;
	struct commit_flight flight;
	int error = flight_end(spool, index, number, DOOM_UNLINK_OBJECT, &flight, err);

	if (error != 0)
		return error;
	account->written += flight.flows;
	account->records_written += flight.records;
	account->bytes_written += flight.bytes;
	account->objects_written++;
	return 0;
}

int spool_give_up(struct spool *spool, unsigned index, uint64_t number, struct err *err)
{
	struct commit_flight flight;
	int error = flight_end(spool, index, number, DOOM_SET_ASIDE, &flight, err);

	if (error != 0)
		return error;
	spool->next.record.account.lost_spool += flight.flows;
	spool->next.record.lost_flows += flight.flows;
	spool_want_durable(spool);
	spool_event(spool, LOG_ERROR, "spool.object_damaged", "object %llu of lane %s is damaged and set aside: %llu flows are lost",
		(unsigned long long)number, flow_tag_names[index], (unsigned long long)flight.flows);
	return 0;
}

/* ---- limits ---- */

/* The lane whose oldest sealed object is the pipeline's oldest; SPOOL_LANES: there is none. */
static unsigned oldest_lane(struct spool *spool)
{
	unsigned best = SPOOL_LANES;
	int64_t best_ms = INT64_MAX;

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		const struct queued_object *object = oldest_sealed(spool, i);

		if (object != NULL && (best == SPOOL_LANES || object->sealed_ms < best_ms)) {
			best_ms = object->sealed_ms;
			best = i;
		}
	}
	return best;
}

int lane_drop(struct spool *spool, unsigned index, uint64_t *bin, struct err *err)
{
	const struct queued_object *object = oldest_sealed(spool, index);
	int error;

	if (object == NULL)
		return err_set(err, ERR_AGAIN, "no sealed object may be dropped");
	error = doomed_reserve(spool, err);
	if (error != 0)
		return error;
	doomed_add(spool, DOOM_UNLINK_OBJECT, index, spool->next.record.lanes[index].claimed, object->records, object->flows);
	*bin += object->flows;
	spool->next.record.dropped_flows += object->flows;
	spool->next.record.lanes[index].claimed++;
	spool->next.objects--;
	spool->next.object_bytes -= object->bytes;
	lane_release(spool, index, object->records, object->flows);
	spool_want_durable(spool);
	return 0;
}

int spool_drop(struct spool *spool, unsigned which, struct err *err)
{
	struct account *account = &spool->next.record.account;
	unsigned index = which == SPOOL_LANES ? oldest_lane(spool) : which;

	assert(spool->active);
	if (index == SPOOL_LANES)
		return err_set(err, ERR_AGAIN, "no sealed object may be dropped");
	return lane_drop(spool, index, which == SPOOL_LANES ? &account->lost_spool : &account->lost_overflow, err);
}

/* Without moving `claimed`: whether spool_drop would find something. */
static bool droppable(const struct spool *spool, unsigned index)
{
	const struct commit_lane *lane = &spool->next.record.lanes[index];

	for (uint64_t n = lane->claimed; n < lane->sealed; n++) {
		if (object_queue_at(&spool->lanes[index].queue, n)->records > 0)
			return true;
	}
	return false;
}

int spool_over_limit(const struct spool *spool)
{
	const struct spool_view *view = &spool->next;
	uint64_t quota = spool->options.quota_bytes;
	bool any = false;

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		bool can = droppable(spool, i);

		if (can && spool->options.max_waiting_records > 0 &&
			view->lanes[i].waiting_records > spool->options.max_waiting_records)
			return (int)i;
		any = any || can;
	}
	return any && quota > 0 && view->segment_bytes + view->object_bytes > quota ? SPOOL_LANES : -1;
}

/* ---- totals ---- */

static int64_t lane_oldest_ms(const struct spool *spool, unsigned index)
{
	const struct commit_lane *lane = &spool->next.record.lanes[index];

	if (lane->in_flight > 0)
		return spool->next.lanes[index].flights[0].sealed_ms;
	for (uint64_t n = lane->claimed; n < lane->sealed; n++) {
		const struct queued_object *object = object_queue_at(&spool->lanes[index].queue, n);

		if (object->records > 0)
			return object->sealed_ms;
	}
	for (uint64_t n = lane->sealed; n <= lane->open; n++) {
		const struct commit_entry *entry = &lane->entries[n % SPOOL_ENTRIES];

		if (entry->records > 0)
			return entry->first_ms;
	}
	return 0;
}

void spool_totals(const struct spool *spool, struct spool_totals *totals)
{
	const struct spool_view *view = &spool->next;

	*totals = (struct spool_totals){
		.segments = view->segments,
		.objects = view->objects,
		.bytes = view->segment_bytes + view->object_bytes,
		.unsent_objects = view->segments + view->objects,
		.unsent_flows = view->record.account.waiting_spool,
		.batch_ms = view->record.batch_ms,
		.write_ms = view->record.write_ms,
	};
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		int64_t oldest = lane_oldest_ms(spool, i);

		if (oldest != 0 && (totals->oldest_ms == 0 || oldest < totals->oldest_ms))
			totals->oldest_ms = oldest;
	}
}
