/* The sealer: the worker's second thread, which does all that may wait for a disk or a pipe: sealing, durable commits,
 * reading objects, the file and stdout writers.
 *
 * One queue joins it to the loop. A job is embedded in its owner's struct; between sealer_push() and done() it belongs
 * to the sealer, and its run() touches nothing that the loop owns. Jobs run in the order in which they were pushed. */
#ifndef SLUICE_WORKER_SEALER_H
#define SLUICE_WORKER_SEALER_H

#include <stdbool.h>

#include "common/err.h"
#include "common/loop.h"

struct sealer;

/* What run() returns when it could not finish without waiting: the job goes to the end of the queue, so that others are
 * not held up, and is run again. It waits at most 100 ms at a time. */
enum { SEALER_LATER = 1 };

struct sealer_job {
	/* Sealer thread. Returns 0, SEALER_LATER or a negative enum err_code; *err says what. */
	int (*run)(struct sealer_job *job, struct err *err);
	/* Loop thread: the result is there, the job is the owner's again. */
	void (*done)(struct sealer_job *job);
	bool shared_sync;             /* its result counts only when handler->sync has succeeded after it */
	int result;
	struct err err;
	struct sealer_job *next;      /* the sealer's */
};

struct sealer_handler {
	/* Sealer thread: once for several jobs with shared_sync that ran one after another. */
	int (*sync)(void *owner, struct err *err);
	/* Loop thread: after the done() of all jobs that ended since the last time, so that one transaction serves them. */
	void (*round)(void *owner);
};

/* Starts the thread. handler and owner are borrowed for the sealer's life. */
int sealer_new(struct sealer **sealer, struct loop *loop, const struct sealer_handler *handler, void *owner,
	struct err *err);
/* Ends the thread after the job it is at (run() should look at sealer_ends()); jobs that it did not begin are
 * forgotten: done() is called for none. */
void sealer_free(struct sealer **sealer);

void sealer_push(struct sealer *sealer, struct sealer_job *job);
/* Jobs pushed whose done() has not been called yet. Loop thread. */
unsigned sealer_pending(const struct sealer *sealer);
/* Any thread: the worker ends when this job has, so that one that takes long should give up. */
bool sealer_ends(const struct sealer *sealer);
/* Any thread: there is little time left, a job that does not get on should give up. */
bool sealer_hurries(const struct sealer *sealer);
/* From now on sealer_hurries() is true; jobs are still run. */
void sealer_hurry(struct sealer *sealer);

#endif
