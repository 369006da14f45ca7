/* A subscription's epochs in the store, and the gaps before, between and behind them. */
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/memory.h"
#include "supervisor/subscription_private.h"

enum {
	PAUSE_MS = 250,               /* between two connections with one X-Host-ID: the analyzer forgets slowly */
	NOTE_S = 5,
};

void subscription_note_gap(struct subscription *subscription, const struct ring_gap *gap)
{
	const struct memory *memory = subscription->fleet->memory;

	gap_list_add(&subscription->gaps, gap);
	if (memory->gap != NULL)
		memory->gap(memory->owner, subscription->key, gap);
}

/* A subscriber that did not close the epoch was killed, and none comes that could publish the gap behind it. */
static void note_last_gap(struct subscription *subscription)
{
	struct ring_gap gap = { .to_ms = clock_wall_ms(), .reason = GAP_SUBSCRIBER };
	struct ring_counters counters;
	uint64_t last_ns;

	if (!subscription->started || ring_closed(subscription->ring))
		return;
	subscription_counters(subscription, &counters);
	last_ns = counters.last_message_ns != 0 ? counters.last_message_ns : counters.started_ns;
	if (last_ns == 0)
		return;
	gap.from_ms = gap.to_ms - (clock_boottime_ns() - (int64_t)last_ns) / NS_PER_MS;
	subscription_note_gap(subscription, &gap);
}

/* What is known of the epoch's end goes into the store before anything relies on it. */
void subscription_end_epoch(struct subscription *subscription)
{
	const struct memory *memory = subscription->fleet->memory;
	struct err err;

	note_last_gap(subscription);
	subscription->over = true;
	subscription->epoch.last_sequence = subscription_head(subscription);
	subscription->epoch.last_wall_ms = clock_wall_ms();
	if (memory->epoch_end(memory->owner, subscription->key, &subscription->epoch, &err) != 0)
		log_error("%s", err.message);
}

static int note_later(struct subscription *subscription, struct err *err)
{
	return loop_timer_set(subscription->fleet->loop, &subscription->noting, clock_boottime_ns() + NOTE_S * NS_PER_S, err);
}

/* Should the supervisor be killed, the gap behind it begins here. */
void subscription_note_epoch(struct loop_timer *timer)
{
	struct subscription *subscription = timer->owner;
	const struct memory *memory = subscription->fleet->memory;
	struct err err;

	if (subscription->over)
		return;
	subscription->epoch.last_wall_ms = clock_wall_ms();
	if (memory->epoch_end(memory->owner, subscription->key, &subscription->epoch, &err) != 0)
		log_warn("%s", err.message);
	note_later(subscription, NULL);
}

/* The analyzer clears up behind a connection after a while, and would take what the next one has asked for by then. */
static void pause_behind_last(struct subscription *subscription)
{
	const struct memory *memory = subscription->fleet->memory;
	const struct ipc_epoch *epochs;
	int64_t ago_ms;
	size_t count;

	if (memory->epochs(memory->owner, subscription->key, &epochs, &count, NULL) != 0 || count == 0)
		return;
	ago_ms = clock_wall_ms() - epochs[count - 1].last_wall_ms;
	if (ago_ms >= 0 && ago_ms < PAUSE_MS)
		subscription->not_before_ns = clock_boottime_ns() + (PAUSE_MS - ago_ms) * NS_PER_MS;
}

/* In order or not, the last supervisor has ended, and its pipelines were meant to go on. */
static void note_absence(struct subscription *subscription)
{
	const struct memory *memory = subscription->fleet->memory;
	struct ring_gap gap = { .to_ms = clock_wall_ms(), .reason = GAP_SUPERVISOR };
	const struct ipc_epoch *epochs;
	size_t count;

	if (!subscription->fleet->resuming ||
		memory->epochs(memory->owner, subscription->key, &epochs, &count, NULL) != 0 || count == 0)
		return;
	gap.from_ms = epochs[count - 1].last_wall_ms;
	if (gap.from_ms >= gap.to_ms)
		return;
	subscription->absent_ms += (uint64_t)(gap.to_ms - gap.from_ms);
	subscription_note_gap(subscription, &gap);
}

int subscription_enter_epoch(struct subscription *subscription, struct err *err)
{
	int error;

	pause_behind_last(subscription);
	note_absence(subscription);
	subscription->epoch.last_sequence = UINT64_MAX;
	subscription->epoch.first_wall_ms = subscription->epoch.last_wall_ms = clock_wall_ms();
	clock_boot_id(subscription->epoch.boot_id);
	error = subscription->fleet->memory->epoch_add(subscription->fleet->memory->owner, subscription->key,
		&subscription->epoch, err);
	return error == 0 ? note_later(subscription, err) : error;
}
