/* mangle action: what a report does to the connections. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/action_giving.h"
#include "worker/batch.h"
#include "worker/record.h"

bool action_read(const struct action *action, const struct batch *batch, const struct record *record,
	struct action_report *report)
{
	const struct flow *flow = record->flow;
	uint64_t uuid[2];

	*report = (struct action_report){ .log = record->detail, .now_ns = batch->now_ns };
	while (report->side < ACTION_SIDES && strcmp(report->log->node_tid, action->tids[report->side]) != 0)
		report->side++;
	if (report->side == ACTION_SIDES || flow->l3_tracking_id.length == 0)
		return false;
	slot_key(batch_text(batch, flow->l3_tracking_id), flow->l3_tracking_id.length, report->key);
	slot_key(batch_text(batch, flow->uuid), flow->uuid.length, uuid);
	report->uuid = (uuid[0] ^ uuid[1]) | 1;
	return true;
}

/* The end of a connection that was given out already, told once more. */
static bool says_nothing(const struct flow_log *log)
{
	static const struct flow_log_counters none;

	return log->terminated && memcmp(&log->update, &none, sizeof(none)) == 0;
}

static uint64_t distance(const struct action_connection *connection, const struct flow_log *log)
{
	uint64_t a = (uint64_t)connection->latest.connection_start_ms, b = (uint64_t)log->connection_start_ms;

	return connection->latest.connection_start_ms > log->connection_start_ms ? a - b : b - a;
}

/* The connection that the report belongs to: that of its flow, else the one that has none on this side yet; of two the
 * one that began at the nearest time. NULL: none of them. */
static const struct action_connection *choose(const struct action_connection *const found[static ACTION_TWINS],
	const struct action_report *report)
{
	const struct action_connection *chosen = NULL;

	for (unsigned twin = 0; twin < ACTION_TWINS; twin++) {
		const struct action_connection *candidate = found[twin];

		if (candidate == NULL)
			continue;
		if (candidate->sides[report->side].uuid == report->uuid)
			return candidate;
		if (candidate->sides[report->side].uuid == 0 &&
			(chosen == NULL || distance(candidate, report->log) < distance(chosen, report->log)))
			chosen = candidate;
	}
	return chosen;
}

/* The one that gives way to a third. */
static unsigned older(const struct action_connection *const found[static ACTION_TWINS])
{
	for (unsigned twin = 0; twin < ACTION_TWINS; twin++)
		if (found[twin] == NULL)
			return twin;
	return found[1]->latest.end_ms < found[0]->latest.end_ms;
}

static void tell_full(struct action *action, const struct stage *stage)
{
	if (!action->full)
		stage->context->event(stage->context->owner, LOG_WARN, "action.connections_full",
			"more connections at a time than can be remembered: the oldest are given out early or forgotten");
	action->full = true;
}

/* The connections of one more have room when this was called; what waits for nothing goes first. */
static int make_room(struct giving *giving)
{
	struct action *action = giving->action;
	const struct action_connection *oldest = action_table_first(action->table, ACTION_IDLE);

	tell_full(action, giving->stage);
	if (oldest == NULL)
		oldest = action_table_first(action->table, ACTION_HELD);
	return oldest == NULL ? 0 : giving_end_early(giving, oldest);
}

/* *made: NULL without an error when there is no room for it. */
static int make(struct giving *giving, const struct action_report *report,
	const struct action_connection *const found[static ACTION_TWINS], struct action_connection **made)
{
	struct action *action = giving->action;
	unsigned twin = older(found);
	int error = found[twin] == NULL ? 0 : giving_end_early(giving, found[twin]);

	*made = NULL;
	if (error == 0 && !action_table_has_room(action->table, report->key, twin))
		error = make_room(giving);
	if (error != 0 || !action_table_has_room(action->table, report->key, twin))
		return error;
	*made = action_table_make(action->table, report->key, twin);
	return *made == NULL ? giving_undo_full(giving->err) : 0;
}

/* The report's connection, made if need be; NULL: the report is counted, there is nothing to do. */
static int find(struct giving *giving, const struct action_report *report, struct action_connection **connection)
{
	struct action *action = giving->action;
	const struct action_connection *found[ACTION_TWINS], *chosen;
	int error = 0;

	action_table_find(action->table, report->key, found);
	for (unsigned twin = 0; twin < ACTION_TWINS && error == 0; twin++)
		if (found[twin] != NULL && action_due(action, found[twin]) <= report->now_ns) {
			error = giving_end(giving, found[twin], ACTION_REJECTED);
			found[twin] = NULL;
		}
	chosen = choose(found, report);
	*connection = NULL;
	if (error == 0 && chosen != NULL) {
		*connection = action_table_change(action->table, chosen);
		return *connection == NULL ? giving_undo_full(giving->err) : 0;
	}
	if (error == 0 && says_nothing(report->log)) {
		stage_account(giving->stage)->excluded_rule++;
		return 0;
	}
	if (error == 0)
		error = make(giving, report, found, connection);
	if (error == 0 && *connection == NULL)
		stage_account(giving->stage)->lost_error++;
	return error;
}

/* Behind a report that was taken: on with it, or it is held. */
static int settle(struct giving *giving, const struct action_report *report, struct action_connection *connection)
{
	struct action *action = giving->action;
	enum action_queue queue = ACTION_IDLE;
	int error = 0;

	if (!action_is_complete(connection)) {
		if (connection->queue == ACTION_HELD)
			return 0;
		queue = ACTION_HELD;
	} else {
		error = giving_record(giving, connection, ACTION_ACCEPTED);
		if (error == 0 && action_is_over(connection))
			return action_table_drop(action->table, connection) ? 0 : giving_undo_full(giving->err);
	}
	if (error == 0 && !action_table_queue(action->table, connection, queue, report->now_ns))
		error = giving_undo_full(giving->err);
	return error;
}

int giving_take(struct giving *giving, const struct action_report *report)
{
	struct action *action = giving->action;
	struct action_connection *connection;
	int error = find(giving, report, &connection);

	if (error != 0 || connection == NULL)
		return error;
	stage_account(giving->stage)->waiting_state++;
	action_take(connection, report->side, report->uuid, report->log, action->sfe);
	return settle(giving, report, connection);
}
