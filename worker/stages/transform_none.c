/* transform none: a record is the flow as it came, byte for byte, unknown fields included; under `compat: sfe` too. */
#include "common/config/pipeline_config.h"
#include "worker/batch.h"
#include "worker/record.h"
#include "worker/stages/stages.h"

static int write_json(const struct record *record, const struct batch *batch, struct buffer *out)
{
	return buffer_append(out, batch_text(batch, record->flow->raw), record->flow->raw.length);
}

static const struct record_format format_none = { .name = "none", .write_json = write_json };

static int none_wanted(const struct pipeline_config *config)
{
	return config->transform.type == TRANSFORM_NONE;
}

static int none_push(struct stage *stage, struct batch *batch, struct err *err)
{
	batch->records = arena_calloc(batch->arena, batch->kept_count, sizeof(*batch->records));
	if (batch->records == NULL)
		return err_set(err, ERR_LIMIT, "%u records do not fit into a batch's memory", batch->kept_count);
	for (uint32_t i = 0; i < batch->kept_count; i++)
		batch->records[i] = (struct record){ .format = &format_none, .flow = &batch->flows[i],
			.tag = batch->tags[batch->kept[i]], .flows = 1 };
	batch->record_count = batch->kept_count;
	return stage_next(stage, batch, err);
}

const struct stage_type stage_transform_none = {
	.name = "none",
	.phase = PHASE_TRANSFORM,
	.wanted = none_wanted,
	.push = none_push,
};
