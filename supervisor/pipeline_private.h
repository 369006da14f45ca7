/* What pipeline.c and pipeline_figures.c share; nobody else looks inside a pipeline. */
#ifndef SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H
#define SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H

#include "common/ipc.h"
#include "supervisor/backoff.h"
#include "supervisor/pipeline.h"

struct child;

struct pipeline {
	struct fleet *fleet;
	const char *name, *id;
	const struct config *config;
	struct subscription *subscription;
	enum pipeline_state state;
	int spool_fd, files_fd, state_fd, page_fd;
	struct worker_page *page;
	struct child *child;
	struct backoff backoff;
	struct loop_timer restart, ready_deadline;
	struct conditions conditions;
	struct ipc_drain drain;               /* as ordered; deadline_ns 0: not ordered */
	struct ipc_drained drained;           /* as told */
	bool told_drained;
	char last_error[256];
	struct rusage usage;
	unsigned restarts;
};

#endif
