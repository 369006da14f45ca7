/* filter: drops the flows whose tag the pipeline excludes (pipeline.filter.excluded_tags).
 *
 * Dropped flows are counted as excluded; they are not lost. */
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/stages/stages.h"

static int filter_wanted(const struct pipeline_config *config)
{
	return config->excluded_tags != 0;
}

static int filter_push(struct stage *stage, struct batch *batch, struct err *err)
{
	uint32_t excluded = stage->context->config->excluded_tags;
	uint32_t left = 0;

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		uint32_t flow = batch->kept[i];

		batch->kept[left] = flow;
		left += (excluded >> batch->tags[flow] & 1) == 0;
	}
	stage_account(stage)->excluded_tag += batch->kept_count - left;
	batch->kept_count = left;
	return stage_next(stage, batch, err);
}

const struct stage_type stage_filter = {
	.name = "filter",
	.phase = PHASE_FILTER,
	.wanted = filter_wanted,
	.push = filter_push,
};
