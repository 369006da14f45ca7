#include "worker/action_giving.h"

#include <string.h>

#include "worker/batch.h"
#include "worker/record.h"

int giving_undo_full(struct err *err)
{
	return err_set(err, ERR_LIMIT, "no room to undo what is changed of connections");
}

int64_t action_due(const struct action *action, const struct action_connection *connection)
{
	return connection->since_ns + action->wait_ns[connection->queue];
}

int giving_begin(struct giving *giving, uint32_t max)
{
	struct batch *batch = giving->batch;

	giving->max = max;
	batch->record_count = 0;
	batch->records = arena_alloc(batch->arena, max * sizeof(*batch->records));
	if (batch->records == NULL)
		return err_set(giving->err, ERR_LIMIT, "%u records do not fit into a batch's memory", max);
	return 0;
}

int giving_record(struct giving *giving, struct action_connection *connection, enum flow_log_action what)
{
	const struct action *action = giving->action;
	struct batch *batch = giving->batch;
	struct flow_log *log = arena_alloc(batch->arena, sizeof(*log));
	uint32_t flows;

	if (log == NULL || batch->record_count == giving->max)
		return err_set(giving->err, ERR_LIMIT, "records of connections do not fit into a batch's memory");
	flows = action_give(connection, what, action->sfe, log);
	if (what == ACTION_ACCEPTED)
		memcpy(log->node_tid, action->tids[0], sizeof(log->node_tid));
	batch->records[batch->record_count++] = (struct record){ .format = action->format, .detail = log, .tag = log->tag,
		.flows = flows };
	stage_account(giving->stage)->waiting_state -= flows;
	return 0;
}

int giving_end(struct giving *giving, const struct action_connection *ended, enum flow_log_action what)
{
	struct action *action = giving->action;
	struct action_connection *connection;
	int error;

	if (ended->queue == ACTION_HELD) {
		connection = action_table_change(action->table, ended);
		error = connection == NULL ? giving_undo_full(giving->err) : giving_record(giving, connection, what);
		if (error != 0)
			return error;
	}
	return action_table_drop(action->table, ended) ? 0 : giving_undo_full(giving->err);
}

int giving_end_early(struct giving *giving, const struct action_connection *ended)
{
	return giving_end(giving, ended, action_is_confirmed(ended) ? ACTION_ACCEPTED : ACTION_REJECTED);
}

int giving_end_due(struct giving *giving, int64_t now_ns, uint32_t records, uint32_t left)
{
	struct action *action = giving->action;

	for (unsigned queue = 0; queue < ACTION_QUEUES; queue++) {
		const struct action_connection *first = action_table_first(action->table, queue);

		while (first != NULL && action_due(action, first) <= now_ns && giving->batch->record_count < records &&
			state_undo_room(giving->stage->context->state) > left) {
			int error = giving_end(giving, first, ACTION_REJECTED);

			if (error != 0)
				return error;
			first = action_table_first(action->table, queue);
		}
	}
	return 0;
}
