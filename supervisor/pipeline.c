#include "supervisor/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/memory.h"
#include "supervisor/subscription.h"

enum {
	EXIT_CONFIG = 2,
	LAST_START_MS = 100,          /* less is no time to write anything out */
	HARD_END_S = 4,               /* the sealer's 2 s behind the deadline (worker/README.md), and a margin */
};

/* ---- its end, and starting again ---- */

/* No worker runs any more, and none will. */
static void settle(struct pipeline *pipeline)
{
	pipeline->state = pipeline->failing ? PIPELINE_FAILED : PIPELINE_STOPPED;
	keeper_forget(&pipeline->keeper);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->hard_end);
}

/* While it drains a start must leave time for something to be written. */
static bool worth_starting(const struct pipeline *pipeline, int64_t *most_ns)
{
	*most_ns = INT64_MAX;
	if (pipeline->drain.deadline_ns == 0)
		return true;
	*most_ns = (pipeline->drain.deadline_ns - clock_boottime_ns()) / 2;
	return *most_ns >= LAST_START_MS * NS_PER_MS;
}

static void start_later(struct pipeline *pipeline, const char *reason)
{
	int64_t delay, most_ns;

	snprintf(pipeline->last_error, sizeof(pipeline->last_error), "worker %s", reason);
	if (pipeline->killed || !worth_starting(pipeline, &most_ns)) {
		log_error("%s: worker %s", pipeline->name, reason);
		settle(pipeline);
		return;
	}
	delay = keeper_again(&pipeline->keeper, most_ns);
	log_error("%s: worker %s; it starts again in %.1f s", pipeline->name, reason, (double)delay / NS_PER_S);
	pipeline->state = PIPELINE_BACKOFF;
}

static void not_ready_in_time(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;

	log_error("%s: worker not ready in %lld s", pipeline->name, (long long)pipeline->ready_s);
	keeper_kill(&pipeline->keeper);
}

/* An exit that nobody asked for is tried again for as long as it takes; one that says that the configuration cannot work
 * is final. A worker that dies while it drains is started again, as long as there is time for its successor to write out
 * what it has left. */
static void worker_ended(void *owner, int status, const char *reason)
{
	struct pipeline *pipeline = owner;

	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	/* what was wrong when it ended is why something may be left */
	pipeline_problem(pipeline, pipeline->last_error, sizeof(pipeline->last_error));
	conditions_clear(&pipeline->conditions);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG) {
		snprintf(pipeline->last_error, sizeof(pipeline->last_error), "worker refused its configuration");
		pipeline->failing = true;
		settle(pipeline);
	} else if (pipeline->killed || (pipeline->drain.deadline_ns != 0 && pipeline->told_drained)) {
		settle(pipeline);
	} else {
		start_later(pipeline, reason);
	}
	fleet_pipeline_settled(pipeline->fleet, pipeline->subscription);
	pipeline->fleet->changed(pipeline->fleet);
}

static void worker_failed(void *owner, const char *reason)
{
	struct pipeline *pipeline = owner;

	start_later(pipeline, reason);
	pipeline->fleet->changed(pipeline->fleet);
}

static void worker_options(void *owner, struct child_options *options)
{
	const struct pipeline *pipeline = owner;

	options->program = pipeline->fleet->worker_program;
	options->log_line = pipeline->fleet->log_line;
	options->fds[FD_RING] = subscription_ring_fd(pipeline->subscription);
	options->fds[FD_WAKE] = subscription_wake_fd(pipeline->subscription);
	options->fds[FD_PAGE] = pipeline->page_fd;
	options->fds[FD_STATE] = pipeline->state_fd;
	options->fds[FD_SPOOL] = pipeline->spool_fd;
	options->fds[FD_FILES] = pipeline->files_fd;
}

static const struct keeper_handler worker_handler = {
	.options = worker_options,
	.configure = pipeline_configure,
	.message = pipeline_message,
	.ended = worker_ended,
	.failed = worker_failed,
};

/* ---- starting ---- */

static int open_descriptors(struct pipeline *pipeline, struct err *err)
{
	const struct memory *memory = pipeline->fleet->memory;
	int error = memory->spool(memory->owner, pipeline->id, &pipeline->spool_fd, err);

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

	return error == 0 ? keeper_start(&pipeline->keeper, err) : error;
}

/* It does not answer: stopped from outside, or waiting for a disk that does not come back. */
static void not_ended_in_time(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;

	log_error("%s: worker not ended %d s after the drain timeout: it is killed", pipeline->name, HARD_END_S);
	pipeline_kill(pipeline);
	pipeline->fleet->changed(pipeline->fleet);
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
	keeper_init(&pipeline->keeper, fleet->loop, &worker_handler, pipeline);
	pipeline->hard_end = (struct loop_timer){ .fire = not_ended_in_time, .owner = pipeline };
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
	keeper_fini(&pipeline->keeper);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->hard_end);
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
	if (pipeline->killed || pipeline_over(pipeline))
		return;
	pipeline->drain = (struct ipc_drain){ .mode = DRAIN_HANDOVER, .epoch = epoch, .sequence = sequence,
		.deadline_ns = deadline_ns };
	pipeline->state = PIPELINE_DRAINING;
	loop_timer_set(pipeline->fleet->loop, &pipeline->hard_end, deadline_ns + HARD_END_S * NS_PER_S, NULL);
	if (pipeline->keeper.child != NULL)
		pipeline_order_drain(pipeline);
	else
		keeper_soon(&pipeline->keeper);
}

void pipeline_fail(struct pipeline *pipeline, const char *reason, int64_t deadline_ns)
{
	log_error("%s: %s", pipeline->name, reason);
	snprintf(pipeline->last_error, sizeof(pipeline->last_error), "%s", reason);
	pipeline->failing = true;
	pipeline_drain(pipeline, subscription_epoch(pipeline->subscription), subscription_head(pipeline->subscription),
		deadline_ns);
}

void pipeline_kill(struct pipeline *pipeline)
{
	pipeline->killed = true;
	if (pipeline->keeper.child != NULL)
		keeper_kill(&pipeline->keeper);
	else if (!pipeline_over(pipeline))
		settle(pipeline);
}
