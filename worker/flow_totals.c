#include "worker/flow_totals.h"

#include <stdlib.h>
#include <string.h>

#include "worker/batch.h"
#include "worker/flow_expiry.h"
#include "worker/state.h"

enum { FLOWS_MAX = 1 << 20, COUNTERS = 4 };   /* 72 MB, if that many are reported within 10 minutes */

/* Packets and bytes of both directions; unsigned, because what an analyzer sends may overflow. */
struct counters {
	uint64_t value[COUNTERS];
};

struct total {
	struct slot_entry entry;
	struct counters counters;
};

struct flow_totals {
	struct slot_table *table;
};

int flow_totals_new(struct flow_totals **totals, struct state *state, struct err *err)
{
	int error;

	*totals = calloc(1, sizeof(**totals));
	if (*totals == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the flows' totals");
	error = slot_table_new(&(*totals)->table, state, "logstatus.totals", sizeof(struct total), FLOWS_MAX, err);
	if (error != 0)
		flow_totals_free(totals);
	return error;
}

void flow_totals_free(struct flow_totals **totals)
{
	if (*totals == NULL)
		return;
	slot_table_free(&(*totals)->table);
	free(*totals);
	*totals = NULL;
}

static struct counters counters_of(const struct flow_metric *metric)
{
	return (struct counters){ { (uint64_t)metric->ab_packets, (uint64_t)metric->ab_bytes, (uint64_t)metric->ba_packets,
		(uint64_t)metric->ba_bytes } };
}

static bool is_skipped(const struct counters *last, const struct flow *flow)
{
	struct counters total = counters_of(&flow->metric), update = counters_of(&flow->last_update);

	if (memcmp(last, &total, sizeof(total)) == 0)
		return false;
	for (unsigned i = 0; i < COUNTERS; i++)
		if (last->value[i] + update.value[i] != total.value[i])
			return true;
	return false;
}

bool flow_totals_take(struct flow_totals *totals, const struct batch *batch, const struct flow *flow, bool *skipped,
	bool *evicted)
{
	bool made = false, gave_way = false;
	struct total *total;
	uint64_t key[2];

	*skipped = false;
	if (flow->uuid.length == 0 || (flow->present & FLOW_HAS_METRIC) == 0)
		return true;
	slot_key(batch_text(batch, flow->uuid), flow->uuid.length, key);
	if (flow->finish_type == FINISH_TIMEOUT) {
		const struct total *last = slot_table_find(totals->table, key, batch->now_ns);

		*skipped = last != NULL && is_skipped(&last->counters, flow);
		return slot_table_remove(totals->table, key);
	}
	total = slot_table_change(totals->table, key, batch->now_ns, &made, &gave_way);
	if (total == NULL)
		return false;
	*skipped = !made && is_skipped(&total->counters, flow);
	*evicted |= gave_way;
	total->counters = counters_of(&flow->metric);
	total->entry.expires_ns = flow_expires_ns(flow, batch->now_ns);
	return true;
}
