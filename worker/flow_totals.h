/* What each flow had carried in all by its last report, kept in the stages' memory: a report whose predecessor's total
 * and whose own update do not come to its total tells that reports in between were skipped.
 *
 * Kept by UUID for 10 minutes after a report, for 1 minute after the report of a finish; a timeout forgets it. */
#ifndef SLUICE_WORKER_FLOW_TOTALS_H
#define SLUICE_WORKER_FLOW_TOTALS_H

#include <stdbool.h>

#include "common/err.h"

struct batch;
struct flow;
struct flow_totals;
struct state;

/* Claims a region of the stages' memory (in a stage's claim). */
int flow_totals_new(struct flow_totals **totals, struct state *state, struct err *err);
void flow_totals_free(struct flow_totals **totals);
/* Takes a report into account. *skipped: something was reported before it that never came here; a total that has not
 * changed tells of nothing skipped, whatever the update repeats. Without a predecessor, a UUID or metrics nothing is
 * known. *evicted is set (never cleared) when a flow gave way because there are too many. Up to 4 slots change. False:
 * the undo log is full. */
bool flow_totals_take(struct flow_totals *totals, const struct batch *batch, const struct flow *flow, bool *skipped,
	bool *evicted);

#endif
