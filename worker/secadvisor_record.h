/* A record of the format secadvisor, version 1.1.0. */
#ifndef SLUICE_WORKER_SECADVISOR_RECORD_H
#define SLUICE_WORKER_SECADVISOR_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/record.h"
#include "worker/topology/topology.h"

#define SECADVISOR_VERSION "1.1.0"

struct extend;

/* record.detail; where flow is NULL it is a struct flow_log, of which node_tid, start_ms and end_ms count */
struct secadvisor_detail {
	uint64_t update_count;                /* this flow's earlier reports */
	struct topology_context a, b;         /* of Network.A and .B; type NULL: none known */
	const char *node_type;                /* NULL: none known */
	const struct extend *extend;          /* NULL: there are no entries */
	const char **values;                  /* JSON, one for each entry; NULL: none */
	bool unresolved;                      /* the topology has not said what it knows of the flow */
};

const char *secadvisor_status(const struct flow *flow, const struct secadvisor_detail *detail);
/* "": the flow goes on, or ended in another way. */
const char *secadvisor_finish_type(const struct flow *flow);

/* `sfe`: strings as the Go exporter writes them (compat: sfe); the other copies their JSON text. */
extern const struct record_format record_format_secadvisor, record_format_secadvisor_sfe;

#endif
