/* Reads the ring: batches are cut into slices, slices go through the pipeline, several of them in one transaction.
 *
 * A transaction is committed at the latest when the ring is empty. What cannot be taken for the moment (ERR_AGAIN of a
 * stage, no space) is undone, held and tried again; meanwhile the lag grows, and a lap is counted. */
#ifndef SLUICE_WORKER_READER_H
#define SLUICE_WORKER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/loop.h"
#include "common/ring.h"
#include "worker/laps.h"

struct batch;
struct worker;

struct reader {
	struct worker *worker;
	struct loop_source wake;              /* the ring's eventfd, edge-triggered and never read */
	struct loop_timer again;              /* there is more, or what is held is tried again */
	struct arena arena;                   /* of the slice under way */
	uint32_t slice_max;                   /* flows */
	unsigned slice_limit;                 /* slices that the next transaction may take: one behind them is held */
	bool reading;
	bool held;
	uint64_t end_sequence;                /* reading ends before this flow; UINT64_MAX: nowhere */
	bool finish_batch;                    /* reading ends at the next batch's beginning */
	struct laps laps;
};

int reader_init(struct reader *reader, struct worker *worker, struct err *err);
void reader_fini(struct reader *reader);

/* Begins to read at the spool's position. */
void reader_start(struct reader *reader);
void reader_stop(struct reader *reader);
/* Something has changed that a held slice or a pause may have waited for. */
void reader_retry(struct reader *reader);
/* Everything that was to be read has been: up to end_sequence, to the batch's end (finish_batch), or to the head. */
bool reader_at_end(const struct reader *reader);

/* stage_context.reached and .fetch; owner is the worker. */
int64_t reader_reached(void *owner, int64_t now_ns);
int slice_fetch(void *owner, struct batch *batch, struct err *err);

#endif
