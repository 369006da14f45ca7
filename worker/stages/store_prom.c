/* store prom_sky_con: keeps the last report of each connection, for the page that Prometheus reads (worker/write_page.c).
 *
 * A flow that changes the page is `written`: with the commit it is where it was to go, since the page shows what is
 * committed, and nothing can undo that but time (connection_timeout), as with any other destination's own retention. It
 * needs no object and no answer, so it is never `waiting`. A flow without a transport layer or without totals changes
 * nothing and is `excluded.rule`; one whose names can be no labels is `lost.error`. */
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/batch.h"
#include "worker/prometheus/connections.h"
#include "worker/record.h"
#include "worker/spool.h"
#include "worker/stages/stages.h"

struct store_prom {
	int64_t timeout_ns;
	bool full;                            /* told of */
};

static int prom_wanted(const struct pipeline_config *config)
{
	return config->store.type == STORE_PROM_SKY_CON;
}

static int prom_claim(struct stage *stage, struct err *err)
{
	return slot_table_new(&stage->context->connections->table, stage->context->state, "prom.connections",
		sizeof(struct connection), CONNECTIONS_MAX, err);
}

static int prom_init(struct stage *stage, struct err *err)
{
	struct store_prom *prom = stage_private(stage);

	(void)err;
	prom->timeout_ns = stage->context->config->store.connection_timeout * NS_PER_S;
	return 0;
}

static void tell_full(struct stage *stage)
{
	struct store_prom *prom = stage_private(stage);

	if (!prom->full)
		stage->context->event(stage->context->owner, LOG_WARN, "prom.connections_full",
			"more connections at a time than can be shown: those that were silent longest are left out");
	prom->full = true;
}

static int take(struct stage *stage, const struct batch *batch, const struct record *record, struct err *err)
{
	const struct store_prom *prom = stage_private(stage);
	const struct flow *flow = record->flow;
	bool evicted = false;
	int error;

	if (flow == NULL || (flow->present & FLOW_HAS_TRANSPORT) == 0 || (flow->present & FLOW_HAS_NETWORK) == 0 ||
		(flow->present & FLOW_HAS_METRIC) == 0) {
		stage_account(stage)->excluded_rule += record->flows;
		return 0;
	}
	error = connections_take(stage->context->connections, batch, flow, prom->timeout_ns, &evicted, err);
	if (error == ERR_INVALID) {
		stage_account(stage)->lost_error += record->flows;
		return 0;
	}
	if (evicted)
		tell_full(stage);
	if (error == 0)
		spool_shown(stage->context->spool, record->flows, batch->now_ms);
	return error;
}

static int prom_push(struct stage *stage, struct batch *batch, struct err *err)
{
	for (uint32_t i = 0; i < batch->record_count; i++) {
		int error = take(stage, batch, &batch->records[i], err);

		if (error != 0)
			return error;
	}
	return 0;
}

static void prom_fini(struct stage *stage)
{
	slot_table_free(&stage->context->connections->table);
}

const struct stage_type stage_store_prom = {
	.name = "store_prom",
	.phase = PHASE_STORE,
	.size = sizeof(struct store_prom),
	.wanted = prom_wanted,
	.claim = prom_claim,
	.init = prom_init,
	.push = prom_push,
	.fini = prom_fini,
};
