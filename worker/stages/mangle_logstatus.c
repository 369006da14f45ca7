/* mangle logstatus: says of each record whether the log is whole around it, and of each capture interface when it is
 * silent (pipeline.mangle.logstatus).
 *
 * A record is OK, or SKIPDATA when reports of its flow were skipped (worker/flow_totals.h) or flows were lost in its
 * aggregation interval. A known interface without a record in an interval gets a row of its own: NODATA, or SKIPDATA when
 * flows were lost in that interval, because then nobody knows. It is forgotten after 10 such intervals.
 *
 * Intervals begin with the first record and follow each other by the time of arrival. What arrives ends those before it;
 * the timer does it in silence. The rows of one interval are told a part at a time; flows that come meanwhile are of the
 * interval behind it, and only when all rows are told does the next one begin. */
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/logstatus.h"
#include "worker/pipeline.h"
#include "worker/record.h"
#include "worker/stages/stages.h"
#include "worker/state.h"

enum { ARENA_CAP = 4 << 20 };
/* An interval's silence is told this long after its end: what arrived in it has been published by then. */
#define PUBLISHED_NS (100 * NS_PER_MS)
#define LOOK_NS (500 * NS_PER_MS)

static int logstatus_wanted(const struct pipeline_config *config)
{
	return config->mangle.type == MANGLE_LOGSTATUS;
}

static int logstatus_claim(struct stage *stage, struct err *err)
{
	struct logstatus *logstatus = stage_private(stage);
	struct state *state = stage->context->state;
	int error = interfaces_new(&logstatus->interfaces, state, err);

	if (error == 0)
		error = flow_totals_new(&logstatus->totals, state, err);
	if (error != 0)
		return error;
	logstatus->region = state_claim(state, "logstatus.intervals", sizeof(struct intervals), 1, err);
	return logstatus->region < 0 ? logstatus->region : 0;
}

static int logstatus_init(struct stage *stage, struct err *err)
{
	struct logstatus *logstatus = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	logstatus->format = stage_record_format(config);
	if (logstatus->format == NULL)
		return err_set(err, ERR_UNSUPPORTED, "pipeline.mangle.type: logstatus does not know this transform's records");
	logstatus->interval_ns = config->mangle.interval * NS_PER_S;
	logstatus->emit = config->mangle.emit;
	logstatus->rows_max = pipeline_slice_max(config);
	logstatus->tells_silence = (config->excluded_tags & 1u << TAG_OTHER) == 0;
	logstatus->extra_rows = config->compat == COMPAT_SFE && config->transform.type == TRANSFORM_SECADVISOR;
	arena_init(&logstatus->arena, ARENA_CAP);
	return 0;
}

static void logstatus_fini(struct stage *stage)
{
	struct logstatus *logstatus = stage_private(stage);

	interfaces_free(&logstatus->interfaces);
	flow_totals_free(&logstatus->totals);
	arena_fini(&logstatus->arena);
}

/* Whether anything but OK is to be found out. */
static bool watches(const struct logstatus *logstatus)
{
	return logstatus_emits(logstatus, LOG_STATUS_NODATA) || logstatus_emits(logstatus, LOG_STATUS_SKIPDATA);
}

static const struct intervals *intervals_of(const struct stage *stage)
{
	const struct logstatus *logstatus = stage_private(stage);

	return state_slots(stage->context->state, logstatus->region);
}

static int begin(struct mangling *mangling, struct stage *stage, struct batch *batch, uint32_t records_max,
	struct err *err)
{
	struct logstatus *logstatus = stage_private(stage);

	*mangling = (struct mangling){ .stage = stage, .logstatus = logstatus, .batch = batch,
		.max = records_max, .rows_left = logstatus->rows_max };
	mangling->records = arena_alloc(batch->arena, records_max * sizeof(*mangling->records));
	if (mangling->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", records_max);
	mangling->intervals = state_change(stage->context->state, logstatus->region, 0);
	return mangling->intervals != NULL ? 0 : err_set(err, ERR_LIMIT, "no room to undo the intervals of a slice");
}

static int pass_on(struct mangling *mangling, struct err *err)
{
	mangling->batch->records = mangling->records;
	mangling->batch->record_count = mangling->count;
	return stage_next(mangling->stage, mangling->batch, err);
}

/* ---- records ---- */

static void tell_full(struct stage *stage, bool interfaces, bool totals)
{
	struct logstatus *logstatus = stage_private(stage);
	const struct stage_context *context = stage->context;

	if (interfaces && !logstatus->interfaces_full)
		context->event(context->owner, LOG_WARN, "logstatus.interfaces_full",
			"more capture interfaces than can be remembered: the silence of some is not told");
	if (totals && !logstatus->totals_full)
		context->event(context->owner, LOG_WARN, "logstatus.totals_full",
			"more flows at a time than can be remembered: skipped reports of some are not told");
	logstatus->interfaces_full |= interfaces;
	logstatus->totals_full |= totals;
}

/* Notes where a record came from; *skipped: reports of its flow were skipped. */
static int note(struct mangling *mangling, const struct flow *flow, bool *skipped, struct err *err)
{
	struct logstatus *logstatus = mangling->logstatus;
	const struct batch *batch = mangling->batch;
	bool interfaces_full = false, totals_full = false;
	bool noted = interfaces_hear(logstatus->interfaces, batch_text(batch, flow->node_tid), flow->node_tid.length,
		mangling->intervals->number, mangling->room, &interfaces_full);

	if (noted && logstatus_emits(logstatus, LOG_STATUS_SKIPDATA))
		noted = flow_totals_take(logstatus->totals, batch, flow, skipped, &totals_full);
	if (!noted)
		return err_set(err, ERR_LIMIT, "no room to undo the interfaces and totals of a slice");
	tell_full(mangling->stage, interfaces_full, totals_full);
	return 0;
}

/* A status that is not to be written never takes the flow's record with it, but OK itself. */
static void put_record(struct mangling *mangling, struct record record, bool skipped)
{
	const struct logstatus *logstatus = mangling->logstatus;
	bool marked = skipped && logstatus_emits(logstatus, LOG_STATUS_SKIPDATA);

	record.log_status = marked && !logstatus->extra_rows ? LOG_STATUS_SKIPDATA : LOG_STATUS_OK;
	if (logstatus_emits(logstatus, record.log_status))
		mangling->records[mangling->count++] = record;
	else
		stage_account(mangling->stage)->excluded_rule += record.flows;
	if (!marked || !logstatus->extra_rows)
		return;
	record.log_status = LOG_STATUS_SKIPDATA;
	record.flows = 0;
	mangling->records[mangling->count++] = record;
}

static int put_records(struct mangling *mangling, const struct record *records, uint32_t count, struct err *err)
{
	const struct intervals *intervals = mangling->intervals;
	bool watched = watches(mangling->logstatus), lossy = intervals_is_lossy(intervals, intervals->number);

	for (uint32_t i = 0; i < count; i++) {
		bool skipped = false;
		int error = watched ? note(mangling, records[i].flow, &skipped, err) : 0;

		if (error != 0)
			return error;
		put_record(mangling, records[i], skipped || (watched && lossy));
	}
	return 0;
}

/* ---- the stage ---- */

static int logstatus_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct logstatus *logstatus = stage_private(stage);
	const struct record *records = batch->records;
	uint32_t count = batch->record_count;
	struct mangling mangling;
	int error = begin(&mangling, stage, batch, logstatus->rows_max + count * (logstatus->extra_rows ? 2 : 1), err);

	mangling.room = ROOM_FLOWS;
	if (error == 0 && watches(logstatus))
		error = logstatus_take_time(&mangling, err);
	else if (error == 0)
		intervals_leave(mangling.intervals);
	if (error == 0)
		error = put_records(&mangling, records, count, err);
	return error != 0 ? error : pass_on(&mangling, err);
}

/* Up to when silence is silence. */
static int64_t heard_until(const struct stage_context *context, int64_t now_ns)
{
	if (context->heard != NULL && !context->heard(context->owner))
		return 0;
	return context->reached != NULL ? context->reached(context->owner, now_ns) : now_ns;
}

/* When the interval that is over may be told, or the present one will be. */
static int64_t tell_at(const struct intervals *intervals)
{
	return (intervals->telling ? intervals->start_ns : intervals->end_ns) + PUBLISHED_NS;
}

static int tell_silence(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct logstatus *logstatus = stage_private(stage);
	struct mangling mangling;
	struct batch batch;
	int error;

	batch_init_empty(&batch, &logstatus->arena, now_ns, now_ms);
	error = begin(&mangling, stage, &batch, logstatus->rows_max, err);
	mangling.room = ROOM_ALONE;
	if (error == 0)
		error = logstatus_take_silence(&mangling, err);
	if (error == 0)
		error = pass_on(&mangling, err);
	arena_reset(&logstatus->arena);
	return error;
}

static int logstatus_timer(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct logstatus *logstatus = stage_private(stage);
	int64_t until_ns = heard_until(stage->context, now_ns);

	logstatus->look_ns = until_ns < now_ns ? now_ns + LOOK_NS : 0;
	if (until_ns < tell_at(intervals_of(stage)))
		return 0;
	return tell_silence(stage, until_ns, now_ms - (now_ns - until_ns) / NS_PER_MS, err);
}

static int64_t logstatus_next_due(const struct stage *stage)
{
	const struct logstatus *logstatus = stage_private(stage);
	const struct intervals *intervals = intervals_of(stage);
	int64_t due_ns;

	if (intervals->end_ns == 0 || !watches(logstatus))
		return INT64_MAX;
	due_ns = tell_at(intervals);
	return due_ns > logstatus->look_ns ? due_ns : logstatus->look_ns;
}

/* The pipeline is stopped: until the next start nobody hears anything, and nobody is silent. */
static int logstatus_flush(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	const struct logstatus *logstatus = stage_private(stage);
	struct intervals *intervals = state_change(stage->context->state, logstatus->region, 0);

	(void)now_ns;
	(void)now_ms;
	if (intervals == NULL)
		return err_set(err, ERR_LIMIT, "no room to undo the end of an interval");
	intervals_leave(intervals);
	return 0;
}

const struct stage_type stage_mangle_logstatus = {
	.name = "logstatus",
	.phase = PHASE_MANGLE,
	.size = sizeof(struct logstatus),
	.wanted = logstatus_wanted,
	.claim = logstatus_claim,
	.init = logstatus_init,
	.push = logstatus_push,
	.timer = logstatus_timer,
	.next_due = logstatus_next_due,
	.flush = logstatus_flush,
	.fini = logstatus_fini,
};
