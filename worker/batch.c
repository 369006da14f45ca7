#include "worker/batch.h"

#include "worker/record.h"

int batch_init(struct batch *batch, struct arena *arena, const struct ring_batch *source, uint32_t first, uint32_t count,
	struct flow_column **columns, struct err *err)
{
	uint32_t *kept = arena_alloc(arena, count * sizeof(*kept));
	uint8_t *tags = arena_calloc(arena, count, sizeof(*tags));

	*columns = arena_alloc(arena, count * sizeof(**columns));
	if (kept == NULL || tags == NULL || *columns == NULL)
		return err_set(err, ERR_LIMIT, "a slice of %u flows does not fit into its memory", count);
	for (uint32_t i = 0; i < count; i++)
		kept[i] = i;
	*batch = (struct batch){
		.source = *source, .first = first, .count = count, .columns = *columns, .tags = tags,
		.kept = kept, .kept_count = count, .now_ns = source->boottime_ns, .now_ms = source->wall_ms, .arena = arena,
	};
	return 0;
}

void batch_init_empty(struct batch *batch, struct arena *arena, int64_t now_ns, int64_t now_ms)
{
	*batch = (struct batch){ .now_ns = now_ns, .now_ms = now_ms, .arena = arena };
}
