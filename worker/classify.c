#include "worker/classify.h"

#include "worker/batch.h"
#include "worker/prefix_table.h"

static uint8_t tag_of(const struct prefix_table *inside, const struct flow_column *column)
{
	/* indexed by (B inside) | (A inside) << 1 */
	static const uint8_t tags[] = { TAG_OTHER, TAG_INGRESS, TAG_EGRESS, TAG_INTERNAL };

	if (column->valid != (ADDRESS_A_VALID | ADDRESS_B_VALID))
		return TAG_OTHER;
	return tags[prefix_table_contains(inside, column->a) << 1 | prefix_table_contains(inside, column->b)];
}

void classify_batch(struct batch *batch, const struct prefix_table *inside)
{
	for (uint32_t i = 0; i < batch->kept_count; i++) {
		uint32_t flow = batch->kept[i];

		batch->tags[flow] = tag_of(inside, &batch->columns[flow]);
	}
}
