/* The page's second part: the figures of interfaces, from the topology. */
#ifndef SLUICE_WORKER_PROMETHEUS_INTERFACES_H
#define SLUICE_WORKER_PROMETHEUS_INTERFACES_H

#include "common/buffer.h"
#include "worker/topology/topology.h"

/* As a text that all readers share who begin while this is the topology's answer: it may be 16 MB, and its making takes a
 * while. */
struct interfaces_text {
	struct buffer bytes;
	uint64_t generation;                  /* of the answer */
	unsigned users;
};

/* The text for one more reader: *last when it is of this answer, else a new one that takes its place. *last is a user, too.
 * NULL: no memory. */
struct interfaces_text *interfaces_share(struct interfaces_text **last, const struct topology_interfaces *interfaces);
/* NULL-safe. */
void interfaces_let_go(struct interfaces_text **text);

#endif
