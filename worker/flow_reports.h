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
struct state;

/* Claims its memory (struct stage_type's claim). name: as slot_table_new's. */
int flow_reports_new(struct flow_reports **reports, struct state *state, const char *name, struct err *err);
void flow_reports_free(struct flow_reports **reports);
/* Takes a report into account; *is_new tells. *evicted is set when another flow had to be forgotten. False: the undo log is
 * full, and the transaction must be undone. */
bool flow_reports_is_new(struct flow_reports *reports, const struct batch *batch, const struct flow *flow, bool *is_new,
	bool *evicted);

#endif
