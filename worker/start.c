#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "worker/account_file.h"
#include "worker/pipeline.h"
#include "worker/spool.h"
#include "worker/state.h"
#include "worker/topology/topology.h"
#include "worker/worker.h"

enum { LOCK_RETRY_MS = 50, PROGRESS_MS = 1000 };

static void open_spool(struct worker *worker);

static void spool_event(void *owner, int severity, const char *code, const char *message)
{
	worker_event(owner, severity, code, "%s", message);
}

/* ---- what needs no lock ---- */

static void answers_came(void *owner)
{
	struct worker *worker = owner;

	reader_retry(&worker->reader);
}

static unsigned ring_lag(void *owner)
{
	const struct worker *worker = owner;

	return drain_hurries(&worker->drain) ? 1000 : ring_lag_permille(worker->ring, spool_position(worker->spool));
}

static bool is_heard(void *owner)
{
	const struct worker *worker = owner;
	struct ring_counters counters;

	ring_read_counters(worker->ring, &counters);
	return counters.connected != 0;
}

static int make_topology(struct worker *worker, struct err *err)
{
	const struct topology_options options = { .loop = worker->loop, .config = worker->pipeline_config,
		.retry = answers_came, .lag_permille = ring_lag, .health = worker_topology_health, .owner = worker };

	return topology_wanted(worker->pipeline_config) ? topology_new(&worker->topology, &options, err) : 0;
}

static int make_parts(struct worker *worker, struct err *err)
{
	int error;

	worker->pipeline_config = config_pipeline(worker->config);
	error = ring_reader_open(&worker->ring, worker->fds.ring, err);
	if (error == 0)
		error = state_new(&worker->state, worker->fds.state, err);
	if (error == 0)
		error = make_topology(worker, err);
	worker->stage_context = (struct stage_context){ .config = worker->pipeline_config, .state = worker->state,
		.topology = worker->topology, .connections = &worker->connections, .tap = &worker->tap, .fetch = slice_fetch,
		.reached = reader_reached, .heard = is_heard, .event = spool_event, .owner = worker };
	if (error == 0)
		error = pipeline_new(&worker->pipeline, &worker->stage_context, err);
	if (error == 0)
		error = pipeline_claim(worker->pipeline, err);
	return error;
}

/* What no other worker of this program could do is refused, and the pipeline has failed until somebody changes it. Everything
 * else, memory above all, is tried again. */
static void start_failed(struct worker *worker, int error, const char *what, const struct err *err)
{
	bool refused = error == ERR_CONFIG || error == ERR_UNSUPPORTED;

	worker_fail(worker, refused ? WORKER_CONFIG : WORKER_FAILED, what, err);
}

void worker_start(struct worker *worker, const char *text, size_t length)
{
	struct err err = { 0 };
	int error;

	if (worker->life != LIFE_UNCONFIGURED) {
		log_warn("a second configuration: ignored");
		return;
	}
	error = settings_parse(&worker->settings, &worker->config, text, length, &err);
	log_init("worker", worker->settings.scope, (enum log_level)worker->settings.log_level);
	/* the supervisor has checked it: one that cannot be read here has suffered on the way */
	if (error != 0) {
		worker_fail(worker, WORKER_FAILED, "reading the configuration", &err);
		return;
	}
	error = make_parts(worker, &err);
	if (error != 0) {
		start_failed(worker, error, "configuration", &err);
		return;
	}
	worker->life = LIFE_LOCKED_OUT;
	open_spool(worker);
}

/* ---- the spool ---- */

static void lock_retry(struct loop_timer *timer)
{
	open_spool(timer->owner);
}

/* spool_open() waits for the lock, and while it waits nobody would hear the supervisor: so it is called when the lock
 * is free. The lock itself stays the spool's. */
static bool lock_is_free(const struct worker *worker)
{
	int fd = openat(worker->fds.spool, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return !held;
}

/* Said while nobody can be listened to: each time it is news, so that the supervisor goes on waiting. */
static void recovers(void *owner, unsigned done, unsigned all)
{
	struct worker *worker = owner;
	int64_t now = clock_boottime_ns();
	char message[80];

	if (now - worker->recovery_told_ns < PROGRESS_MS * NS_PER_MS)
		return;
	worker->recovery_told_ns = now;
	snprintf(message, sizeof(message), "the spool is being recovered: %u of %u segments read", done, all);
	worker_condition(worker, CONDITION_WORKER, false, "Recovering", message, NULL);
}

static int recover(struct worker *worker, bool *fresh, struct err *err)
{
	const struct pipeline_config *config = worker->pipeline_config;
	struct spool_options options = { .dirfd = worker->fds.spool, .state = worker->state,
		.direct = config->store.type == STORE_DIRECT, .quota_bytes = worker->settings.quota_bytes,
		.max_waiting_records = config->store.max_flow_array_size, .files = worker->files, .event = spool_event,
		.progress = recovers, .owner = worker };
	struct passage passage;
	int error;

	pipeline_format(worker->pipeline, &options.format);
	worker->recovery_told_ns = clock_boottime_ns();
	worker_condition(worker, CONDITION_WORKER, false, "Recovering", "the spool is being recovered", NULL);
	error = spool_open(&worker->spool, &options, fresh, err);
	if (error != 0)
		return error;
	worker->stage_context.spool = worker->spool;
	spool_set_stream_seconds(worker->spool, config->store.max_seconds_per_stream);
	error = pipeline_init(worker->pipeline, err);
	if (error != 0) {
		spool_undo(worker->spool);
		return error;
	}
	epochs_settle(worker, *fresh, &passage);
	error = worker_commit(worker, err);
	if (error == 0)
		epochs_tell(worker, &passage);
	return error;
}

static void sealer_round(void *owner)
{
	struct worker *worker = owner;

	sealing_round(&worker->sealing);
	if (worker->life != LIFE_ENDED)
		outbox_round(&worker->outbox);
	worker_turn(worker);
}

/* From here on things move: the sealer runs, the outbox sends on what a predecessor left. */
static int start_parts(struct worker *worker, struct err *err)
{
	static const struct sealer_handler handler = { sealing_sync, sealer_round };
	int error = sealer_new(&worker->sealer, worker->loop, &handler, worker, err);

	worker->writer_context = (struct writer_context){ .config = worker->pipeline_config, .loop = worker->loop,
		.sealer = worker->sealer, .spool_fd = worker->fds.spool, .files_fd = worker->fds.files,
		.confined = worker->settings.files_confined, .files = worker->files, .tell = control_say,
		.connections = &worker->connections, .topology = worker->topology,
		.page_address = worker->settings.page_address, .condition = control_sink,
		.endpoints = worker->settings.endpoints_limited ? &worker->settings.endpoints : NULL,
		.teller = worker };
	if (error == 0)
		error = account_file_new(&worker->account_file, worker, err);
	if (error == 0)
		error = outbox_init(&worker->outbox, worker, err);
	if (error == 0)
		error = reader_init(&worker->reader, worker, err);
	return error;
}

static void open_spool(struct worker *worker)
{
	struct err err = { 0 };
	bool fresh = false;
	int error;

	if (!lock_is_free(worker)) {
		worker_condition(worker, CONDITION_WORKER, false, "SpoolLocked", "waiting for the pipeline's last worker to end",
			NULL);
		worker->lock_retry = (struct loop_timer){ .fire = lock_retry, .owner = worker };
		loop_timer_set(worker->loop, &worker->lock_retry, clock_boottime_ns() + LOCK_RETRY_MS * NS_PER_MS, NULL);
		return;
	}
	error = recover(worker, &fresh, &err);
	if (error == 0)
		error = start_parts(worker, &err);
	if (error != 0)
		start_failed(worker, error, "start", &err);
	if (worker->life == LIFE_ENDED)
		return;
	worker->life = LIFE_NAMELESS;
	worker_turn(worker);
}

/* ---- ready ---- */

void worker_start_step(struct worker *worker)
{
	if (worker->life != LIFE_NAMELESS || sealing_syncs(&worker->sealing))
		return;
	/* without a supervisor no name will come: the orphan writes out what it can */
	if (worker->stream_request != 0 && worker->control != NULL)
		return;
	worker->life = LIFE_READY;
	control_ready(worker);
	if (worker->drain.phase == DRAIN_NONE)
		reader_start(&worker->reader);
}
