#include <string.h>

#include "common/config/pipeline_config.h"
#include "supervisor/subscription_private.h"

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
	return subscription->config->subscriber.url;
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
}

const struct gap_list *subscription_gaps(const struct subscription *subscription)
{
	return &subscription->gaps;
}

const struct condition *subscription_problem(const struct subscription *subscription)
{
	return conditions_problem(&subscription->conditions);
}

void subscription_usage(const struct subscription *subscription, struct rusage *usage, unsigned *restarts)
{
	*usage = subscription->keeper.usage;
	*restarts = subscription->keeper.restarts;
}
