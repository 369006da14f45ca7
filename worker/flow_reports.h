/* Which reports of flows say something new. An analyzer repeats a DNS or ARP flow's last interval in the report of its
 * end: a report whose LastUpdateMetric has the Start and Last of the one before is nothing new.
 *
 * Kept by UUID in the stages' memory: for 10 minutes after a report, for 1 minute after the report of a finish; a timeout
 * forgets it at once. What cannot be kept any longer (too many flows at a time) counts as new, and so does a
 * flow without a UUID. */
#ifndef SLUICE_WORKER_FLOW_REPORTS_H
#define SLUICE_WORKER_FLOW_REPORTS_H

#include <stdbool.h>

#include "common/err.h"

struct batch;
struct flow;
struct flow_reports;
struct stage;

/* Claims the stage's memory for it (struct stage_type's claim). name: as slot_table_new's; full: code of the event that
 * says, once, that a flow had to be forgotten. Both are borrowed. */
int flow_reports_new(struct flow_reports **reports, struct stage *stage, const char *name, const char *full,
	struct err *err);
void flow_reports_free(struct flow_reports **reports);
/* Takes a report into account; *is_new tells. reports NULL: each is new. ERR_LIMIT: the undo log is full, and the
 * transaction must be undone. */
int flow_reports_take(struct flow_reports *reports, const struct batch *batch, const struct flow *flow, bool *is_new,
	struct err *err);

#endif
