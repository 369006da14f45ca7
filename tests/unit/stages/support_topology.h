/* A topology that answers at once, from a list of interfaces, and knows nothing else: it stands in for
 * worker/topology/topology.c at link time, with all that stages ask. */
#ifndef SLUICE_TESTS_STAGES_SUPPORT_TOPOLOGY_H
#define SLUICE_TESTS_STAGES_SUPPORT_TOPOLOGY_H

#include "worker/topology/topology.h"

enum { FAKE_ADDRESSES = 4 };

struct fake_interface {
	const char *tid;
	enum topology_state state;            /* TOPOLOGY_FOUND is 0 */
	const char *addresses[FAKE_ADDRESSES];        /* up to the first NULL */
};

struct topology {
	const struct fake_interface *interfaces;      /* what is not listed is not there: TOPOLOGY_NONE */
	size_t count;
	bool holds;
	unsigned questions;
	uint8_t answer[FAKE_ADDRESSES][16];
};

#endif
