/* capture: keeps the flows of one capture (pipeline.subscriber.capture_id).
 *
 * Several pipelines share one subscription, so the others' captures arrive here too; they are told apart by the hash in
 * the columns, and what is dropped is never copied. */
#include <string.h>

#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/stages/stages.h"

struct capture {
	uint64_t hash;
};

static int capture_wanted(const struct pipeline_config *config)
{
	return config->subscriber.capture_id[0] != '\0';
}

static int capture_init(struct stage *stage, struct err *err)
{
	struct capture *capture = stage_private(stage);
	const char *id = stage->context->config->subscriber.capture_id;

	(void)err;
	capture->hash = flow_capture_hash(id, (uint32_t)strlen(id));
	return 0;
}

static int capture_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct capture *capture = stage_private(stage);
	uint32_t left = 0;

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		uint32_t flow = batch->kept[i];

		batch->kept[left] = flow;
		left += batch->columns[flow].capture == capture->hash;
	}
	stage_account(stage)->excluded_capture += batch->kept_count - left;
	batch->kept_count = left;
	return stage_next(stage, batch, err);
}

const struct stage_type stage_capture = {
	.name = "capture",
	.phase = PHASE_CAPTURE,
	.size = sizeof(struct capture),
	.wanted = capture_wanted,
	.init = capture_init,
	.push = capture_push,
};
