/* How long what is remembered of a flow is kept: for 10 minutes after a report, for 1 minute after the report of a finish.
 * A timeout forgets it at once; that is the caller's, who may want to look at it first. */
#ifndef SLUICE_WORKER_FLOW_EXPIRY_H
#define SLUICE_WORKER_FLOW_EXPIRY_H

#include <stdint.h>

#include "common/clock.h"
#include "common/flow.h"

/* For slot_entry.expires_ns, after this report of the flow. now_ns: batch->now_ns. */
static inline int64_t flow_expires_ns(const struct flow *flow, int64_t now_ns)
{
	return now_ns + (flow->finish_type == FINISH_NONE ? 600 : 60) * NS_PER_S;
}

#endif
