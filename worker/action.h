/* mangle action: what is known of a connection that is reported from the two sides of a firewall, and the records that
 * come of it. A connection is a 5-tuple (L3TrackingID) with at most one flow (UUID) on each side.
 *
 * A report waits (is held) until the other side has reported too or has ended; then one record stands for all that were
 * held, with what both sides have seen. Counts go by Metric, so a report that was lost or repeated changes nothing. */
#ifndef SLUICE_WORKER_ACTION_H
#define SLUICE_WORKER_ACTION_H

#include "worker/flow_log.h"
#include "worker/slot_queue.h"

enum { ACTION_SIDES = 2 };

/* Where a connection stands: in the one when reports are held, in the other when not. */
enum action_queue { ACTION_HELD, ACTION_IDLE, ACTION_QUEUES };

struct action_side {
	uint64_t uuid;                        /* of the flow that is reported from here; 0: none was */
	struct flow_log_counters total, before;       /* Metric; Metric before the first report that was taken */
	int64_t end_ms, flow_last_ms;
	uint32_t held;                        /* reports */
	uint8_t terminated, reserved[3];
};

struct action_connection {
	struct slot_queued queued;
	int64_t since_ns;                     /* when it came into its queue; CLOCK_BOOTTIME */
	int64_t start_ms;                     /* where the next record begins */
	struct flow_log latest;               /* the ends and the tag of the first report; the rest of the latest one */
	struct flow_log_counters reported;    /* by records, of what both sides saw since their first report */
	struct action_side sides[ACTION_SIDES];
	uint8_t queue;                        /* enum action_queue */
	uint8_t twin;                         /* the second one under its L3TrackingID */
	uint8_t given;                        /* a record */
	uint8_t initiated;                    /* a report that is held says so */
	uint8_t reserved[4];
};

/* Takes a report of that side's flow; sfe: as the exporter times the first record. */
void action_take(struct action_connection *connection, unsigned side, uint64_t uuid, const struct flow_log *report, bool sfe);

/* Seen on both sides. */
bool action_is_confirmed(const struct action_connection *connection);
/* Nothing is to be waited for: each side has reported, or will not again. */
bool action_is_complete(const struct action_connection *connection);
/* Both sides have told its end. */
bool action_is_over(const struct action_connection *connection);

/* What is held becomes a record: fills in *log and returns how many reports it stands for. action: enum
 * flow_log_action. */
uint32_t action_give(struct action_connection *connection, uint8_t action, bool sfe, struct flow_log *log);

#endif
