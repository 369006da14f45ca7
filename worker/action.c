#include "worker/action.h"

#include <string.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* ---- reports ---- */

/* Who sent the first packet that a capture saw is A: two captures may not agree. */
static bool is_turned(const struct flow_log *first, const struct flow_log *report)
{
	return strcmp(report->address[FLOW_LOG_A], first->address[FLOW_LOG_B]) == 0 &&
		strcmp(report->address[FLOW_LOG_B], first->address[FLOW_LOG_A]) == 0 &&
		report->port[FLOW_LOG_A] == first->port[FLOW_LOG_B] && report->port[FLOW_LOG_B] == first->port[FLOW_LOG_A] &&
		(strcmp(report->address[FLOW_LOG_A], first->address[FLOW_LOG_A]) != 0 ||
		report->port[FLOW_LOG_A] != first->port[FLOW_LOG_A]);
}

static struct flow_log_counters turn(const struct flow_log_counters *counters)
{
	return (struct flow_log_counters){
		.packets = { counters->packets[FLOW_LOG_B], counters->packets[FLOW_LOG_A] },
		.bytes = { counters->bytes[FLOW_LOG_B], counters->bytes[FLOW_LOG_A] },
	};
}

static uint8_t turn_direction(uint8_t direction)
{
	return direction == DIRECTION_IN ? DIRECTION_OUT : direction == DIRECTION_OUT ? DIRECTION_IN : direction;
}

/* Counters are what somebody sent: nothing overflows. */
static int64_t minus(int64_t a, int64_t b)
{
	int64_t left;

	return __builtin_sub_overflow(a, b, &left) ? (a < b ? INT64_MIN : INT64_MAX) : left;
}

static struct flow_log_counters less(const struct flow_log_counters *a, const struct flow_log_counters *b)
{
	struct flow_log_counters left;

	for (unsigned end = 0; end < FLOW_LOG_ENDS; end++) {
		left.packets[end] = minus(a->packets[end], b->packets[end]);
		left.bytes[end] = minus(a->bytes[end], b->bytes[end]);
	}
	return left;
}

static void take_latest(struct flow_log *latest, unsigned side, const struct flow_log *report, bool turned)
{
	uint8_t direction = turned ? turn_direction(report->direction) : report->direction;

	memcpy(latest->node_tid, report->node_tid, sizeof(latest->node_tid));
	latest->update = turned ? turn(&report->update) : report->update;
	latest->total = turned ? turn(&report->total) : report->total;
	latest->start_ms = report->start_ms;
	latest->end_ms = report->end_ms;
	latest->flow_last_ms = report->flow_last_ms;
	latest->connection_start_ms = MIN(latest->connection_start_ms, report->connection_start_ms);
	latest->flow_start_ms = MIN(latest->flow_start_ms, report->flow_start_ms);
	latest->has_tcp_metric |= report->has_tcp_metric;
	for (unsigned end = 0; end < FLOW_LOG_ENDS; end++)
		latest->tcp_flags[end] |= report->tcp_flags[turned ? !end : end];
	/* the first side's, when it is known */
	if (latest->direction == DIRECTION_UNKNOWN || (side == 0 && direction != DIRECTION_UNKNOWN))
		latest->direction = direction;
}

static bool is_new(const struct action_connection *connection)
{
	return connection->sides[0].uuid == 0 && connection->sides[1].uuid == 0;
}

void action_take(struct action_connection *connection, unsigned side, uint64_t uuid, const struct flow_log *report, bool sfe)
{
	struct action_side *from = &connection->sides[side];
	struct flow_log *latest = &connection->latest;
	int64_t start_ms = sfe ? report->connection_start_ms : report->start_ms;

	if (is_new(connection)) {
		*latest = *report;
		connection->start_ms = start_ms;
	}
	take_latest(latest, side, report, is_turned(latest, report));
	if (from->uuid == 0) {
		from->before = less(&latest->total, &latest->update);
		if (!connection->given)
			connection->start_ms = MIN(connection->start_ms, start_ms);
	}
	from->uuid = uuid;
	from->total = latest->total;
	from->end_ms = MAX(from->end_ms, report->end_ms);
	from->flow_last_ms = MAX(from->flow_last_ms, report->flow_last_ms);
	from->terminated |= report->terminated;
	from->held++;
	connection->initiated |= report->initiated;
}

bool action_is_confirmed(const struct action_connection *connection)
{
	return connection->sides[0].uuid != 0 && connection->sides[1].uuid != 0;
}

bool action_is_complete(const struct action_connection *connection)
{
	for (unsigned side = 0; side < ACTION_SIDES; side++) {
		const struct action_side *from = &connection->sides[side];

		if (from->uuid == 0 || (from->held == 0 && !from->terminated))
			return false;
	}
	return true;
}

bool action_is_over(const struct action_connection *connection)
{
	return connection->sides[0].terminated && connection->sides[1].terminated;
}

/* ---- records ---- */

/* Of each counter the lesser. */
static struct flow_log_counters lesser(const struct flow_log_counters *a, const struct flow_log_counters *b)
{
	struct flow_log_counters both;

	for (unsigned end = 0; end < FLOW_LOG_ENDS; end++) {
		both.packets[end] = MIN(a->packets[end], b->packets[end]);
		both.bytes[end] = MIN(a->bytes[end], b->bytes[end]);
	}
	return both;
}

/* What both sides have seen beyond what was reported, which becomes reported. */
static struct flow_log_counters advance(struct action_connection *connection)
{
	struct flow_log_counters seen[ACTION_SIDES], both, *reported = &connection->reported, news;

	for (unsigned side = 0; side < ACTION_SIDES; side++)
		seen[side] = less(&connection->sides[side].total, &connection->sides[side].before);
	both = lesser(&seen[0], &seen[1]);
	for (unsigned end = 0; end < FLOW_LOG_ENDS; end++) {
		news.packets[end] = MAX(minus(both.packets[end], reported->packets[end]), 0);
		news.bytes[end] = MAX(minus(both.bytes[end], reported->bytes[end]), 0);
		reported->packets[end] += news.packets[end];
		reported->bytes[end] += news.bytes[end];
	}
	return news;
}

/* The last times: the lesser while it goes on. */
static int64_t last_time(const struct action_connection *connection, int64_t first, int64_t second)
{
	return action_is_over(connection) ? MAX(first, second) : MIN(first, second);
}

static void fill_confirmed(struct action_connection *connection, struct flow_log *log)
{
	const struct action_side *first = &connection->sides[0], *second = &connection->sides[1];

	log->update = advance(connection);
	log->total = lesser(&first->total, &second->total);
	log->end_ms = last_time(connection, first->end_ms, second->end_ms);
	log->flow_last_ms = last_time(connection, first->flow_last_ms, second->flow_last_ms);
	log->start_ms = MIN(connection->start_ms, log->end_ms);
	connection->start_ms = log->end_ms;
}

static void fill_unconfirmed(const struct action_connection *connection, struct flow_log *log)
{
	log->start_ms = MIN(connection->start_ms, log->end_ms);
	log->update = log->total = (struct flow_log_counters){ 0 };
}

uint32_t action_give(struct action_connection *connection, uint8_t action, bool sfe, struct flow_log *log)
{
	uint32_t flows = connection->sides[0].held + connection->sides[1].held;
	bool confirmed = action_is_confirmed(connection);

	*log = connection->latest;
	if (confirmed)
		fill_confirmed(connection, log);
	else if (!sfe)                          /* the exporter gives the latest report as it came */
		fill_unconfirmed(connection, log);
	if (sfe && confirmed && action == ACTION_REJECTED)
		log->start_ms = log->connection_start_ms;
	log->action = action;
	log->initiated = connection->initiated;
	log->terminated = confirmed && action == ACTION_ACCEPTED ? action_is_over(connection) :
		connection->sides[0].terminated || connection->sides[1].terminated;
	connection->sides[0].held = connection->sides[1].held = 0;
	connection->initiated = 0;
	connection->given = 1;
	return flows;
}
