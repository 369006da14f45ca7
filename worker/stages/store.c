/* store: lays encoded records into the lane of their tag and says when an object is cut.
 *
 * `buffered` cuts at max_flows_per_object records (max_flow_array_size, if that is less) and max_seconds_per_object after
 * the tag's previous cut (of its first object: after its first record; 0: with every message). `direct` cuts with every
 * message. Cuts by time happen where the time of a message or of the timer passes them; the message that passes one is
 * still part of the object, as in the Go exporter. The spool itself cuts what would grow beyond SPOOL_OBJECT_BYTES. */
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/pipeline.h"
#include "worker/record.h"
#include "worker/spool.h"
#include "worker/stages/stages.h"
#include "worker/tap.h"

#define TELL_EVERY_NS (60 * NS_PER_S)
/* How long the beginning of a message may wait for the slice that ends it, where objects are cut with every message. */
#define MESSAGE_END_NS NS_PER_S
#define ANY_DUE (INT64_MAX - 1)               /* whatever is open */

struct store {
	uint32_t max_records;
	int64_t max_ns;                       /* 0: with every message */
	int64_t told_ns;                      /* of records too long */
};

static int store_wanted(const struct pipeline_config *config)
{
	return config->store.type == STORE_BUFFERED || config->store.type == STORE_DIRECT;
}

static int store_init(struct stage *stage, struct err *err)
{
	struct store *store = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	(void)err;
	store->max_records = pipeline_object_max(config);
	if (config->store.type != STORE_DIRECT)
		store->max_ns = config->store.max_seconds_per_object * NS_PER_S;
	return 0;
}

/* When the lane's open segment is to be cut; INT64_MAX: it is empty. */
static int64_t lane_due(const struct store *store, const struct spool_lane *lane)
{
	if (lane->open_records == 0)
		return INT64_MAX;
	if (store->max_ns == 0)
		return lane->first_record_ns + MESSAGE_END_NS;
	return (lane->last_cut_ns != 0 ? lane->last_cut_ns : lane->first_record_ns) + store->max_ns;
}

/* Cuts what is due by `due_ns`: now_ns or ANY_DUE. */
static int cut_due(struct stage *stage, int64_t due_ns, int64_t now_ns, int64_t now_ms, struct err *err)
{
	const struct store *store = stage_private(stage);
	struct spool *spool = stage->context->spool;

	for (unsigned tag = 0; tag < SPOOL_LANES; tag++) {
		struct spool_lane lane;
		int error;

		spool_lane(spool, tag, &lane);
		if (lane_due(store, &lane) > due_ns)
			continue;
		error = spool_cut(spool, tag, now_ms, now_ns, err);
		if (error != 0)
			return error;
	}
	return 0;
}

/* A record longer than an object may be: its flows are lost, the rest goes on. */
static int lose(struct stage *stage, const struct record *record, int64_t now_ns)
{
	struct store *store = stage_private(stage);

	stage_account(stage)->lost_error += record->flows;
	if (store->told_ns == 0 || now_ns - store->told_ns >= TELL_EVERY_NS) {
		log_warn("record is longer than an object may be bytes=%u", record->length);
		store->told_ns = now_ns;
	}
	return 0;
}

/* *records: in the lane's open segment, kept here so that the lane is not asked for every record. */
static int append(struct stage *stage, const struct batch *batch, const struct record *record, uint32_t *records,
	struct err *err)
{
	const struct store *store = stage_private(stage);
	struct spool *spool = stage->context->spool;
	int error = spool_append(spool, record->tag, batch->encoded + record->offset, record->length, record->flows,
		batch->now_ms, batch->now_ns, err);

	if (error == ERR_LIMIT)
		return lose(stage, record, batch->now_ns);
	if (error != 0 || ++*records < store->max_records)
		return error;
	*records = 0;
	return spool_cut(spool, record->tag, batch->now_ms, batch->now_ns, err);
}

static int store_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct store *store = stage_private(stage);
	uint32_t open[SPOOL_LANES];

	for (unsigned tag = 0; tag < SPOOL_LANES; tag++) {
		struct spool_lane lane;

		spool_lane(stage->context->spool, tag, &lane);
		open[tag] = lane.open_records;
	}
	for (uint32_t i = 0; i < batch->record_count; i++) {
		const struct record *record = &batch->records[i];
		int error = append(stage, batch, record, &open[record->tag], err);

		if (error != 0)
			return error;
	}
	/* what is shown is no part of what is done: it may have a clock */
	if (tap_is_on(stage->context->tap))
		tap_take(stage->context->tap, batch, clock_boottime_ns());
	if (store->max_ns == 0 && batch_ends_message(batch))
		return cut_due(stage, ANY_DUE, batch->now_ns, batch->now_ms, err);
	return cut_due(stage, batch->now_ns, batch->now_ns, batch->now_ms, err);
}

static int store_timer(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	return cut_due(stage, now_ns, now_ns, now_ms, err);
}

static int64_t store_next_due(const struct stage *stage)
{
	int64_t due = INT64_MAX;

	for (unsigned tag = 0; tag < SPOOL_LANES; tag++) {
		struct spool_lane lane;
		int64_t lane_at;

		spool_lane(stage->context->spool, tag, &lane);
		lane_at = lane_due(stage_private(stage), &lane);
		if (lane_at < due)
			due = lane_at;
	}
	return due;
}

static int store_flush(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	return cut_due(stage, ANY_DUE, now_ns, now_ms, err);
}

const struct stage_type stage_store = {
	.name = "store",
	.phase = PHASE_STORE,
	.size = sizeof(struct store),
	.wanted = store_wanted,
	.init = store_init,
	.push = store_push,
	.timer = store_timer,
	.next_due = store_next_due,
	.flush = store_flush,
};
