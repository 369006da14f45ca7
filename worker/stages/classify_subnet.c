/* classify subnet: tags each flow by which of its ends lie inside pipeline.classify.cluster_net_masks. Nothing is dropped or
 * counted here. */
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/classify.h"
#include "worker/prefix_table.h"
#include "worker/stages/stages.h"

struct classify {
	struct prefix_table *inside;
};

static int classify_wanted(const struct pipeline_config *config)
{
	return config->classify.type == CLASSIFY_SUBNET;
}

static int classify_init(struct stage *stage, struct err *err)
{
	struct classify *classify = stage_private(stage);
	const struct prefix_list *masks = &stage->context->config->classify.cluster_net_masks;

	return prefix_table_new(&classify->inside, masks->items, masks->count, err);
}

static void classify_fini(struct stage *stage)
{
	struct classify *classify = stage_private(stage);

	prefix_table_free(&classify->inside);
}

static int classify_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct classify *classify = stage_private(stage);

	classify_batch(batch, classify->inside);
	return stage_next(stage, batch, err);
}

const struct stage_type stage_classify_subnet = {
	.name = "subnet",
	.phase = PHASE_CLASSIFY,
	.size = sizeof(struct classify),
	.wanted = classify_wanted,
	.init = classify_init,
	.push = classify_push,
	.fini = classify_fini,
};
