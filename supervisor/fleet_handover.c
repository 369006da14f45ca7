/* The fleet on its way from one image of the supervisor to the next. */
#include <jansson.h>
#include <stdlib.h>

#include "common/config/config.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/fleet.h"
#include "supervisor/handover.h"
#include "supervisor/subscription.h"

bool fleet_settled(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (!subscription_settled(fleet->subscriptions[i]))
			return false;
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (!pipeline_settled(fleet->pipelines[i]))
			return false;
	}
	return true;
}

/* ---- giving ---- */

static void put_subscription(const struct fleet *fleet, const struct pipeline *pipeline, struct handover *handover,
	json_t *object)
{
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (fleet->subscriptions[i] == pipeline_subscription(pipeline))
			handover_put(handover, object, "subscription", json_integer((json_int_t)i));
	}
}

void fleet_hand_over(struct fleet *fleet, struct handover *handover)
{
	json_t *root = handover_root(handover);
	json_t *subscriptions = handover_put(handover, root, "subscriptions", json_array());
	json_t *pipelines = handover_put(handover, root, "pipelines", json_object());

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		json_t *object = json_object();

		subscription_hand_over(fleet->subscriptions[i], handover, object);
		handover_append(handover, subscriptions, object);
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		json_t *object = handover_put(handover, pipelines, pipeline_id(fleet->pipelines[i]), json_object());

		put_subscription(fleet, fleet->pipelines[i], handover, object);
		pipeline_hand_over(fleet->pipelines[i], handover, object);
	}
}

/* ---- taking ---- */

/* The places are those that pipelines name; one that cannot be adopted leaves a hole. */
static struct subscription **adopt_subscriptions(struct fleet *fleet, struct handover *handover, size_t *count)
{
	const json_t *list = json_object_get(handover_root(handover), "subscriptions");
	struct subscription **places;
	struct err err;

	*count = json_array_size(list);
	places = calloc(*count + 1, sizeof(*places));
	fleet->subscriptions = places != NULL ? calloc(*count + 1, sizeof(*places)) : NULL;
	if (fleet->subscriptions == NULL) {
		log_error("no memory for the subscriptions that were handed over");
		*count = 0;
		return places;
	}
	for (size_t i = 0; i < *count; i++) {
		if (subscription_adopt(&places[i], fleet, handover, json_array_get(list, i), &err) == 0)
			fleet->subscriptions[fleet->subscription_count++] = places[i];
		else
			log_error("a subscription cannot be taken over: %s", err.message);
	}
	return places;
}

static void adopt_pipeline(struct pipeline *pipeline, struct handover *handover,
	struct subscription *const *places, size_t count)
{
	const json_t *object = json_object_get(json_object_get(handover_root(handover), "pipelines"), pipeline_id(pipeline));
	const json_t *index = json_object_get(object, "subscription");
	size_t place = json_is_integer(index) ? (size_t)json_integer_value(index) : count;
	struct err err;

	if (object != NULL && pipeline_adopt(pipeline, handover, object, place < count ? places[place] : NULL, &err) != 0)
		log_error("%s: it cannot be taken over: %s", pipeline_name(pipeline), err.message);
}

/* Passwords are not handed over: first its own pipelines know them, then any that has the same analyzer. */
static void complete(const struct fleet *fleet, struct subscription *subscription, bool own)
{
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		const struct pipeline *pipeline = fleet->pipelines[i];
		const struct pipeline_config *config = pipeline_configuration(pipeline);

		if (config != NULL && (!own || pipeline_subscription(pipeline) == subscription) &&
			subscription_complete(subscription, config))
			return;
	}
}

void fleet_adopt(struct fleet *fleet, struct handover *handover)
{
	size_t count;
	struct subscription **places = adopt_subscriptions(fleet, handover, &count);

	for (size_t i = 0; i < fleet->pipeline_count; i++)
		adopt_pipeline(fleet->pipelines[i], handover, places, count);
	for (size_t i = 0; i < fleet->subscription_count; i++) {
		complete(fleet, fleet->subscriptions[i], true);
		complete(fleet, fleet->subscriptions[i], false);
	}
	free(places);
}

static bool is_known(void *owner, pid_t pid)
{
	const struct fleet *fleet = owner;
	int64_t started_ms;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		if (subscription_process(fleet->subscriptions[i]) == pid)
			return true;
	}
	for (size_t i = 0; i < fleet->pipeline_count; i++) {
		if (pipeline_worker(fleet->pipelines[i], &started_ms) == pid)
			return true;
	}
	return false;
}

void fleet_settle(struct fleet *fleet)
{
	children_take_later(fleet->loop, is_known, fleet);
	for (size_t i = 0; i < fleet->subscription_count; i++)
		subscription_settle(fleet->subscriptions[i]);
	for (size_t i = 0; i < fleet->pipeline_count; i++)
		pipeline_settle(fleet->pipelines[i]);
	fleet_settle_soon(fleet);
}
