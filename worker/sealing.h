/* The loop's side of sealing and of durable commits: which jobs the sealer gets, and the transactions that follow. */
#ifndef SLUICE_WORKER_SEALING_H
#define SLUICE_WORKER_SEALING_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/sealer.h"
#include "worker/spool.h"

struct worker;

enum seal_slot_state { SEAL_FREE, SEAL_RUNNING, SEAL_FINISHED };

struct seal_slot {
	struct sealer_job job;
	struct sealing *sealing;
	struct seal_job *seal;
	enum seal_slot_state state;
};

struct sealing {
	struct worker *worker;
	struct seal_slot slots[SPOOL_LANES];  /* one a lane can be under way */
	struct sealer_job durable_job;
	struct durable_job *durable;          /* under way; NULL: none */
	struct loop_timer retry;              /* after a failure nothing is begun before it fires */
	unsigned without_memory;              /* failures in a row for memory */
};

void sealing_init(struct sealing *sealing, struct worker *worker);
/* The sealer has ended. */
void sealing_fini(struct sealing *sealing);

/* Gives the sealer what there is to do. */
void sealing_turn(struct sealing *sealing);
/* Commits what the sealer has finished. */
void sealing_round(struct sealing *sealing);
/* Segments are being sealed or wait for it. */
bool sealing_busy(const struct sealing *sealing);
/* A commit is being made durable. */
bool sealing_syncs(const struct sealing *sealing);

/* struct sealer_handler.sync, owner is the worker. */
int sealing_sync(void *owner, struct err *err);

#endif
