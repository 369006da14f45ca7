#include "supervisor/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/config/config.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/run_store.h"
#include "supervisor/subscription.h"
#include "supervisor/usage.h"

enum { READY_S = 10, EXIT_CONFIG = 2, STREAM_STEP_MS = 1000, DESTINATION_SIZE = 8192 };

static int spawn(struct pipeline *pipeline, struct err *err);

/* ---- what the worker says ---- */

/* Running and degraded differ by the conditions alone. */
static void judge_health(struct pipeline *pipeline)
{
	if (pipeline->state == PIPELINE_RUNNING || pipeline->state == PIPELINE_DEGRADED)
		pipeline->state = conditions_problem(&pipeline->conditions) ? PIPELINE_DEGRADED : PIPELINE_RUNNING;
}

static void worker_ready(struct pipeline *pipeline)
{
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	if (pipeline->state == PIPELINE_STARTING)
		pipeline->state = PIPELINE_RUNNING;
	pipeline->last_error[0] = '\0';
	judge_health(pipeline);
	fleet_pipeline_settled(pipeline->fleet, pipeline->subscription);
}

static void expect_ready(struct pipeline *pipeline)
{
	loop_timer_set(pipeline->fleet->loop, &pipeline->ready_deadline, clock_boottime_ns() + READY_S * NS_PER_S, NULL);
}

/* Waiting for the last worker to let go of the spool is no failure to start. */
static void take_condition(struct pipeline *pipeline, const char *payload, size_t length)
{
	const struct condition *condition = conditions_take(&pipeline->conditions, payload, length);

	judge_health(pipeline);
	if (condition == NULL || strcmp(condition->type, "WorkerReady") != 0 || condition->status)
		return;
	if (strcmp(condition->reason, "SpoolLocked") == 0)
		loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	else
		expect_ready(pipeline);
}

/* What stands at the place already counts as given: the store may have been begun anew. */
static int stream_name(const struct pipeline *pipeline, const char *payload, size_t length, int64_t *name_ms,
	struct err *err)
{
	const char *endpoint = "", *bucket = "", *prefix = "";
	json_t *request = json_loadb(payload, length, 0, NULL);
	int64_t now = clock_wall_ms();
	char destination[DESTINATION_SIZE];
	json_int_t newest = 0;
	int error = ERR_PROTOCOL;

	if (request != NULL && json_unpack(request, "{s?s s?s s?s s?I}", "endpoint", &endpoint, "bucket", &bucket, "prefix",
		&prefix, "newest_ms", &newest) == 0)
		error = run_store_destination(endpoint, bucket, prefix, destination, sizeof(destination));
	json_decref(request);
	if (error != 0)
		return err_set(err, error, "a stream request that is none");
	if (newest + STREAM_STEP_MS > now)
		now = newest + STREAM_STEP_MS;
	return run_store_stream_name(pipeline->fleet->store, destination, now, name_ms, err);
}

static void answer_stream_request(struct pipeline *pipeline, uint32_t id, const char *payload, size_t length)
{
	struct ipc_stream_name answer;
	struct err err;
	int error = stream_name(pipeline, payload, length, &answer.wall_ms, &err);

	if (error == 0)
		error = child_send(pipeline->child, IPC_STREAM_NAME, id, &answer, sizeof(answer), &err);
	if (error != 0)
		log_error("%s: stream name: %s", pipeline->name, err.message);
}

static void worker_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct pipeline *pipeline = owner;

	switch (type) {
	case IPC_READY:
		worker_ready(pipeline);
		break;
	case IPC_CONDITION:
		take_condition(pipeline, payload, length);
		break;
	case IPC_EVENT:
		break;                        /* it stands in the worker's log, which is all that a run shows */
	case IPC_STREAM_REQUEST:
		answer_stream_request(pipeline, id, payload, length);
		break;
	case IPC_DRAINED:
		if (length == sizeof(pipeline->drained)) {
			memcpy(&pipeline->drained, payload, length);
			pipeline->told_drained = true;
		}
		break;
	default:
		log_warn("%s: message of unknown type %u", pipeline->name, type);
	}
}

/* ---- its end, and starting again ---- */

static void restart_later(struct pipeline *pipeline, const char *reason)
{
	int64_t now = clock_boottime_ns();
	int64_t delay = backoff_delay(&pipeline->backoff, now);

	log_error("%s: worker %s; it starts again in %.1f s", pipeline->name, reason, (double)delay / NS_PER_S);
	snprintf(pipeline->last_error, sizeof(pipeline->last_error), "worker %s", reason);
	pipeline->restarts++;
	pipeline->state = PIPELINE_BACKOFF;
	loop_timer_set(pipeline->fleet->loop, &pipeline->restart, now + delay, NULL);
}

static void start_again(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;
	struct err err;

	if (spawn(pipeline, &err) != 0)
		restart_later(pipeline, err.message);
}

static void not_ready_in_time(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;

	log_error("%s: worker not ready in %d s", pipeline->name, READY_S);
	child_kill(pipeline->child, SIGKILL);
}

/* An exit that nobody asked for is tried again for as long as it takes; one that says that the configuration cannot work
 * is final. During a drain a worker that dies is started once more so that it can write out what its predecessor left. */
static void worker_ended(void *owner, int status, const struct rusage *usage)
{
	struct pipeline *pipeline = owner;
	bool draining = pipeline->drain.deadline_ns != 0;
	char text[96], reason[128];

	usage_add(&pipeline->usage, usage);
	child_free(&pipeline->child);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	/* what was wrong when it ended is why something may be left */
	pipeline_problem(pipeline, pipeline->last_error, sizeof(pipeline->last_error));
	conditions_clear(&pipeline->conditions);
	child_describe_end(status, text, sizeof(text));
	snprintf(reason, sizeof(reason), "ended unasked (%s)", text);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG) {
		pipeline->state = PIPELINE_FAILED;
		snprintf(pipeline->last_error, sizeof(pipeline->last_error), "worker refused its configuration");
	} else if (draining && (pipeline->told_drained || clock_boottime_ns() >= pipeline->drain.deadline_ns)) {
		pipeline->state = PIPELINE_STOPPED;
	} else {
		restart_later(pipeline, reason);
	}
	fleet_pipeline_settled(pipeline->fleet, pipeline->subscription);
	pipeline->fleet->changed(pipeline->fleet);
}

/* ---- starting ---- */

static json_t *configuration(const struct pipeline *pipeline)
{
	struct buffer text;
	json_t *config = NULL;

	buffer_init(&text, IPC_PAYLOAD_MAX);
	if (config_effective(pipeline->config, CONFIG_JSON, false, &text) == 0)
		config = json_loadb(text.bytes, text.length, 0, NULL);
	if (text.bytes != NULL)
		explicit_bzero(text.bytes, text.length);
	buffer_fini(&text);
	if (config == NULL)
		return NULL;
	return json_pack("{ss ss so ss si si sb}", "tenant", "", "pipeline", pipeline->name, "config", config, "log_level",
		pipeline->fleet->options.log_level, "quota_bytes", 0, "drain_timeout_s",
		(int)(pipeline->fleet->options.drain_timeout_ns / NS_PER_S), "files_confined", 0);
}

static int send_configuration(struct pipeline *pipeline, struct err *err)
{
	const struct ipc_epoch *epochs;
	size_t count;
	int error = run_store_epochs(pipeline->fleet->store, subscription_key(pipeline->subscription), &epochs, &count, err);

	if (error == 0)
		error = child_send(pipeline->child, IPC_EPOCHS, 0, epochs, count * sizeof(*epochs), err);
	if (error == 0)
		error = child_send_json(pipeline->child, IPC_CONFIG, configuration(pipeline), err);
	return error;
}

static int spawn(struct pipeline *pipeline, struct err *err)
{
	int64_t now = clock_boottime_ns();
	struct child_options options = {
		.loop = pipeline->fleet->loop,
		.program = pipeline->fleet->worker_program,
		.fds = { -1, -1, -1, -1, subscription_ring_fd(pipeline->subscription),
			subscription_wake_fd(pipeline->subscription), pipeline->page_fd, pipeline->state_fd,
			pipeline->spool_fd, pipeline->files_fd },
		.message = worker_message,
		.ended = worker_ended,
		.log_line = pipeline->fleet->log_line,
		.owner = pipeline,
	};
	int error = child_spawn(&pipeline->child, &options, err);

	if (error == 0)
		error = send_configuration(pipeline, err);
	if (error != 0) {
		child_free(&pipeline->child);
		return error;
	}
	backoff_started(&pipeline->backoff, now);
	pipeline->state = pipeline->drain.deadline_ns ? PIPELINE_DRAINING : PIPELINE_STARTING;
	if (pipeline->drain.deadline_ns != 0)
		child_send(pipeline->child, IPC_DRAIN, 0, &pipeline->drain, sizeof(pipeline->drain), NULL);
	expect_ready(pipeline);
	return 0;
}

static int open_descriptors(struct pipeline *pipeline, struct err *err)
{
	int error = run_store_spool(pipeline->fleet->store, pipeline->id, &pipeline->spool_fd, err);

	if (error == 0)
		error = worker_page_create(&pipeline->page_fd, err);
	if (error == 0)
		error = worker_page_open(&pipeline->page, pipeline->page_fd, false, err);
	if (error != 0)
		return error;
	pipeline->state_fd = memfd_create("sluice-state", MFD_CLOEXEC);
	pipeline->files_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return pipeline->state_fd < 0 || pipeline->files_fd < 0 ? err_sys(err, errno, "descriptors of a pipeline") : 0;
}

int pipeline_start(struct pipeline *pipeline, struct err *err)
{
	int error = open_descriptors(pipeline, err);

	return error == 0 ? spawn(pipeline, err) : error;
}

int pipeline_new(struct pipeline **out, struct fleet *fleet, const char *name, const char *id,
	const struct config *config, struct subscription *subscription, struct err *err)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));

	*out = pipeline;
	if (pipeline == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");
	*pipeline = (struct pipeline){ .fleet = fleet, .name = name, .id = id, .config = config,
		.subscription = subscription, .spool_fd = -1, .files_fd = -1, .state_fd = -1, .page_fd = -1 };
	pipeline->restart = (struct loop_timer){ .fire = start_again, .owner = pipeline };
	pipeline->ready_deadline = (struct loop_timer){ .fire = not_ready_in_time, .owner = pipeline };
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void pipeline_free(struct pipeline **out)
{
	struct pipeline *pipeline = *out;

	if (pipeline == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->restart);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	child_free(&pipeline->child);
	worker_page_close(&pipeline->page);
	close_fd(pipeline->spool_fd);
	close_fd(pipeline->files_fd);
	close_fd(pipeline->state_fd);
	close_fd(pipeline->page_fd);
	free(pipeline);
}

/* ---- ending ---- */

void pipeline_drain(struct pipeline *pipeline, uint64_t epoch, uint64_t sequence, int64_t deadline_ns)
{
	pipeline->drain = (struct ipc_drain){ .mode = DRAIN_HANDOVER, .epoch = epoch, .sequence = sequence,
		.deadline_ns = deadline_ns };
	if (pipeline->state == PIPELINE_FAILED)
		return;
	pipeline->state = PIPELINE_DRAINING;
	if (pipeline->child != NULL)
		child_send(pipeline->child, IPC_DRAIN, 0, &pipeline->drain, sizeof(pipeline->drain), NULL);
	else
		loop_timer_set(pipeline->fleet->loop, &pipeline->restart, clock_boottime_ns(), NULL);
}

void pipeline_kill(struct pipeline *pipeline)
{
	pipeline->drain.deadline_ns = 1;      /* passed: nothing is started again */
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->restart);
	if (pipeline->child != NULL)
		child_kill(pipeline->child, SIGKILL);
	else if (pipeline->state != PIPELINE_FAILED)
		pipeline->state = PIPELINE_STOPPED;
}
