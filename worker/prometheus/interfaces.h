/* The page's second part: the figures of interfaces, from the topology. */
#ifndef SLUICE_WORKER_PROMETHEUS_INTERFACES_H
#define SLUICE_WORKER_PROMETHEUS_INTERFACES_H

#include "common/buffer.h"
#include "worker/topology/topology.h"

/* Appends them. ERR_LIMIT, ERR_NO_MEMORY. */
int interfaces_write(const struct topology_interfaces *interfaces, struct buffer *out);

#endif
