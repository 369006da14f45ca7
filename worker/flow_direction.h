/* Which way connections go, seen from the interface they were captured on: that interface's addresses are the topology's. */
#ifndef SLUICE_WORKER_FLOW_DIRECTION_H
#define SLUICE_WORKER_FLOW_DIRECTION_H

#include "common/err.h"

struct batch;
struct flow_log;
struct stage;

/* Sets logs[i].direction, of the flow of batch->records[i], for all of them: DIRECTION_OUT where the interface has A's
 * address, DIRECTION_IN where it has B's. Counts what the topology did not tell. ERR_AGAIN: the batch is worth holding for
 * what is being asked. */
int flow_directions_find(struct stage *stage, const struct batch *batch, struct flow_log *logs, struct err *err);

#endif
