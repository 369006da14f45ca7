/* transform awsflowlogs: a record a flow, which comes to a part for each direction that packets went (aws_format.h).
 *
 * A report that is nothing new is excluded by rule, and so is one without packets. Under `compat: sfe` as json there is one
 * record for each report, as the Go exporter does. */
#include "common/config/aws_fields.h"
#include "common/config/pipeline_config.h"
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
	return flow_reports_new(&aws->reports, stage, "awsflowlogs.reports", "awsflowlogs.reports_full", err);
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

static int transform(struct stage *stage, struct batch *batch, struct flow_log *logs, struct err *err)
{
	const struct awsflowlogs *aws = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		const struct flow *flow = &batch->flows[i];
		struct flow_log *log = &logs[batch->record_count];
		uint8_t tag = batch->tags[batch->kept[i]];
		bool is_new;
		int error = flow_reports_take(aws->reports, batch, flow, &is_new, err);

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
