/* What pipeline.c, pipeline_messages.c and pipeline_figures.c share; nobody else looks inside a pipeline. */
#ifndef SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H
#define SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H

#include "common/ipc.h"
#include "supervisor/keeper.h"
#include "supervisor/pipeline.h"

struct pipeline {
	struct fleet *fleet;
	const char *name, *id;
	const struct config *config;
	struct subscription *subscription;
	enum pipeline_state state;
	int spool_fd, files_fd, state_fd, page_fd;
	struct worker_page *page;
	struct keeper keeper;
	struct loop_timer ready_deadline, hard_end;
	int64_t ready_s;                      /* what the ready deadline was set to */
	struct conditions conditions;
	struct ipc_drain drain;               /* as ordered; deadline_ns 0: not ordered */
	struct ipc_drained drained;           /* as told */
	bool told_drained, killed;
	bool failing;                         /* its end will be a failure */
	char last_error[256];
};

/* ---- pipeline_messages.c ---- */

/* struct keeper_handler's configure and message; owner is the pipeline. */
int pipeline_configure(void *owner, struct child *child, struct err *err);
void pipeline_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length);
/* To a worker that runs. */
void pipeline_order_drain(struct pipeline *pipeline);

#endif
