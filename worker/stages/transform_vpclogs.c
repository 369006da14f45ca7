/* transform vpclogs: one record a flow's report, in the form of IBM's flow logs for VPC.
 *
 * Flows without a transport layer have none, and neither has a report that repeats the one before it (worker/flow_reports.h;
 * `compat: sfe` writes it again). Which way a connection goes, seen from the interface it was captured on, is known from
 * that interface's addresses, which the topology tells. */
#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/flow_direction.h"
#include "worker/flow_log.h"
#include "worker/flow_reports.h"
#include "worker/stages/stages.h"
#include "worker/vpclogs_record.h"

struct vpclogs {
	struct flow_reports *reports;         /* NULL: each report counts */
	const struct record_format *format;
	bool sfe;
};

static int vpclogs_wanted(const struct pipeline_config *config)
{
	return config->transform.type == TRANSFORM_VPCLOGS;
}

static const struct record_format *vpclogs_format(const struct pipeline_config *config)
{
	return config->compat == COMPAT_SFE ? &record_format_vpclogs_sfe : &record_format_vpclogs;
}

static int vpclogs_claim(struct stage *stage, struct err *err)
{
	struct vpclogs *vpclogs = stage_private(stage);

	if (stage->context->config->compat == COMPAT_SFE)
		return 0;
	return flow_reports_new(&vpclogs->reports, stage, "vpclogs.reports", "vpclogs.reports_full", err);
}

static int vpclogs_init(struct stage *stage, struct err *err)
{
	struct vpclogs *vpclogs = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	(void)err;
	vpclogs->sfe = config->compat == COMPAT_SFE;
	vpclogs->format = vpclogs_format(config);
	return 0;
}

static void vpclogs_fini(struct stage *stage)
{
	struct vpclogs *vpclogs = stage_private(stage);

	flow_reports_free(&vpclogs->reports);
}

/* ---- one report ---- */

static bool is_time(int64_t ms)
{
	return ms >= 0 && ms <= CLOCK_LAST_MS;
}

/* The first report of a flow has all that there is of it; who joins late misses the beginning. */
static bool has_beginning(const struct flow *flow)
{
	const struct flow_metric *update = &flow->last_update, *total = &flow->metric;
	bool syn = (flow->present & FLOW_HAS_TCP_METRIC) == 0 || flow->tcp.ab_syn_start != 0 || flow->tcp.ba_syn_start != 0;

	return syn && update->ab_packets == total->ab_packets && update->ba_packets == total->ba_packets &&
		update->ab_bytes == total->ab_bytes && update->ba_bytes == total->ba_bytes;
}

/* As the exporter has it. */
static bool has_beginning_sfe(const struct flow *flow)
{
	return flow->last_update.ab_bytes == flow->metric.ab_bytes || flow->last_update.ba_bytes == flow->metric.ba_bytes;
}

enum { NO_RECORD, A_RECORD };

/* The report as a log; what comes to none is counted. A negative error. */
static int take_report(struct stage *stage, const struct batch *batch, uint32_t index, struct flow_log *log,
	struct err *err)
{
	const struct vpclogs *vpclogs = stage_private(stage);
	const struct flow *flow = &batch->flows[index];
	bool is_new;
	int error;

	if ((flow->present & FLOW_HAS_TRANSPORT) == 0) {
		stage_account(stage)->excluded_rule++;
		return NO_RECORD;
	}
	if (!flow_log_fill(log, batch, flow, batch->tags[batch->kept[index]]) || !is_time(log->start_ms) ||
		!is_time(log->end_ms) || !is_time(log->connection_start_ms)) {
		stage_account(stage)->lost_error++;
		return NO_RECORD;
	}
	error = flow_reports_take(vpclogs->reports, batch, flow, &is_new, err);
	if (error != 0)
		return error;
	if (!is_new) {
		stage_account(stage)->excluded_rule++;
		return NO_RECORD;
	}
	log->initiated = vpclogs->sfe ? has_beginning_sfe(flow) : has_beginning(flow);
	log->terminated = flow_log_is_closed(flow) || (!vpclogs->sfe && flow->finish_type != FINISH_NONE);
	return A_RECORD;
}

static int take_reports(struct stage *stage, struct batch *batch, struct flow_log *logs, struct err *err)
{
	const struct vpclogs *vpclogs = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		struct flow_log *log = &logs[batch->record_count];
		int taken = take_report(stage, batch, i, log, err);

		if (taken < 0)
			return taken;
		if (taken == A_RECORD)
			batch->records[batch->record_count++] = (struct record){ .format = vpclogs->format,
				.flow = &batch->flows[i], .detail = log, .tag = log->tag, .flows = 1 };
	}
	return 0;
}

static int vpclogs_push(struct stage *stage, struct batch *batch, struct err *err)
{
	struct flow_log *logs = arena_alloc(batch->arena, batch->kept_count * sizeof(*logs));
	int error;

	batch->records = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->records));
	if (logs == NULL || batch->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
	error = take_reports(stage, batch, logs, err);
	if (error == 0)
		error = flow_directions_find(stage, batch, logs, err);
	return error != 0 ? error : stage_next(stage, batch, err);
}

const struct stage_type stage_transform_vpclogs = {
	.name = "vpclogs",
	.phase = PHASE_TRANSFORM,
	.size = sizeof(struct vpclogs),
	.wanted = vpclogs_wanted,
	.claim = vpclogs_claim,
	.init = vpclogs_init,
	.push = vpclogs_push,
	.record_format = vpclogs_format,
	.fini = vpclogs_fini,
};
