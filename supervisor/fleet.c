#include "supervisor/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/log_print.h"
#include "supervisor/pipeline.h"
#include "supervisor/subscription.h"

/* Of the drain timeout: what a subscriber may take to close before it is killed. Its published flows are in the ring. */
enum { CLOSE_S = 3 };

static void sweep(struct loop_timer *timer);

int fleet_init(struct fleet *fleet, struct loop *loop, const struct memory *memory, const struct fleet_options *options,
	struct err *err)
{
	int error;

	*fleet = (struct fleet){ .loop = loop, .memory = memory, .options = *options };
	fleet->sweep = (struct loop_timer){ .fire = sweep, .owner = fleet };
	error = child_find_program("sluice-subscriber", fleet->subscriber_program, sizeof(fleet->subscriber_program), err);
	if (error == 0)
		error = child_find_program("sluice-worker", fleet->worker_program, sizeof(fleet->worker_program), err);
	if (error == 0)
		log_print_fleet(fleet);
	return error;
}

void fleet_fini(struct fleet *fleet)
{
	fleet->draining = true;               /* nothing is begun any more */
	log_print_fleet(NULL);
	loop_timer_cancel(fleet->loop, &fleet->sweep);
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_free(&fleet->pipelines[i]);
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_free(&fleet->subscriptions[i]);
	free(fleet->pipelines);
	free(fleet->subscriptions);
}

/* ---- pipelines ---- */

static int grow(void *array, size_t count, struct err *err)
{
	void **old = *(void ***)array;
	void **larger = realloc(old, (count + 1) * sizeof(*larger));

	if (larger == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for another pipeline");
	*(void ***)array = larger;
	return 0;
}

int fleet_add(struct fleet *fleet, const struct pipeline_identity *identity, struct pipeline **pipeline, struct err *err)
{
	int error = grow(&fleet->pipelines, fleet->pipeline_count, err);

	if (error == 0)
		error = pipeline_new(pipeline, fleet, identity, err);
	if (error == 0)
		fleet->pipelines[fleet->pipeline_count++] = *pipeline;
	return error;
}

void fleet_remove(struct fleet *fleet, struct pipeline **pipeline)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (fleet->pipelines[i] != *pipeline)
			continue;
		fleet->pipelines[i] = fleet->pipelines[--fleet->pipeline_count];
		break;
	}
	pipeline_free(pipeline);
}

int fleet_start(struct fleet *fleet, struct err *err)
{
	int error = 0;

	fleet->began_ms = clock_wall_ms();
	for (size_t i = 0; i < fleet->pipeline_count && error == 0; i++)
		error = pipeline_start(fleet->pipelines[i], err);
	return error;
}

void fleet_set_log_level(struct fleet *fleet, const char *level)
{
	fleet->options.log_level = level;
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_tell_log_level(fleet->pipelines[i]);
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_tell_log_level(fleet->subscriptions[i]);
}

/* A pipeline sees what is published behind its first position: a flow that came earlier would be in nobody's account. */
static bool anyone_starts(const struct fleet *fleet, const struct subscription *subscription)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		const struct pipeline *pipeline = fleet->pipelines[i];

		if (pipeline_subscription(pipeline) == subscription && pipeline_state(pipeline) == PIPELINE_STARTING)
			return true;
	}
	return false;
}

void fleet_pipeline_changed(struct fleet *fleet, struct pipeline *pipeline, enum life_event event)
{
	for (size_t i = 0; i < fleet->subscription_count && !fleet->draining; i++) {
		struct subscription *subscription = fleet->subscriptions[i];

		if (!subscription_started(subscription) && !anyone_starts(fleet, subscription))
			subscription_start(subscription);
	}
	if (fleet->pipeline_changed != NULL)
		fleet->pipeline_changed(fleet, pipeline, event);
	if (fleet->changed != NULL)
		fleet->changed(fleet);
}

/* ---- subscriptions ---- */

/* The lowest that none of them has. */
static unsigned free_number(const struct fleet *fleet)
{
	unsigned number = 1;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (subscription_number(fleet->subscriptions[i]) != number)
			continue;
		number++;
		i = (size_t)-1;
	}
	return number;
}

static void give_host_id(const struct fleet *fleet, struct subscription *subscription)
{
	unsigned number = subscription_number(subscription);
	char id[256];

	if (number == 1)
		snprintf(id, sizeof(id), "%s", fleet->options.host_id);
	else
		snprintf(id, sizeof(id), "%.200s-%u", fleet->options.host_id, number);
	subscription_set_host_id(subscription, id, fleet->options.host_id_field);
}

/* One whose epoch has still no end has its key for itself, also while it closes. */
static unsigned free_suffix(const struct fleet *fleet, const struct pipeline_config *config)
{
	unsigned suffix = 1;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (subscription_twin(fleet->subscriptions[i], config) != suffix)
			continue;
		suffix++;
		i = (size_t)-1;
	}
	return suffix;
}

static int make_subscription(struct fleet *fleet, const struct pipeline_config *config, struct subscription **made,
	struct err *err)
{
	int error = grow(&fleet->subscriptions, fleet->subscription_count, err);

	if (error == 0)
		error = subscription_new(made, fleet, config, free_suffix(fleet, config), free_number(fleet), err);
	if (error == 0)
		error = subscription_open(*made, err);
	if (error != 0) {
		subscription_free(made);
		return error;
	}
	give_host_id(fleet, *made);
	fleet->subscriptions[fleet->subscription_count++] = *made;
	return 0;
}

int fleet_join(struct fleet *fleet, const struct pipeline_config *config, struct subscription **joined, struct err *err)
{
	int error = 0;

	*joined = NULL;
	if (fleet->draining)
		return err_set(err, ERR_CLOSED, "the supervisor ends: nothing is subscribed to any more");
	for (size_t i = 0; i < fleet->subscription_count && *joined == NULL; i++) {
		if (subscription_fits(fleet->subscriptions[i], config))
			*joined = fleet->subscriptions[i];
	}
	if (*joined == NULL)
		error = make_subscription(fleet, config, joined, err);
	return error == 0 ? subscription_join(*joined, config, err) : error;
}

void fleet_leave(struct fleet *fleet, struct subscription *subscription, const char *capture)
{
	if (subscription_leave(subscription, capture) > 0 || !fleet->options.dynamic || fleet->draining)
		return;
	subscription_shutdown(subscription, CLOSE_S * NS_PER_S);
	fleet_settle_soon(fleet);
}

void fleet_settle_soon(struct fleet *fleet)
{
	loop_timer_set(fleet->loop, &fleet->sweep, clock_boottime_ns(), NULL);
}

bool fleet_closes(const struct fleet *fleet, const struct pipeline_config *config)
{
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (subscription_closes(fleet->subscriptions[i], config))
			return true;
	}
	return false;
}

/* Not from inside a call of theirs: whoever failed may have been started again by then, with other settings. */
static void sweep(struct loop_timer *timer)
{
	struct fleet *fleet = timer->owner;

	for (size_t i = 0; i < fleet->pipeline_count && fleet->options.dynamic && !fleet->draining; i++) {
		if (pipeline_over(fleet->pipelines[i]))
			pipeline_leave_subscription(fleet->pipelines[i]);
	}
	for (size_t i = fleet->subscription_count; i-- > 0;) {
		struct subscription *subscription = fleet->subscriptions[i];

		if (!subscription_over(subscription) || subscription_readers(subscription) > 0)
			continue;
		fleet->subscriptions[i] = fleet->subscriptions[--fleet->subscription_count];
		subscription_free(&subscription);
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_go_on(fleet->pipelines[i]);
}

void fleet_pipeline_told(struct fleet *fleet, struct pipeline *pipeline, const struct condition *condition)
{
	if (fleet->condition != NULL)
		fleet->condition(fleet, pipeline, condition);
}

void fleet_subscription_told(struct fleet *fleet, const struct subscription *subscription)
{
	const struct condition *told = subscription_told(subscription);

	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (pipeline_subscription(fleet->pipelines[i]) != subscription)
			continue;
		pipeline_judge(fleet->pipelines[i]);
		if (told != NULL)
			fleet_pipeline_told(fleet, fleet->pipelines[i], told);
	}
}

void fleet_check_others(struct fleet *fleet, const struct subscription *subscription)
{
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		struct subscription *other = fleet->subscriptions[i];

		if (other != subscription && strcmp(subscription_url(other), subscription_url(subscription)) == 0)
			subscription_check(other);
	}
}

/* ---- ending ---- */

static bool all_subscriptions_over(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (!subscription_over(fleet->subscriptions[i]))
			return false;
	}
	return true;
}

/* The ring's end is final now: what stands before its head is all that the pipelines still owe an account of. */
static void drain_pipelines(struct fleet *fleet)
{
	fleet->closed = true;
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		const struct subscription *subscription = pipeline_subscription(fleet->pipelines[i]);

		/* one that could not start yet has nothing to hand over */
		if (subscription != NULL)
			pipeline_drain(fleet->pipelines[i], subscription_epoch(subscription), subscription_head(subscription),
				fleet->drain_deadline_ns);
		else
			pipeline_kill(fleet->pipelines[i]);   /* it waits for a start, and there is nothing to read */
	}
	fleet->changed(fleet);
}

void fleet_subscription_ended(struct fleet *fleet)
{
	if (fleet->draining && !fleet->closed && all_subscriptions_over(fleet))
		drain_pipelines(fleet);
	else if (fleet->options.dynamic && !fleet->draining)
		fleet_settle_soon(fleet);
}

void fleet_subscription_failed(struct fleet *fleet, struct subscription *subscription, const char *reason)
{
	int64_t deadline_ns = clock_boottime_ns() + fleet->options.drain_timeout_ns;

	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (pipeline_subscription(fleet->pipelines[i]) == subscription)
			pipeline_fail(fleet->pipelines[i], reason, deadline_ns);
	}
	fleet_subscription_ended(fleet);
}

void fleet_drain(struct fleet *fleet)
{
	int64_t now = clock_boottime_ns();
	int64_t wait = fleet->options.drain_timeout_ns < CLOSE_S * NS_PER_S ? fleet->options.drain_timeout_ns
									     : CLOSE_S * NS_PER_S;

	fleet->draining = true;
	fleet->drained_ms = clock_wall_ms();
	fleet->drain_deadline_ns = now + fleet->options.drain_timeout_ns;
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_shutdown(fleet->subscriptions[i], wait);
	fleet_subscription_ended(fleet);
}

void fleet_kill(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_kill(fleet->subscriptions[i]);
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_kill(fleet->pipelines[i]);
	fleet->changed(fleet);
}

bool fleet_ended(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (!pipeline_over(fleet->pipelines[i]))
			return false;
	}
	return all_subscriptions_over(fleet);
}

size_t fleet_failed(const struct fleet *fleet)
{
	size_t failed = 0;

	for (size_t i = 0; i < fleet->pipeline_count; i++)
		failed += pipeline_state(fleet->pipelines[i]) == PIPELINE_FAILED;
	return failed;
}
