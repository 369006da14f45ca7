/* What an answer of the topology says: from JSON to what is kept of it. No input, however odd, is more than an error.
 *
 * Arrays come in changing order. Of several that fit, the one whose path is the shortest and then whose ID is the least
 * is meant, so that the same topology gives the same answer. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_FINDING_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "worker/topology/topology.h"
#include "worker/topology/topology_query.h"

enum {
	FINDING_TEXT_MAX = 1024,               /* bytes of a name; a longer one is none */
	FINDING_VALUE_MAX = 4096,              /* bytes of a value's JSON; a longer one is none */
	FINDING_ADDRESSES_MAX = 256,           /* of an interface */
	FINDING_NODES_MAX = 10000,             /* of a cluster */
	FINDING_INTERFACES_MAX = 4096,         /* with their figures */
	CONTAINERS_MAX = 4,                   /* that may be meant by one address */
};

/* What is kept of an answer; all of it its own. Empty: all zero. */
struct finding {
	bool found;
	const char *type;                     /* of a context: a literal */
	char *name, *set, *pod_name;          /* of a context, the inside of JSON strings; name: a value's JSON, a node's type */
	uint8_t (*addresses)[16];             /* of an interface */
	size_t address_count;
	struct prefix *prefixes;              /* of a cluster */
	size_t prefix_count;
	struct interface *interfaces;         /* with their labels */
	size_t interface_count;
};

void finding_fini(struct finding *finding);
/* Bytes that it owns. */
size_t finding_size(const struct finding *finding);

/* Which names the analyzer has in containers' metadata. */
enum container_names { NAMES_UNKNOWN, NAMES_OLD, NAMES_NEW };

struct container {
	char id[QUERY_NAME_MAX + 1];          /* "" when it has none that could be asked for */
	char *name;                           /* owned */
	size_t distance;                      /* values in its path */
	char node[QUERY_NAME_MAX + 1];        /* its ID, for the order */
};

/* The containers that may be meant, the likeliest first. */
struct containers {
	struct container items[CONTAINERS_MAX];
	unsigned count;
	enum container_names names;           /* of those found */
};

void containers_fini(struct containers *containers);

/* Each of these: ERR_PROTOCOL when the text is no answer, ERR_LIMIT, ERR_NO_MEMORY. Where nothing was found, found stays
 * false and count 0. sfe: strings are escaped as Go does it. */
int finding_containers(struct containers *containers, const char *text, size_t length, bool docker, struct err *err);
int finding_pod(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err);
int finding_host(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err);
/* The container itself, when it belongs to no pod. */
int finding_container(struct finding *finding, const struct container *container, bool sfe, struct err *err);
int finding_node(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err);
int finding_value(struct finding *finding, const char *text, size_t length, bool sfe, struct err *err);
int finding_cluster(struct finding *finding, const char *text, size_t length, struct err *err);
/* topology_finding_interfaces.c */
int finding_interfaces(struct finding *finding, const char *text, size_t length, struct err *err);

#endif
