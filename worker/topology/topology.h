/* What a stage asks the analyzer's topology: cached answers at once, questions side by side behind them.
 *
 * Nothing here waits. A stage asks for all that a batch needs; is something still being asked, and topology_holds() says
 * that the batch may wait for it, the stage returns ERR_AGAIN: the batch is held and pushed again when answers are there.
 * Otherwise its records go on without what is missing, counted `unresolved`. No flow is ever lost for a question.
 *
 * The answers are no part of the stages' memory: a batch done again may find other ones. Loop thread only. Texts belong
 * to the cache and stay until the stage returns. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/pipeline_config.h"

struct batch;
struct topology;

enum topology_state {
	TOPOLOGY_FOUND,
	TOPOLOGY_NONE,                        /* it answered that there is none */
	TOPOLOGY_ASKED,                       /* no answer yet: see topology_holds */
	TOPOLOGY_UNKNOWN,                     /* and none to be had now: the record goes without */
};

/* What an address belongs to. */
struct topology_context {
	const char *type;                     /* "pod", "container", "host" */
	const char *name;
	const char *set;                      /* of a pod's owner, "Kind:namespace/name"; "": none */
	const char *pod_name;                 /* of a pod: A_Name, B_Name; "" otherwise */
};

/* Looked for as a runc container, a docker container and a host, in this order. node_tid: where the flow was captured. */
enum topology_state topology_context(struct topology *topology, const char *address, size_t length,
	const char *node_tid, size_t tid_length, int64_t now_ns, struct topology_context *context);

/* The type of the node with this TID ("veth", "bridge" …). */
enum topology_state topology_node_type(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	const char **type);

/* The addresses of the interface with this TID, IPv4 as ::ffff:a.b.c.d. */
struct topology_addresses {
	const uint8_t (*items)[16];
	size_t count;
};
enum topology_state topology_interface(struct topology *topology, const char *node_tid, size_t length, int64_t now_ns,
	struct topology_addresses *addresses);

/* The first value of a gremlin query's answer as JSON text: a string with its quotes, a number, true or false. Cached by
 * the query's text. */
enum topology_state topology_value(struct topology *topology, const char *query, size_t length, int64_t now_ns,
	const char **json);

/* The cluster nodes' addresses as prefixes; asked again every 5 minutes, the last answer serves until then. *generation
 * changes when they do. */
enum topology_state topology_cluster(struct topology *topology, int64_t now_ns, struct prefix_list *nodes,
	uint64_t *generation);

/* Whether a batch may be held for what is being asked: not longer than 2 s, not while the ring fills up, not while the
 * analyzer does not answer. */
bool topology_holds(struct topology *topology, const struct batch *batch);

#endif
