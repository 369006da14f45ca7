/* mangle action: accepted or rejected, from captures on the two sides of a firewall (pipeline.action.tid1, tid2).
 *
 * Reports are held (waiting_state) until the other side has reported the connection too; then one record stands for them,
 * accepted. What nobody answers for reject_timeout is rejected, whether the other side never saw it or has fallen silent,
 * and the connection is forgotten, as when it is over or nothing came for 10 minutes. worker/action.c has the numbers,
 * action_table.c the memory, action_report.c and action_giving.c what is done with both. */
#include <stdio.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/action_giving.h"
#include "worker/batch.h"
#include "worker/pipeline.h"
#include "worker/record.h"
#include "worker/stages/stages.h"

/* Slots that the undo log has left, below which nothing is done that can wait: for flows of the same transaction (16 for
 * each), or for one more connection. */
enum { ROOM_FLOWS = STATE_UNDO_ENTRIES / 4 * 3, ROOM_ALONE = 64, ARENA_CAP = 4 << 20, LOOK_AHEAD = 6 };
/* A connection is forgotten behind so much silence. */
#define SILENCE_NS (600 * NS_PER_S)
/* When flows are read late: how long until it is looked again whether they have been. */
#define LATE_NS (100 * NS_PER_MS)

static int action_wanted(const struct pipeline_config *config)
{
	return config->mangle.type == MANGLE_ACTION;
}

static int action_claim(struct stage *stage, struct err *err)
{
	struct action *action = stage_private(stage);

	return action_table_new(&action->table, stage->context->state, err);
}

static int action_init(struct stage *stage, struct err *err)
{
	struct action *action = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	action->format = stage_record_format(config);
	if (action->format == NULL)
		return err_set(err, ERR_UNSUPPORTED, "pipeline.mangle.type: action does not know this transform's records");
	snprintf(action->tids[0], sizeof(action->tids[0]), "%s", config->action.tid1);
	snprintf(action->tids[1], sizeof(action->tids[1]), "%s", config->action.tid2);
	action->wait_ns[ACTION_HELD] = config->action.reject_timeout * NS_PER_S;
	action->wait_ns[ACTION_IDLE] = SILENCE_NS;
	action->records_max = pipeline_slice_max(config);
	action->sfe = config->compat == COMPAT_SFE;
	arena_init(&action->arena, ARENA_CAP);
	return 0;
}

static void action_fini(struct stage *stage)
{
	struct action *action = stage_private(stage);

	action_table_free(&action->table);
	arena_fini(&action->arena);
}

/* All reports of the batch, their connections on the way to the processor. NULL: no memory. */
static struct action_report *read_all(struct stage *stage, const struct batch *batch, uint32_t *count)
{
	const struct action *action = stage_private(stage);
	struct action_report *reports = arena_alloc(batch->arena, batch->record_count * sizeof(*reports));

	*count = 0;
	for (uint32_t i = 0; i < batch->record_count && reports != NULL; i++) {
		if (action_read(action, batch, &batch->records[i], &reports[*count]))
			action_table_expect(action->table, reports[(*count)++].key, false);
		else
			stage_account(stage)->excluded_rule++;
	}
	return reports;
}

static int action_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct action *action = stage_private(stage);
	struct giving giving = { .stage = stage, .action = action, .batch = batch, .err = err };
	uint32_t count;
	struct action_report *reports = read_all(stage, batch, &count);
	int error;

	if (reports == NULL)
		return err_set(err, ERR_LIMIT, "%u reports do not fit into a batch's memory", batch->record_count);
	error = giving_begin(&giving, GIVING_BY_REPORT * count + action->records_max);
	for (uint32_t i = 0; i < count && error == 0; i++) {
		if (i + LOOK_AHEAD < count)
			action_table_expect(action->table, reports[i + LOOK_AHEAD].key, true);
		error = giving_take(&giving, &reports[i]);
	}
	if (error == 0)
		error = giving_end_due(&giving, batch->now_ns, action->records_max, ROOM_FLOWS);
	return error != 0 ? error : stage_next(stage, batch, err);
}

static int end_in_time(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct action *action = stage_private(stage);
	struct batch batch;
	struct giving giving = { .stage = stage, .action = action, .batch = &batch, .err = err };
	int error;

	batch_init_empty(&batch, &action->arena, now_ns, now_ms);
	error = giving_begin(&giving, action->records_max);
	if (error == 0)
		error = giving_end_due(&giving, now_ns, action->records_max, ROOM_ALONE);
	if (error == 0)
		error = stage_next(stage, &batch, err);
	arena_reset(&action->arena);
	return error;
}

/* What has arrived and was not read yet may be the report that is waited for. */
static int action_timer(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct action *action = stage_private(stage);
	const struct stage_context *context = stage->context;
	int64_t reached_ns = context->reached != NULL ? context->reached(context->owner, now_ns) : now_ns;

	action->look_ns = reached_ns < now_ns ? now_ns + LATE_NS : 0;
	return end_in_time(stage, reached_ns, now_ms - (now_ns - reached_ns) / NS_PER_MS, err);
}

static int64_t action_next_due(const struct stage *stage)
{
	const struct action *action = stage_private(stage);
	int64_t due_ns = INT64_MAX;

	for (unsigned queue = 0; queue < ACTION_QUEUES; queue++) {
		const struct action_connection *first = action_table_first(action->table, queue);

		if (first != NULL && action_due(action, first) < due_ns)
			due_ns = action_due(action, first);
	}
	return due_ns > action->look_ns ? due_ns : action->look_ns;
}

/* What is held goes on as far as it is known; a part of it in each transaction. */
static int action_flush(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	struct action *action = stage_private(stage);
	const struct action_connection *first;
	struct batch batch;
	struct giving giving = { .stage = stage, .action = action, .batch = &batch, .err = err };
	int error;

	batch_init_empty(&batch, &action->arena, now_ns, now_ms);
	error = giving_begin(&giving, action->records_max);
	while (error == 0 && (first = action_table_first(action->table, ACTION_HELD)) != NULL &&
		batch.record_count < giving.max && state_undo_room(stage->context->state) > ROOM_ALONE)
		error = giving_end_early(&giving, first);
	if (error == 0)
		error = stage_next(stage, &batch, err);
	arena_reset(&action->arena);
	if (error == 0 && action_table_first(action->table, ACTION_HELD) != NULL)
		return STAGE_MORE;
	return error;
}

const struct stage_type stage_mangle_action = {
	.name = "action",
	.phase = PHASE_MANGLE,
	.size = sizeof(struct action),
	.wanted = action_wanted,
	.claim = action_claim,
	.init = action_init,
	.push = action_push,
	.timer = action_timer,
	.next_due = action_next_due,
	.flush = action_flush,
	.fini = action_fini,
};
