#include <jansson.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "supervisor/subscription_private.h"

bool subscription_fits(const struct subscription *subscription, const struct pipeline_config *config)
{
	return !subscription->closing && !subscription->over && !subscription->incomplete &&
		destination_fits(&subscription->destination, config);
}

bool subscription_closes(const struct subscription *subscription, const struct pipeline_config *config)
{
	return subscription->closing && !subscription->over && destination_fits(&subscription->destination, config);
}

bool subscription_serves(const struct subscription *subscription, const struct pipeline_config *config)
{
	return !subscription->failed && !subscription->incomplete && destination_fits(&subscription->destination, config);
}

unsigned subscription_twin(const struct subscription *subscription, const struct pipeline_config *config)
{
	return !subscription->over && destination_twin(&subscription->destination, config) ? subscription->suffix : 0;
}

bool subscription_started(const struct subscription *subscription)
{
	return subscription->started;
}

size_t subscription_readers(const struct subscription *subscription)
{
	return subscription->readers;
}

unsigned subscription_number(const struct subscription *subscription)
{
	return subscription->number;
}

bool subscription_over(const struct subscription *subscription)
{
	return subscription->over;
}

int subscription_ring_fd(const struct subscription *subscription)
{
	return subscription->read_fd;
}

int subscription_wake_fd(const struct subscription *subscription)
{
	return subscription->wake_fd;
}

const char *subscription_key(const struct subscription *subscription)
{
	return subscription->key;
}

const char *subscription_url(const struct subscription *subscription)
{
	return subscription->destination.url;
}

uint64_t subscription_epoch(const struct subscription *subscription)
{
	return subscription->epoch.epoch;
}

uint64_t subscription_head(const struct subscription *subscription)
{
	return subscription->ring ? ring_head_sequence(subscription->ring) : 0;
}

void subscription_counters(const struct subscription *subscription, struct ring_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	if (subscription->ring != NULL)
		ring_read_counters(subscription->ring, counters);
	counters->gap_ms += subscription->absent_ms;
	/* one that was killed could not say that its connection is gone */
	if (subscription->keeper.child == NULL)
		counters->connected = 0;
}

void subscription_sample(struct subscription *subscription, int64_t now_ns)
{
	struct subscription_samples *samples = &subscription->samples;
	struct ring_position head = { 0 };
	struct ring_counters counters;

	subscription_counters(subscription, &counters);
	if (subscription->ring != NULL)
		ring_head(subscription->ring, &head);
	samples->items[samples->count++ % SUBSCRIPTION_SAMPLES] = (struct subscription_sample){ now_ns, counters.messages,
		counters.flows, head.offset };
}

const struct subscription_sample *subscription_sample_back(const struct subscription *subscription, unsigned back)
{
	const struct subscription_samples *samples = &subscription->samples;

	return back < samples->count && back < SUBSCRIPTION_SAMPLES
		? &samples->items[(samples->count - 1 - back) % SUBSCRIPTION_SAMPLES] : NULL;
}

uint64_t subscription_sample_count(const struct subscription *subscription)
{
	return subscription->samples.count;
}

size_t subscription_ring_size(const struct subscription *subscription)
{
	return subscription->ring != NULL ? ring_size(subscription->ring) : 0;
}

const char *subscription_host_id(const struct subscription *subscription)
{
	return subscription->host_id;
}

const struct gap_list *subscription_gaps(const struct subscription *subscription)
{
	return &subscription->gaps;
}

const struct condition *subscription_problem(const struct subscription *subscription)
{
	return conditions_problem(&subscription->conditions);
}

const struct condition *subscription_told(const struct subscription *subscription)
{
	return subscription->conditions.count > 0 ? &subscription->conditions.items[0] : NULL;
}

int64_t subscription_next_start(const struct subscription *subscription, unsigned *tries)
{
	const struct keeper *keeper = &subscription->keeper;

	*tries = keeper->backoff.tries;
	return keeper->child == NULL && subscription->started && !subscription->closing && !subscription->over
		? keeper->restart.due_ns : 0;
}

json_t *subscription_namespaces(const struct subscription *subscription)
{
	return subscription->subscribed != NULL ? json_copy(subscription->subscribed) : json_array();
}

const char *subscription_state(const struct subscription *subscription)
{
	struct ring_counters counters;

	if (subscription->failed)
		return "failed";
	if (subscription->over || subscription->closing)
		return subscription->over ? "closed" : "closing";
	if (!subscription->started)
		return "waiting";
	subscription_counters(subscription, &counters);
	return counters.connected ? "connected" : "connecting";
}

pid_t subscription_process(const struct subscription *subscription)
{
	return subscription->keeper.child != NULL ? child_pid(subscription->keeper.child) : 0;
}

void subscription_usage(const struct subscription *subscription, struct rusage *usage, unsigned *restarts)
{
	*usage = subscription->keeper.usage;
	*restarts = subscription->keeper.restarts;
}
