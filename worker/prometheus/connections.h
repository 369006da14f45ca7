/* What store prom_sky_con knows of connections: in the stages' memory, so that a worker that is killed leaves it to the
 * next. Changed by the stage alone, shown by the page. */
#ifndef SLUICE_WORKER_PROMETHEUS_CONNECTIONS_H
#define SLUICE_WORKER_PROMETHEUS_CONNECTIONS_H

#include <stdint.h>

#include "common/flow.h"
#include "worker/state.h"

enum {
	CONNECTIONS_MAX = 1 << 16,            /* 20 MB, and as much again in a page, if there are that many at a time */
	CONNECTION_ADDRESS_SIZE = 48, CONNECTION_TID_SIZE = 72, CONNECTION_PROTOCOL_SIZE = 16,
};

/* Texts are printable ASCII, NUL-terminated. */
struct connection {
	struct slot_entry entry;
	int64_t made_ns;                      /* CLOCK_BOOTTIME: when this slot became the connection's */
	struct flow_metric total;             /* of its last report */
	int64_t port_a, port_b;
	char address_a[CONNECTION_ADDRESS_SIZE], address_b[CONNECTION_ADDRESS_SIZE];
	char node_tid[CONNECTION_TID_SIZE];   /* where it was seen first */
	char protocol[CONNECTION_PROTOCOL_SIZE];
};

struct connections {
	struct slot_table *table;             /* claimed by the stage */
};

struct batch;

/* What a flow's report changes; now_ns: of the batch. ERR_INVALID: an address or a name that cannot be a label.
 * ERR_LIMIT: the undo log is full. *evicted: another connection has given way. */
int connections_take(struct connections *connections, const struct batch *batch, const struct flow *flow,
	int64_t timeout_ns, bool *evicted, struct err *err);

#endif
