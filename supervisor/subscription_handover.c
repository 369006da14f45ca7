/* A subscription on its way from one image of the supervisor to the next. Ring and epoch stay, and so does the connection. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/handover.h"
#include "supervisor/subscription_private.h"

#define TEXT(member) HANDOVER_ROW(struct subscription, HANDOVER_TEXT, member)
#define NUMBER(member) HANDOVER_ROW(struct subscription, HANDOVER_NUMBER, member)
#define FLAG(member) HANDOVER_ROW(struct subscription, HANDOVER_BOOL, member)

enum { BOOT_ID_HALF = 8, CLOSE_S = 3 };

static const struct handover_field fields[] = {
	TEXT(key), TEXT(host_id), TEXT(host_id_field),
	NUMBER(epoch.epoch), NUMBER(epoch.first_sequence), NUMBER(epoch.last_sequence), NUMBER(epoch.first_wall_ms),
	NUMBER(epoch.last_wall_ms),
	{ "epoch.boot_id_0", HANDOVER_NUMBER, offsetof(struct subscription, epoch.boot_id), BOOT_ID_HALF },
	{ "epoch.boot_id_1", HANDOVER_NUMBER, offsetof(struct subscription, epoch.boot_id) + BOOT_ID_HALF, BOOT_ID_HALF },
	NUMBER(absent_ms), NUMBER(not_before_ns), NUMBER(number), NUMBER(suffix),
	FLAG(started), FLAG(closing), FLAG(over), FLAG(failed),
	{ 0 },
};

static const struct handover_field sample_fields[] = {
	HANDOVER_ROW(struct subscription_sample, HANDOVER_NUMBER, at_ns),
	HANDOVER_ROW(struct subscription_sample, HANDOVER_NUMBER, messages),
	HANDOVER_ROW(struct subscription_sample, HANDOVER_NUMBER, flows),
	HANDOVER_ROW(struct subscription_sample, HANDOVER_NUMBER, ring_bytes),
	{ 0 },
};

static void hand_over_samples(const struct subscription_samples *samples, struct handover *handover, json_t *object)
{
	size_t kept = samples->count < SUBSCRIPTION_SAMPLES ? (size_t)samples->count : SUBSCRIPTION_SAMPLES;

	handover_put(handover, object, "sample_count", json_integer((json_int_t)samples->count));
	/* their places stay */
	handover_put_list(handover, object, "samples", sample_fields, samples->items, kept, sizeof(*samples->items));
}

static void adopt_samples(struct subscription_samples *samples, const json_t *object)
{
	size_t kept = handover_take_list(object, "samples", sample_fields, samples->items, SUBSCRIPTION_SAMPLES,
		sizeof(*samples->items));

	samples->count = kept < SUBSCRIPTION_SAMPLES ? kept
		: (uint64_t)json_integer_value(json_object_get(object, "sample_count"));
}

bool subscription_settled(const struct subscription *subscription)
{
	return keeper_settled(&subscription->keeper);
}

void subscription_hand_over(struct subscription *subscription, struct handover *handover, json_t *object)
{
	destination_hand_over(&subscription->destination, handover,
		handover_put(handover, object, "destination", json_object()));
	handover_put_fields(handover, object, fields, subscription);
	if (subscription->subscribed != NULL)
		handover_put(handover, object, "subscribed", json_copy(subscription->subscribed));
	handover_put_fd(handover, object, "ring", subscription->ring_fd);
	handover_put_fd(handover, object, "read", subscription->read_fd);
	handover_put_fd(handover, object, "wake", subscription->wake_fd);
	handover_put_timer(handover, object, "noting", &subscription->noting);
	handover_put_timer(handover, object, "close_deadline", &subscription->close_deadline);
	handover_put_timer(handover, object, "start_deadline", &subscription->start_deadline);
	conditions_hand_over(&subscription->conditions, handover, object);
	gap_list_hand_over(&subscription->gaps, handover, object);
	hand_over_samples(&subscription->samples, handover, object);
	keeper_hand_over(&subscription->keeper, handover, handover_put(handover, object, "keeper", json_object()));
}

static int adopt_ring(struct subscription *subscription, struct handover *handover, const json_t *object, struct err *err)
{
	subscription->ring_fd = handover_take_fd(handover, object, "ring");
	subscription->read_fd = handover_take_fd(handover, object, "read");
	subscription->wake_fd = handover_take_fd(handover, object, "wake");
	if (subscription->ring_fd < 0 || subscription->read_fd < 0 || subscription->wake_fd < 0)
		return err_set(err, ERR_CORRUPT, "a subscription was handed over without its ring");
	return ring_reader_open(&subscription->ring, subscription->read_fd, err);
}

static void adopt_rest(struct subscription *subscription, struct handover *handover, const json_t *object)
{
	struct loop *loop = subscription->fleet->loop;
	struct err err;

	handover_take_fields(object, fields, subscription);
	subscription->subscribed = json_deep_copy(json_object_get(object, "subscribed"));
	subscription->incomplete = true;
	conditions_adopt(&subscription->conditions, object);
	gap_list_adopt(&subscription->gaps, object);
	adopt_samples(&subscription->samples, object);
	handover_take_timer(object, "noting", loop, &subscription->noting);
	handover_take_timer(object, "close_deadline", loop, &subscription->close_deadline);
	handover_take_timer(object, "start_deadline", loop, &subscription->start_deadline);
	if (keeper_adopt(&subscription->keeper, handover, json_object_get(object, "keeper"), &err) == 0)
		return;
	log_error("subscriber of %s: %s", subscription->destination.url, err.message);
	keeper_again(&subscription->keeper, INT64_MAX);
}

int subscription_adopt(struct subscription **out, struct fleet *fleet, struct handover *handover, const json_t *object,
	struct err *err)
{
	struct subscription *subscription = *out = subscription_make(fleet);
	int error;

	if (subscription == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a subscription");
	error = destination_adopt(&subscription->destination, json_object_get(object, "destination"), err);
	if (error == 0)
		error = adopt_ring(subscription, handover, object, err);
	if (error == 0)
		adopt_rest(subscription, handover, object);
	else
		subscription_free(out);
	return error;
}

bool subscription_complete(struct subscription *subscription, const struct pipeline_config *config)
{
	if (subscription->incomplete && destination_twin(&subscription->destination, config))
		subscription->incomplete = destination_complete(&subscription->destination, config, NULL) != 0;
	return !subscription->incomplete;
}

void subscription_settle(struct subscription *subscription)
{
	bool lost = subscription->keeper.child == NULL;

	/* its subscriber ended in between, and nothing else ends its epoch */
	if (subscription->closing && !subscription->over && lost)
		subscription_shutdown(subscription, 0);
	if (subscription->readers == 0 && !subscription->closing && !subscription->over)
		subscription_shutdown(subscription, CLOSE_S * NS_PER_S);
}
