/* A pipeline's life: what happens to it goes through one table (lifecycle.h), what is to be done for it is done here. */
#include "supervisor/pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/iam.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription.h"

enum {
	EXIT_CONFIG = 2,
	LAST_START_MS = 100,          /* less is no time to write anything out */
	HARD_END_S = 4,               /* the sealer's 2 s behind the deadline (worker/README.md), and a margin */
};
#define HELD_UP_NS (NS_PER_S / 10)

/* ---- acting ---- */

void pipeline_note_error(struct pipeline *pipeline, const char *code, const char *format, ...)
{
	struct pipeline_error *error = &pipeline->past_error;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(pipeline->last_error, sizeof(pipeline->last_error), format, arguments);
	va_end(arguments);
	*error = (struct pipeline_error){ .at_ms = clock_wall_ms() };
	snprintf(error->code, sizeof(error->code), "%s", code);
	memcpy(error->message, pipeline->last_error, sizeof(error->message));
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

static enum life_event drained_event(const struct pipeline *pipeline)
{
	if (pipeline->failing)
		return LIFE_DRAINED_FAILED;
	return pipeline->wanted && !pipeline->fleet->draining ? LIFE_DRAINED_WANTED : LIFE_DRAINED;
}

static void start_again(struct pipeline *pipeline)
{
	int64_t delay, most_ns;

	if (!worth_starting(pipeline, &most_ns)) {
		log_error("%s: %s", pipeline->label, pipeline->last_error);
		pipeline_event(pipeline, drained_event(pipeline));
		return;
	}
	delay = keeper_again(&pipeline->keeper, most_ns);
	log_error("%s: %s; it starts again in %.1f s", pipeline->label, pipeline->last_error, (double)delay / NS_PER_S);
}

/* No worker runs any more, and none will until somebody asks for one. */
static void forget(struct pipeline *pipeline)
{
	struct fleet *fleet = pipeline->fleet;

	keeper_forget(&pipeline->keeper);
	loop_timer_cancel(fleet->loop, &pipeline->hard_end);
	pipeline->drain = (struct ipc_drain){ 0 };
	pipeline->held = false;
	if (fleet->options.dynamic)
		fleet_settle_soon(fleet);
}

static void arm_hard_end(struct pipeline *pipeline)
{
	loop_timer_set(pipeline->fleet->loop, &pipeline->hard_end,
		pipeline->drain.deadline_ns + HARD_END_S * NS_PER_S, NULL);
}

static void order_drain(struct pipeline *pipeline)
{
	if (pipeline->held) {
		pipeline->held = false;
		pipeline_event(pipeline, drained_event(pipeline));
		return;
	}
	arm_hard_end(pipeline);
	if (pipeline->keeper.child != NULL)
		pipeline_order_drain(pipeline);
}

void pipeline_go_on(struct pipeline *pipeline)
{
	if (!pipeline->held)
		return;
	if (pipeline->config != NULL && fleet_closes(pipeline->fleet, config_pipeline(pipeline->config)))
		return;
	pipeline->held = false;
	pipeline_event(pipeline, LIFE_DUE);
}

static bool stays(const struct pipeline *pipeline)
{
	return pipeline_stays(pipeline, config_pipeline(pipeline->config));
}

/* What a worker needs before there is one. */
static int prepare(struct pipeline *pipeline, struct err *err)
{
	struct fleet *fleet = pipeline->fleet;
	int error = fleet->prepare != NULL ? fleet->prepare(fleet, pipeline, err) : 0;

	if (error == 0 && pipeline->config == NULL)
		error = err_set(err, ERR_CONFIG, "it has no configuration that can be used");
	return error;
}

/* One whose subscription is still to end waits for that. */
static int spawn(struct pipeline *pipeline, struct err *err)
{
	int error;

	keeper_forget(&pipeline->keeper);
	/* what fails before there is a process counts as a start: it must not be tried without a pause */
	backoff_started(&pipeline->keeper.backoff, clock_boottime_ns());
	/* a worker that is started while it drains gets its order with its configuration */
	if (pipeline->drain.deadline_ns != 0)
		arm_hard_end(pipeline);
	error = prepare(pipeline, err);
	if (error != 0)
		return error;
	pipeline->held = pipeline->drain.deadline_ns == 0 && !stays(pipeline) &&
		fleet_closes(pipeline->fleet, config_pipeline(pipeline->config));
	return pipeline->held ? 0 : pipeline_spawn(pipeline, err);
}

static int act(struct pipeline *pipeline, enum life_action action, struct err *err)
{
	switch (action) {
	case DO_NOTHING:
		break;
	case DO_SPAWN:
		return spawn(pipeline, err);
	case DO_STOP:
	case DO_HAND_OVER:
		order_drain(pipeline);
		break;
	case DO_WAIT:
	case DO_RESPAWN:
		start_again(pipeline);
		break;
	case DO_FORGET:
		forget(pipeline);
		break;
	case DO_KILL:
		keeper_kill(&pipeline->keeper);
		break;
	}
	return 0;
}

/* The state is told before it is acted upon: what follows may be another event. */
static void enter(struct pipeline *pipeline, enum pipeline_state state)
{
	if (state != pipeline->state)
		pipeline->since_ms = clock_wall_ms();
	pipeline->state = state;
}

/* A handover behind a stop is part of it, as for the worker (worker/drain.h). */
static void take_order(struct pipeline *pipeline)
{
	const struct ipc_drain *order = &pipeline->order;

	if (order->deadline_ns == 0)
		return;
	if (pipeline->drain.deadline_ns != 0 && pipeline->drain.mode == DRAIN_STOP && order->mode == DRAIN_HANDOVER)
		pipeline->drain.deadline_ns = order->deadline_ns;
	else
		pipeline->drain = *order;
}

static int happen(struct pipeline *pipeline, enum life_event event, struct err *err)
{
	struct life_step step = lifecycle_next(pipeline->state, event);

	enter(pipeline, step.state);
	/* a new life: no order of the old one holds */
	if (step.state == PIPELINE_STARTING && step.action == DO_SPAWN) {
		loop_timer_cancel(pipeline->fleet->loop, &pipeline->hard_end);
		pipeline->drain = (struct ipc_drain){ 0 };
		pipeline->killed = pipeline->failing = false;
	} else if (step.state == PIPELINE_DRAINING && step.action != DO_NOTHING) {
		take_order(pipeline);
	}
	pipeline->order = (struct ipc_drain){ 0 };
	return act(pipeline, step.action, err);
}

/* It has ended unasked, and its reason is noted: again, or once too often? */
static void ended_unasked(struct pipeline *pipeline)
{
	const struct restart_limit *limit = &pipeline->restarts;
	char reason[160];

	if (pipeline->state == PIPELINE_DRAINING || !restart_limit_ended(&pipeline->restarts, clock_boottime_ns())) {
		pipeline_event(pipeline, LIFE_ENDED);
		return;
	}
	snprintf(reason, sizeof(reason), "%.150s", pipeline->last_error);
	pipeline_note_error(pipeline, "restarts.limit", "%s; that is more than %u times in %lld s (limits.restarts)", reason,
		limit->max, (long long)(limit->within_ns / NS_PER_S));
	log_error("%s: %s", pipeline->label, pipeline->last_error);
	pipeline_event(pipeline, LIFE_GIVEN_UP);
}

static void failed_to_start(struct pipeline *pipeline, const char *reason)
{
	pipeline->ended_starting = false;
	pipeline_note_error(pipeline, "worker.not_started", "worker: %.240s", reason);
	ended_unasked(pipeline);
}

void pipeline_event(struct pipeline *pipeline, enum life_event event)
{
	struct err err;

	if (happen(pipeline, event, &err) != 0)
		failed_to_start(pipeline, err.message);
	fleet_pipeline_changed(pipeline->fleet, pipeline, event);
}

/* ---- what happens to its worker ---- */

void pipeline_end_now(struct pipeline *pipeline)
{
	bool runs = pipeline->keeper.child != NULL;

	pipeline->killed = true;
	if (!runs && pipeline_over(pipeline))
		return;
	enter(pipeline, PIPELINE_DRAINING);
	if (runs)
		keeper_kill(&pipeline->keeper);
	else
		pipeline_event(pipeline, drained_event(pipeline));
}

void pipeline_not_ready(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;
	int64_t now = clock_boottime_ns();

	/* we were held up ourselves, as by starting a thousand: what it has said in that time is still to be read */
	if (now - timer->due_ns > HELD_UP_NS) {
		loop_timer_set(pipeline->fleet->loop, timer, now + pipeline->ready_s * NS_PER_S, NULL);
		return;
	}
	log_error("%s: worker not ready in %lld s", pipeline->label, (long long)pipeline->ready_s);
	pipeline_event(pipeline, LIFE_TOO_LATE);
}

/* It does not answer: stopped from outside, or waiting for a disk that does not come back. */
void pipeline_not_ended(struct loop_timer *timer)
{
	struct pipeline *pipeline = timer->owner;

	log_error("%s: worker not ended %d s after the drain timeout: it is killed", pipeline->label, HARD_END_S);
	pipeline_end_now(pipeline);
}

/* An exit that nobody asked for is tried again for as long as it takes; one that says that the configuration cannot work
 * is final. A worker that dies while it drains is started again, as long as there is time for its successor to write out
 * what it has left. */
static void worker_ended(void *owner, int status, const char *reason)
{
	struct pipeline *pipeline = owner;
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CONFIG;
	bool draining = pipeline->state == PIPELINE_DRAINING;
	bool ordered = draining && (pipeline->killed || pipeline->told_drained || (refused && pipeline->wanted));

	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	iam_worker_ended(pipeline);
	pipeline->ended_starting = pipeline->state == PIPELINE_STARTING;
	if (!pipeline->told_drained)
		pipeline_recall(pipeline, pipeline->spool_fd);
	/* what was wrong when it ended is why something may be left */
	if (conditions_problem(&pipeline->conditions) != NULL) {
		char problem[256];

		pipeline_problem(pipeline, problem, sizeof(problem));
		pipeline_note_error(pipeline, "condition.false", "%s", problem);
	}
	snprintf(pipeline->last_exit, sizeof(pipeline->last_exit), "%s", ordered ? "ended as ordered" : reason);
	conditions_clear(&pipeline->conditions);
	/* ordered is not carried out: the worker may have been behind its handover's cut, or its disk full */
	if (pipeline->told_drained && pipeline->drained.mode == DRAIN_STOP)
		pipeline->stop = (struct pipeline_stop){ 0 };
	if (ordered) {
		pipeline_event(pipeline, drained_event(pipeline));
	} else if (refused) {
		pipeline_note_error(pipeline, "worker.refused", "worker refused its configuration");
		pipeline_event(pipeline, LIFE_REFUSED);
	} else {
		pipeline_note_error(pipeline, "worker.ended", "worker %.240s", reason);
		ended_unasked(pipeline);
	}
}

static void worker_failed(void *owner, const char *reason)
{
	failed_to_start(owner, reason);
}

static void worker_due(void *owner)
{
	pipeline_event(owner, LIFE_DUE);
}

const struct keeper_handler pipeline_keeper_handler = {
	.options = pipeline_worker_options,
	.configure = pipeline_configure,
	.message = pipeline_message,
	.ended = worker_ended,
	.failed = worker_failed,
	.due = worker_due,
};

/* ---- what is asked of it ---- */

int pipeline_start(struct pipeline *pipeline, struct err *err)
{
	int error;

	pipeline->wanted = true;
	restart_limit_forgive(&pipeline->restarts);
	if (pipeline->fleet->draining)
		return 0;
	pipeline->failing = false;
	error = happen(pipeline, LIFE_START, err);
	if (error != 0)
		failed_to_start(pipeline, err->message);
	fleet_pipeline_changed(pipeline->fleet, pipeline, LIFE_START);
	return error;
}

void pipeline_refuse(struct pipeline *pipeline, const char *reason)
{
	pipeline->wanted = true;
	pipeline_note_error(pipeline, "config.unusable", "%s", reason);
	enter(pipeline, PIPELINE_FAILED);
}
