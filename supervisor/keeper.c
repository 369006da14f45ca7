#include "supervisor/keeper.h"

#include <signal.h>
#include <stdio.h>

#include "common/clock.h"
#include "supervisor/handover.h"
#include "supervisor/usage.h"

static void child_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct keeper *keeper = owner;

	keeper->handler->message(keeper->owner, type, id, payload, length);
}

static void child_ended(void *owner, int status, const struct rusage *usage)
{
	struct keeper *keeper = owner;
	char text[96], reason[128];

	usage_add(&keeper->usage, usage);
	child_free(&keeper->child);
	child_describe_end(status, text, sizeof(text));
	snprintf(reason, sizeof(reason), "ended unasked (%s)", text);
	keeper->handler->ended(keeper->owner, status, reason);
}

static void restart_due(struct loop_timer *timer)
{
	struct keeper *keeper = timer->owner;
	struct err err;

	if (keeper->handler->due != NULL)
		keeper->handler->due(keeper->owner);
	else if (keeper_start(keeper, &err) != 0)
		keeper->handler->failed(keeper->owner, err.message);
}

void keeper_init(struct keeper *keeper, struct loop *loop, const struct keeper_handler *handler, void *owner)
{
	*keeper = (struct keeper){ .loop = loop, .handler = handler, .owner = owner };
	keeper->restart = (struct loop_timer){ .fire = restart_due, .owner = keeper };
}

void keeper_fini(struct keeper *keeper)
{
	keeper_forget(keeper);
	child_free(&keeper->child);
}

static void make_options(struct keeper *keeper, struct child_options *options)
{
	*options = (struct child_options){ .program = NULL };
	for (int i = 0; i < FD_CHILD_END; i++)
		options->fds[i] = -1;
	keeper->handler->options(keeper->owner, options);
	options->loop = keeper->loop;
	options->message = child_message;
	options->ended = child_ended;
	options->owner = keeper;
}

int keeper_start(struct keeper *keeper, struct err *err)
{
	struct child_options options;
	int error;

	make_options(keeper, &options);
	/* a start that fails counts as one: what cannot be started must not be tried without a pause */
	backoff_started(&keeper->backoff, clock_boottime_ns());
	error = child_spawn(&keeper->child, &options, err);
	if (error == 0)
		error = keeper->handler->configure(keeper->owner, keeper->child, err);
	/* one that has ended before it was told anything was started all the same: its end is told as any other */
	if (error == ERR_CLOSED && keeper->child != NULL)
		return 0;
	if (error != 0)
		child_free(&keeper->child);
	return error;
}

int64_t keeper_again(struct keeper *keeper, int64_t most_ns)
{
	int64_t now = clock_boottime_ns();
	int64_t delay = backoff_delay(&keeper->backoff, now);

	if (delay > most_ns)
		delay = most_ns;
	keeper->restarts++;
	loop_timer_set(keeper->loop, &keeper->restart, now + delay, NULL);
	return delay;
}

void keeper_at(struct keeper *keeper, int64_t at_ns)
{
	loop_timer_set(keeper->loop, &keeper->restart, at_ns, NULL);
}

void keeper_forget(struct keeper *keeper)
{
	loop_timer_cancel(keeper->loop, &keeper->restart);
}

void keeper_kill(struct keeper *keeper)
{
	if (keeper->child != NULL)
		child_kill(keeper->child, SIGKILL);
}

/* ---- to the next image of this process ---- */

static const struct handover_field fields[] = {
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, backoff.tries),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, backoff.started_ns),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, usage.ru_utime.tv_sec),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, usage.ru_utime.tv_usec),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, usage.ru_stime.tv_sec),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, usage.ru_stime.tv_usec),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, usage.ru_maxrss),
	HANDOVER_ROW(struct keeper, HANDOVER_NUMBER, restarts),
	{ 0 },
};

bool keeper_settled(const struct keeper *keeper)
{
	return keeper->child == NULL || child_settled(keeper->child);
}

void keeper_hand_over(struct keeper *keeper, struct handover *handover, json_t *object)
{
	handover_put_fields(handover, object, fields, keeper);
	handover_put_timer(handover, object, "restart", &keeper->restart);
	if (keeper->child != NULL)
		child_hand_over(keeper->child, handover, handover_put(handover, object, "child", json_object()));
}

int keeper_adopt(struct keeper *keeper, struct handover *handover, const json_t *object, struct err *err)
{
	const json_t *child = json_object_get(object, "child");
	struct child_options options;

	handover_take_fields(object, fields, keeper);
	handover_take_timer(object, "restart", keeper->loop, &keeper->restart);
	if (child == NULL)
		return 0;
	make_options(keeper, &options);
	return child_adopt(&keeper->child, &options, handover, child, err);
}
