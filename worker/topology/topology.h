/* What a stage asks the analyzer's topology: cached answers at once, questions side by side behind them.
 *
 * Nothing here waits. A stage asks for all that a batch needs; is something still being asked, and topology_holds() says
 * that the batch may wait for it, the stage returns ERR_AGAIN: the batch is held and pushed again when answers are there.
 * Otherwise its records go on without what is missing, counted `unresolved`. No flow is ever lost for a question.
 *
 * Bounds: 16 requests at once, 5 s each; answers of 4 MB (16 MB for the cluster's nodes); 32 768 entries and 32 MB in the
 * cache, 8192 questions waiting. Contexts and the cluster are kept for 5 minutes, the rest for 10 (a node that is not there
 * for 1), and asked again in the background before that is over.
 *
 * The answers are no part of the stages' memory: a batch done again may find other ones. Loop thread only. Texts belong
 * to the cache and stay until the stage returns. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/pipeline_config.h"
#include "common/err.h"

struct batch;
struct loop;
struct topology;

/* How the analyzer answers. The texts are gone when the call returns. */
struct topology_health {
	bool answers;
	const char *reason;                   /* one word */
	const char *message;                  /* "" when it does */
	const char *field;                    /* of the configuration, that would mend it; NULL */
	unsigned tries;                       /* that failed in a row */
	int64_t next_ns;                      /* CLOCK_BOOTTIME of the next one */
};

struct topology_options {
	struct loop *loop;
	const struct pipeline_config *config;
	unsigned request_ms;                  /* that all analyzers together have for an answer; 0: 5 s each */
	/* What a held batch waits for is there, or will not come: it is to be pushed again. From the loop. */
	void (*retry)(void *owner);
	/* How full the ring is, as seen by this worker: 0 to 1000; that also where there is no time left for what is in it. */
	unsigned (*lag_permille)(void *owner);
	/* Told when it is news, and of each try that failed. From the loop. */
	void (*health)(void *owner, const struct topology_health *health);
	void *owner;
};

/* Whether anything in the configuration asks the topology. */
bool topology_wanted(const struct pipeline_config *config);
/* Nothing is sent, and libcurl not loaded, before the first question. ERR_NO_MEMORY; ERR_LIMIT: credentials too long. */
int topology_new(struct topology **topology, const struct topology_options *options, struct err *err);
void topology_free(struct topology **topology);
/* Asks something harmless, so that health() is told. */
void topology_try(struct topology *topology);

enum topology_state {
	TOPOLOGY_FOUND,
	TOPOLOGY_NONE,                        /* it answered that there is none; or no such thing can be asked for */
	TOPOLOGY_ASKED,                       /* no answer yet: see topology_holds */
	TOPOLOGY_UNKNOWN,                     /* and none to be had now: the record goes without */
};

/* What an address belongs to. name, set and pod_name are the inside of JSON strings: escaped as `compat: sfe` wants it, or
 * as little as JSON allows. */
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

/* All interfaces with their figures, as a page for Prometheus has them; asked again every 20 s, forgotten when no answer
 * has come for 60. Until the caller returns to the loop. */
enum interface_figure {
	INTERFACE_COLLISIONS, INTERFACE_RX_BYTES, INTERFACE_RX_DROPPED, INTERFACE_RX_ERRORS, INTERFACE_RX_MISSED_ERRORS,
	INTERFACE_RX_PACKETS, INTERFACE_TX_BYTES, INTERFACE_TX_DROPPED, INTERFACE_TX_ERRORS, INTERFACE_TX_MISSED_ERRORS,
	INTERFACE_TX_PACKETS, INTERFACE_FIGURES
};
struct interface {
	char *labels;                         /* host="…",…,node_tid="…", escaped; no two have the same */
	double figures[INTERFACE_FIGURES];
};
struct topology_interfaces {
	const struct interface *items;        /* in order of their labels */
	size_t count;
	uint64_t generation;                  /* another with each answer; 0: there is none */
};
enum topology_state topology_interfaces(struct topology *topology, int64_t now_ns, struct topology_interfaces *interfaces);

/* Whether a batch may be held for what is being asked: not longer than 2 s, not while the ring fills up, not while the
 * analyzer does not answer. */
bool topology_holds(struct topology *topology, const struct batch *batch);

#endif
