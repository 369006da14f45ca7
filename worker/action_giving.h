/* mangle action at work: takes reports, ends connections, and makes the records that go on. For the stage
 * (stages/mangle_action.c). Functions return 0 or an error for which the transaction is undone. */
#ifndef SLUICE_WORKER_ACTION_GIVING_H
#define SLUICE_WORKER_ACTION_GIVING_H

#include "common/arena.h"
#include "worker/action_table.h"
#include "worker/stage.h"

struct batch;
struct record;
struct record_format;

/* Records made while one report is taken, at most: two connections due, one in the way, its own. */
enum { GIVING_BY_REPORT = 4 };

/* The stage's own. */
struct action {
	struct action_table *table;
	const struct record_format *format;   /* the transform's */
	char tids[ACTION_SIDES][FLOW_LOG_TEXT];
	int64_t wait_ns[ACTION_QUEUES];       /* a connection is due so long after it came into the queue */
	uint32_t records_max;                 /* in one transaction, of what is due */
	int64_t look_ns;                      /* nothing is ended before: flows are read late */
	bool sfe, full;                       /* full: told of */
	struct arena arena;                   /* of records that no batch brings */
};

/* The records that go on, and the batch they are made in. */
struct giving {
	struct stage *stage;
	struct action *action;
	struct batch *batch;
	uint32_t max;                         /* records */
	struct err *err;
};

/* A record of the transform's, as what it tells of a connection. */
struct action_report {
	const struct flow_log *log;
	uint64_t key[2];                      /* of the L3TrackingID */
	uint64_t uuid;                        /* never 0 */
	unsigned side;
	int64_t now_ns;
};

/* False: not of the two nodes, or nothing says which connection it is of. */
bool action_read(const struct action *action, const struct batch *batch, const struct record *record,
	struct action_report *report);

/* The batch has no record, and room for max of them. */
int giving_begin(struct giving *giving, uint32_t max);
/* When it is rejected or forgotten, CLOCK_BOOTTIME: by the present configuration, whatever was that of its reports, so that
 * the queues stay in this order. */
int64_t action_due(const struct action *action, const struct action_connection *connection);

/* Takes a report: it is held, or what is held goes on with it. */
int giving_take(struct giving *giving, const struct action_report *report);
/* What the connection holds goes on as a record of that action. */
int giving_record(struct giving *giving, struct action_connection *connection, enum flow_log_action what);
/* Forgets a connection; what it holds goes on as a record of that action. */
int giving_end(struct giving *giving, const struct action_connection *ended, enum flow_log_action what);
/* The same before its time: accepted if it ever was. */
int giving_end_early(struct giving *giving, const struct action_connection *ended);
/* Ends what is due until the batch has that many records or the undo log has no more than `left` slots. */
int giving_end_due(struct giving *giving, int64_t now_ns, uint32_t records, uint32_t left);
/* Sets and returns ERR_LIMIT. */
int giving_undo_full(struct err *err);

#endif
