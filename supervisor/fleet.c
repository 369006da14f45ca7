#include "supervisor/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/log.h"
#include "common/random.h"
#include "supervisor/child.h"
#include "supervisor/pipeline.h"
#include "supervisor/subscription.h"

/* Of the drain timeout: what a subscriber may take to close before it is killed. Its published flows are in the ring. */
enum { CLOSE_S = 3 };

static void close_deadline(struct loop_timer *timer);

int fleet_init(struct fleet *fleet, struct loop *loop, const struct memory *memory, const struct fleet_options *options,
	struct err *err)
{
	int error;

	*fleet = (struct fleet){ .loop = loop, .memory = memory, .options = *options };
	fleet->deadline = (struct loop_timer){ .fire = close_deadline, .owner = fleet };
	error = child_find_program("sluice-subscriber", fleet->subscriber_program, sizeof(fleet->subscriber_program), err);
	if (error == 0)
		error = child_find_program("sluice-worker", fleet->worker_program, sizeof(fleet->worker_program), err);
	return error;
}

void fleet_fini(struct fleet *fleet)
{
	loop_timer_cancel(fleet->loop, &fleet->deadline);
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_free(&fleet->pipelines[i]);
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_free(&fleet->subscriptions[i]);
	free(fleet->pipelines);
	free(fleet->subscriptions);
}

/* ---- making ---- */

static int grow(void *array, size_t count, struct err *err)
{
	void **old = *(void ***)array;
	void **larger = realloc(old, (count + 1) * sizeof(*larger));

	if (larger == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for another pipeline");
	*(void ***)array = larger;
	return 0;
}

static int find_subscription(struct fleet *fleet, const struct pipeline_config *config, struct subscription **found,
	struct err *err)
{
	unsigned twins = 0;
	int error;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		*found = fleet->subscriptions[i];
		if (subscription_fits(*found, config))
			return 0;
		twins += subscription_twin(*found, config);
	}
	error = grow(&fleet->subscriptions, fleet->subscription_count, err);
	if (error == 0)
		error = subscription_new(found, fleet, config, twins, err);
	if (error == 0)
		fleet->subscriptions[fleet->subscription_count++] = *found;
	return error;
}

int fleet_add(struct fleet *fleet, const char *name, const char *id, const struct config *config, struct err *err)
{
	const struct pipeline_config *pipeline_config = config_pipeline(config);
	struct subscription *subscription = NULL;
	int error = find_subscription(fleet, pipeline_config, &subscription, err);

	if (error == 0)
		error = grow(&fleet->pipelines, fleet->pipeline_count, err);
	if (error == 0)
		error = pipeline_new(&fleet->pipelines[fleet->pipeline_count], fleet, name, id, config, subscription, err);
	if (error != 0)
		return error;
	fleet->pipeline_count++;
	subscription_join(subscription, pipeline_config);
	if (fleet->pipeline_count == 1)
		subscription_set_host_id(subscription, pipeline_config->host_id, "host_id");
	return 0;
}

/* One file alone shows its own host_id; otherwise the id is the supervisor's, made unique among our own connections. */
static void give_host_ids(struct fleet *fleet)
{
	const char *given = fleet->options.host_id;
	char base[200], id[256];

	if (given == NULL && fleet->pipeline_count == 1)
		return;
	snprintf(base, sizeof(base), "sluice-%08x", (unsigned)(random_u64() >> 32));
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (i == 0)
			snprintf(id, sizeof(id), "%s", given ? given : base);
		else
			snprintf(id, sizeof(id), "%s-%zu", given ? given : base, i + 1);
		subscription_set_host_id(fleet->subscriptions[i], id, "--host-id");
	}
}

int fleet_start(struct fleet *fleet, struct err *err)
{
	int error = 0;

	fleet->began_ms = clock_wall_ms();
	give_host_ids(fleet);
	for (size_t i = 0; i < fleet->subscription_count && error == 0; i++)
		error = subscription_open(fleet->subscriptions[i], err);
	for (size_t i = 0; i < fleet->pipeline_count && error == 0; i++)
		error = pipeline_start(fleet->pipelines[i], err);
	return error;
}

/* A pipeline sees what is published behind its first position: a flow that came earlier would be in nobody's account. */
void fleet_pipeline_settled(struct fleet *fleet, struct subscription *subscription)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		const struct pipeline *pipeline = fleet->pipelines[i];

		if (pipeline_subscription(pipeline) == subscription && pipeline_state(pipeline) == PIPELINE_STARTING)
			return;
	}
	subscription_start(subscription);
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

		pipeline_drain(fleet->pipelines[i], subscription_epoch(subscription), subscription_head(subscription),
			fleet->drain_deadline_ns);
	}
	fleet->changed(fleet);
}

void fleet_subscription_ended(struct fleet *fleet)
{
	if (fleet->draining && !fleet->closed && all_subscriptions_over(fleet))
		drain_pipelines(fleet);
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

static void close_deadline(struct loop_timer *timer)
{
	struct fleet *fleet = timer->owner;

	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_kill(fleet->subscriptions[i]);
}

void fleet_drain(struct fleet *fleet)
{
	int64_t now = clock_boottime_ns();
	int64_t wait = fleet->options.drain_timeout_ns < CLOSE_S * NS_PER_S ? fleet->options.drain_timeout_ns
									     : CLOSE_S * NS_PER_S;

	fleet->draining = true;
	fleet->drained_ms = clock_wall_ms();
	fleet->drain_deadline_ns = now + fleet->options.drain_timeout_ns;
	loop_timer_set(fleet->loop, &fleet->deadline, now + wait, NULL);
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_shutdown(fleet->subscriptions[i]);
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
