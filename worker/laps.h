/* What is said of a reader that was overtaken in the ring: events, and that the worker does not keep up. */
#ifndef SLUICE_WORKER_LAPS_H
#define SLUICE_WORKER_LAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

struct worker;

struct laps {
	struct worker *worker;
	uint64_t count;
	bool kept_up;                         /* something was read since reading began: what was lost before it was lost by absence */
	int64_t told_ns;                      /* when they were last told */
	uint64_t lost;                        /* flows lost since then */
	struct loop_timer due;                /* when they are to be told */
	struct loop_timer calm;               /* set: overtaken, until none has been for so long */
};

void laps_init(struct laps *laps, struct worker *worker);
void laps_fini(struct laps *laps);
/* So many flows were overwritten before they were read. The first are told at once, the others together. */
void laps_note(struct laps *laps, uint64_t lost);
/* Reading has ended: what has not been told is told now. */
void laps_end(struct laps *laps);
/* WorkerReady of a worker that reads: true, unless it is being overtaken. */
void laps_say_ready(struct laps *laps);

#endif
