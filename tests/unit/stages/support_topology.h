/* A topology that answers at once, from lists: it stands in for worker/topology/topology.c at link time, with all that stages
 * ask. */
#ifndef SLUICE_TESTS_STAGES_SUPPORT_TOPOLOGY_H
#define SLUICE_TESTS_STAGES_SUPPORT_TOPOLOGY_H

#include "worker/topology/topology.h"

enum { FAKE_ADDRESSES = 4, FAKE_QUERIES = 64, FAKE_QUERY_SIZE = 256 };

struct fake_interface {
	const char *tid;
	enum topology_state state;            /* TOPOLOGY_FOUND is 0 */
	const char *addresses[FAKE_ADDRESSES];        /* up to the first NULL */
};

struct fake_value {
	const char *query;
	enum topology_state state;
	const char *json;
};

struct fake_context {
	const char *address;
	struct topology_context context;
};

struct fake_cluster {
	enum topology_state state;
	struct prefix_list nodes;
	uint64_t generation;
};

struct topology {
	const struct fake_interface *interfaces;      /* what is not listed is not there: TOPOLOGY_NONE */
	size_t count;
	const struct fake_value *values;      /* what is not listed has no value: TOPOLOGY_NONE */
	size_t value_count;
	const struct fake_context *contexts;  /* NULL: TOPOLOGY_UNKNOWN of contexts and types; else they are there or not */
	size_t context_count;
	const struct fake_cluster *cluster;   /* NULL: TOPOLOGY_UNKNOWN */
	bool holds;
	unsigned query_count;                 /* of topology_value; the first ones are kept */
	char queries[FAKE_QUERIES][FAKE_QUERY_SIZE];
	unsigned questions;
	uint8_t answer[FAKE_ADDRESSES][16];
};

#endif
