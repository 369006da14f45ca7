/* transform awsflowlogs: a record a flow, which comes to a part for each direction that packets went (aws_format.h).
 *
 * A report that is nothing new is excluded by rule, and so is one without packets. Under `compat: sfe` as json there is one
 * record for each report, as the Go exporter does. */
#include "common/config/aws_fields.h"
#include "common/config/pipeline_config.h"
#include "common/log.h"
#include "worker/aws_format.h"
#include "worker/batch.h"
#include "worker/flow_direction.h"
#include "worker/flow_log.h"
#include "worker/flow_reports.h"
#include "worker/stages/stages.h"

struct awsflowlogs {
	const struct record_format *format;
	struct flow_reports *reports;         /* NULL: each report counts */
	bool has_direction;                   /* a field that the topology tells */
	bool full;                            /* told of */
};

static int awsflowlogs_wanted(const struct pipeline_config *config)
{
	return config->transform.type == TRANSFORM_AWSFLOWLOGS;
}

static int awsflowlogs_claim(struct stage *stage, struct err *err)
{
	struct awsflowlogs *aws = stage_private(stage);

	if (aws_is_sfe(stage->context->config))
		return 0;
	return flow_reports_new(&aws->reports, stage->context->state, "awsflowlogs.reports", err);
}

static int awsflowlogs_init(struct stage *stage, struct err *err)
{
	struct awsflowlogs *aws = stage_private(stage);
	const struct pipeline_config *config = stage->context->config;

	(void)err;
	aws->has_direction = aws_has_direction(config);
	aws->format = aws_record_format(config);
	return 0;
}

static void awsflowlogs_fini(struct stage *stage)
{
	struct awsflowlogs *aws = stage_private(stage);

	flow_reports_free(&aws->reports);
}

static void tell_full(struct stage *stage)
{
	struct awsflowlogs *aws = stage_private(stage);

	if (!aws->full)
		stage->context->event(stage->context->owner, LOG_WARN, "awsflowlogs.reports_full",
			"more flows at a time than can be remembered: an interval that is reported twice may be written twice");
	aws->full = true;
}

/* ERR_LIMIT: the undo log is full. */
static int check_new(struct stage *stage, const struct batch *batch, const struct flow *flow, bool *is_new,
	struct err *err)
{
	struct awsflowlogs *aws = stage_private(stage);
	bool evicted = false;

	*is_new = true;
	if (aws->reports == NULL)
		return 0;
	if (!flow_reports_is_new(aws->reports, batch, flow, is_new, &evicted))
		return err_set(err, ERR_LIMIT, "no room to undo the reports of a slice");
	if (evicted)
		tell_full(stage);
	return 0;
}

static int transform(struct stage *stage, struct batch *batch, struct flow_log *logs, struct err *err)
{
	const struct awsflowlogs *aws = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		const struct flow *flow = &batch->flows[i];
		struct flow_log *log = &logs[batch->record_count];
		uint8_t tag = batch->tags[batch->kept[i]];
		bool is_new;
		int error = check_new(stage, batch, flow, &is_new, err);

		if (error != 0)
			return error;
		if (!is_new) {
			stage_account(stage)->excluded_rule++;
			continue;
		}
		if (!flow_log_fill(log, batch, flow, tag)) {
			stage_account(stage)->lost_error++;
			continue;
		}
		log->terminated = flow_log_is_closed(flow) || flow->finish_type != FINISH_NONE;
		batch->records[batch->record_count++] = (struct record){ .format = aws->format, .flow = flow,
			.detail = log, .tag = tag, .flows = 1 };
	}
	return 0;
}

static int awsflowlogs_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct awsflowlogs *aws = stage_private(stage);
	struct flow_log *logs = arena_alloc(batch->arena, batch->kept_count * sizeof(*logs));
	int error;

	batch->records = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->records));
	if (logs == NULL || batch->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
	error = transform(stage, batch, logs, err);
	if (error == 0 && aws->has_direction)
		error = flow_directions_find(stage, batch, logs, err);
	return error != 0 ? error : stage_next(stage, batch, err);
}

const struct stage_type stage_transform_awsflowlogs = {
	.name = "awsflowlogs",
	.phase = PHASE_TRANSFORM,
	.size = sizeof(struct awsflowlogs),
	.wanted = awsflowlogs_wanted,
	.claim = awsflowlogs_claim,
	.init = awsflowlogs_init,
	.push = awsflowlogs_push,
	.record_format = aws_record_format,
	.fini = awsflowlogs_fini,
};
