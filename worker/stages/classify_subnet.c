/* classify subnet: tags each flow by which of its ends lie inside pipeline.classify.cluster_net_masks.
 *
 * A flow without a network layer, or with an address that is none, is `other`. Nothing is dropped or counted here. */
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
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

static uint8_t tag_of(const struct classify *classify, const struct flow_column *column)
{
	/* indexed by (B inside) | (A inside) << 1 */
	static const uint8_t tags[] = { TAG_OTHER, TAG_INGRESS, TAG_EGRESS, TAG_INTERNAL };

	if (column->valid != (ADDRESS_A_VALID | ADDRESS_B_VALID))
		return TAG_OTHER;
	return tags[prefix_table_contains(classify->inside, column->a) << 1
		| prefix_table_contains(classify->inside, column->b)];
}

static int classify_push(struct stage *stage, struct batch *batch, struct err *err)
{
	const struct classify *classify = stage_private(stage);

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		uint32_t flow = batch->kept[i];

		batch->tags[flow] = tag_of(classify, &batch->columns[flow]);
	}
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
