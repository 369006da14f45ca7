#include "worker/sealing.h"

#include <stddef.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/spool.h"
#include "worker/worker.h"

/* From this lag on `auto` compresses fast; 1/1000 of the ring. */
enum { BEHIND_PERMILLE = 250, RETRY_MS = 1000 };

static void retry_fired(struct loop_timer *timer)
{
	struct sealing *sealing = timer->owner;

	worker_turn(sealing->worker);
}

void sealing_init(struct sealing *sealing, struct worker *worker)
{
	*sealing = (struct sealing){ .worker = worker };
	sealing->retry = (struct loop_timer){ .fire = retry_fired, .owner = sealing };
	for (unsigned i = 0; i < SPOOL_LANES; i++)
		sealing->slots[i].sealing = sealing;
}

/* Jobs that the sealer did not end go the way of those that failed: what they were about stays as it is. */
void sealing_fini(struct sealing *sealing)
{
	struct spool *spool = sealing->worker->spool;

	if (spool == NULL)
		return;
	if (sealing->durable != NULL)
		spool_durable_done(spool, &sealing->durable, ERR_AGAIN);
	spool_begin(spool);
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (sealing->slots[i].seal != NULL)
			spool_sealed(spool, &sealing->slots[i].seal, ERR_AGAIN, clock_wall_ms(), NULL);
	}
	spool_undo(spool);
}

bool sealing_syncs(const struct sealing *sealing)
{
	return sealing->durable != NULL;
}

bool sealing_busy(const struct sealing *sealing)
{
	const struct spool *spool = sealing->worker->spool;
	struct spool_lane lane;

	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		spool_lane(spool, i, &lane);
		if (sealing->slots[i].state != SEAL_FREE || lane.sealed < lane.open)
			return true;
	}
	return false;
}

/* ---- sealer thread ---- */

static int run_seal(struct sealer_job *job, struct err *err)
{
	return seal_run(loop_owner(job, struct seal_slot, job)->seal, err);
}

static int run_durable(struct sealer_job *job, struct err *err)
{
	return durable_run(loop_owner(job, struct sealing, durable_job)->durable, err);
}

int sealing_sync(void *owner, struct err *err)
{
	const struct worker *worker = owner;

	/* direct promises nothing over a power loss (docs/durability.md) */
	if (worker->pipeline_config->store.type == STORE_DIRECT)
		return 0;
	return seal_sync(worker->fds.spool, worker->files, err);
}

/* ---- loop thread ---- */

static void try_later(struct sealing *sealing, const char *what, const struct err *err)
{
	struct worker *worker = sealing->worker;

	worker_spool_fails(worker, err);
	log_debug("%s: %s", what, err->message);
	sealing->without_memory = err->code == ERR_NO_MEMORY ? sealing->without_memory + 1 : 0;
	if (sealing->without_memory >= MEMORY_TRIES)
		worker_fail(worker, WORKER_FAILED, what, err);
	loop_timer_set(worker->loop, &sealing->retry, loop_now(worker->loop) + RETRY_MS * NS_PER_MS, NULL);
}

static void seal_ended(struct sealer_job *job)
{
	loop_owner(job, struct seal_slot, job)->state = SEAL_FINISHED;
}

static void durable_ended(struct sealer_job *job)
{
	struct sealing *sealing = loop_owner(job, struct sealing, durable_job);

	spool_durable_done(sealing->worker->spool, &sealing->durable, job->result);
	if (job->result != 0)
		try_later(sealing, "durable commit", &job->err);
}

static struct seal_slot *free_slot(struct sealing *sealing)
{
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (sealing->slots[i].state == SEAL_FREE)
			return &sealing->slots[i];
	}
	return NULL;
}

static bool behind(const struct worker *worker)
{
	return ring_lag_permille(worker->ring, spool_position(worker->spool)) >= BEHIND_PERMILLE;
}

static void start_seals(struct sealing *sealing)
{
	struct worker *worker = sealing->worker;
	struct seal_slot *slot;

	while ((slot = free_slot(sealing)) != NULL) {
		slot->seal = spool_seal_next(worker->spool, behind(worker));
		if (slot->seal == NULL)
			return;
		slot->state = SEAL_RUNNING;
		slot->job = (struct sealer_job){ .run = run_seal, .done = seal_ended, .shared_sync = true };
		sealer_push(worker->sealer, &slot->job);
	}
}

void sealing_turn(struct sealing *sealing)
{
	struct worker *worker = sealing->worker;

	if (sealing->retry.position != 0)
		return;
	start_seals(sealing);
	if (sealing->durable != NULL)
		return;
	sealing->durable = spool_durable_next(worker->spool);
	if (sealing->durable == NULL)
		return;
	sealing->durable_job = (struct sealer_job){ .run = run_durable, .done = durable_ended };
	sealer_push(worker->sealer, &sealing->durable_job);
}

/* In a transaction. A damaged segment is reported by the spool, everything else is tried again. */
static int take_seal(struct sealing *sealing, struct seal_slot *slot, struct err *err)
{
	slot->state = SEAL_FREE;
	if (slot->job.result == 0)
		sealing->without_memory = 0;
	else if (slot->job.result != ERR_CORRUPT)
		try_later(sealing, "sealing", &slot->job.err);
	return spool_sealed(sealing->worker->spool, &slot->seal, slot->job.result, clock_wall_ms(), err);
}

void sealing_round(struct sealing *sealing)
{
	struct worker *worker = sealing->worker;
	struct err err = { 0 };
	unsigned finished = 0;
	int error = 0;

	for (unsigned i = 0; i < SPOOL_LANES; i++)
		finished += sealing->slots[i].state == SEAL_FINISHED;
	if (finished == 0)
		return;
	spool_begin(worker->spool);
	for (unsigned i = 0; i < SPOOL_LANES && error == 0; i++) {
		if (sealing->slots[i].state == SEAL_FINISHED)
			error = take_seal(sealing, &sealing->slots[i], &err);
	}
	if (error != 0) {
		worker_undo(worker);
		worker_fail(worker, WORKER_FAILED, "sealing", &err);
		return;
	}
	if (worker_commit(worker, &err) == 0)
		reader_retry(&worker->reader);
}
