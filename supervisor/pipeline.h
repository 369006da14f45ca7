/* A pipeline as the supervisor sees it: its worker process, which may come and go, and what outlives the worker: the
 * spool folder, the stages' memory, the shared page, the conditions. */
#ifndef SLUICE_SUPERVISOR_PIPELINE_H
#define SLUICE_SUPERVISOR_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "common/err.h"
#include "common/worker_page.h"
#include "supervisor/conditions.h"

struct config;
struct fleet;
struct pipeline;
struct subscription;

enum pipeline_state {
	PIPELINE_STOPPED, PIPELINE_STARTING, PIPELINE_RUNNING, PIPELINE_DEGRADED, PIPELINE_DRAINING, PIPELINE_BACKOFF,
	PIPELINE_FAILED
};
const char *pipeline_state_name(enum pipeline_state state);

/* name: shown to people; id: its folder in the spool. All borrowed for the pipeline's life. */
int pipeline_new(struct pipeline **pipeline, struct fleet *fleet, const char *name, const char *id,
	const struct config *config, struct subscription *subscription, struct err *err);
void pipeline_free(struct pipeline **pipeline);

int pipeline_start(struct pipeline *pipeline, struct err *err);
/* Orders the worker to read up to `sequence` of the epoch, to write out what it has until deadline_ns, and to end. */
void pipeline_drain(struct pipeline *pipeline, uint64_t epoch, uint64_t sequence, int64_t deadline_ns);
/* It cannot go on, says reason: writes out what there is until deadline_ns, then it has failed. */
void pipeline_fail(struct pipeline *pipeline, const char *reason, int64_t deadline_ns);
/* Ends its worker now; none is started again. */
void pipeline_kill(struct pipeline *pipeline);

enum pipeline_state pipeline_state(const struct pipeline *pipeline);
/* No worker runs and none will be started. */
bool pipeline_over(const struct pipeline *pipeline);
const char *pipeline_name(const struct pipeline *pipeline);
const char *pipeline_id(const struct pipeline *pipeline);
const struct subscription *pipeline_subscription(const struct pipeline *pipeline);
/* From the shared page; of the last worker when none runs. */
void pipeline_figures(const struct pipeline *pipeline, struct worker_figures *figures);
/* Flows published and not yet passed. */
uint64_t pipeline_lag(const struct pipeline *pipeline, const struct worker_figures *figures);
/* Objects and flows that the last worker left in the spool. */
void pipeline_unsent(const struct pipeline *pipeline, uint64_t *objects, uint64_t *flows);
/* Flows that a worker which did not end in order has left in the ring. */
uint64_t pipeline_unread(const struct pipeline *pipeline);
/* What is wrong now; false: nothing. */
bool pipeline_problem(const struct pipeline *pipeline, char *text, size_t size);
void pipeline_usage(const struct pipeline *pipeline, struct rusage *usage, unsigned *restarts);

#endif
