/* The ordered ways to end (docs/durability.md, "Starting, stopping, changing"): read to where reading ends, cut, seal,
 * send until the deadline, save, tell, exit. */
#ifndef SLUICE_WORKER_DRAIN_H
#define SLUICE_WORKER_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ipc.h"
#include "common/loop.h"

struct worker;

enum drain_phase { DRAIN_NONE, DRAIN_ORDERED, DRAIN_READING, DRAIN_CUTTING, DRAIN_SENDING, DRAIN_ENDING };

struct drain {
	struct worker *worker;
	enum drain_phase phase;
	struct ipc_drain order;
	bool stopped;                         /* the position has been cleared */
	bool orphaned;                        /* by the supervisor's death, not by an order */
	uint64_t head_offset;                 /* orphaned: the ring's head, and since when it stands */
	int64_t head_since_ns;
	int64_t reading_since_ns;             /* the last flows are read from then on */
	struct loop_timer timer;              /* the deadline, or the next look */
};

void drain_init(struct drain *drain, struct worker *worker);
/* IPC_DRAIN; a second order replaces the deadline of the first. A stop behind a handover is carried out as well, and what
 * it lacks is read; a handover behind a stop is part of it. */
void drain_order(struct drain *drain, const struct ipc_drain *order);
/* The control channel has closed. */
void drain_orphan(struct drain *drain);
/* What is still to be read may wait for nothing any more: half of the time there was is over. What would not be read by
 * the deadline would be lost. */
bool drain_hurries(const struct drain *drain);
/* Takes as many steps as can be taken now. */
void drain_turn(struct drain *drain);

#endif
