/* What probes have lost since their previous reports.
 *
 * A `stats` message carries totals of one probe (its packets only grow in the recordings) and names its capture, but a
 * capture on several interfaces has several probes, which the message does not tell apart. Each reports every 10 s, so
 * a report belongs to a probe of its capture that has been quiet for a while and whose totals are not above it. */
#ifndef SLUICE_SUBSCRIBER_PROBE_DROPS_H
#define SLUICE_SUBSCRIBER_PROBE_DROPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ring.h"

enum { PROBES_MAX = 4096 };

struct probe_drops;

/* NULL without memory. */
struct probe_drops *probe_drops_new(void);
void probe_drops_free(struct probe_drops **probes);

/* totals as reported, at now_ns (CLOCK_BOOTTIME) → *more: what was lost since that probe's previous report. False when
 * nothing was, or when it is the probe's first report: what it lost before we listened is none of ours. Beyond
 * PROBES_MAX probes the one that has been quiet for longest gives way. */
bool probe_drops_take(struct probe_drops *probes, const struct ring_drops *totals, int64_t now_ns,
	struct ring_drops *more);

#endif
