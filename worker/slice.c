/* The fetch: records and texts of the flows that a slice has kept are copied out of the ring, so that nothing behind
 * it depends on the ring's writer any more. */
#include <inttypes.h>
#include <stddef.h>

#include "worker/batch.h"
#include "worker/spool.h"
#include "worker/worker.h"

enum { FLOW_TEXT_MAX = 8 << 20 };             /* a longer flow cannot become a record */

/* Moves the flow's references from the message's text to where its own text is going to stand, `at`. False: one of
 * them lies outside the flow, so that what it points to was not copied: the ring is input. */
static bool rebase(struct flow *flow, size_t at)
{
	struct text_ref *refs = flow_texts(flow);
	const uint64_t begin = flow->raw.offset, end = begin + flow->raw.length;

	for (unsigned i = 0; i < FLOW_TEXTS; i++) {
		uint64_t from = refs[i].offset;

		if (refs[i].length == 0) {
			refs[i].offset = (uint32_t)at;
			continue;
		}
		if (from < begin || from + refs[i].length > end)
			return false;
		refs[i].offset = (uint32_t)(from - begin + at);
	}
	return true;
}

/* The slice was bounded by the lengths in the columns (reader.c): a flow that is longer than its column says could make
 * the slice's text as long as it likes. */
static bool usable(const struct flow *flow, const struct flow_column *column)
{
	return flow->raw.length > 0 && flow->raw.length <= FLOW_TEXT_MAX && flow->raw.length == column->text_length;
}

/* Lapped explains whatever else is wrong with what was read. */
static int judge(const struct worker *worker, const struct batch *batch, int error, struct err *err)
{
	if (ring_still_there(worker->ring, &batch->source))
		return error;
	return err_set(err, ERR_LAPPED, "the flows were overwritten while they were read");
}

/* Copies the records; those that cannot be used leave the slice and are counted. *text_length: bytes of the rest. */
static int copy_flows(struct worker *worker, struct batch *batch, uint32_t *offsets, size_t *text_length,
	struct err *err)
{
	uint32_t kept = 0;
	size_t at = 0;

	for (uint32_t i = 0; i < batch->kept_count; i++) {
		struct flow *flow = &batch->flows[kept];
		int error = ring_copy_flow(worker->ring, &batch->source, batch->first + batch->kept[i], flow, err);

		if (error != 0 && error != ERR_CORRUPT)
			return error;
		offsets[kept] = flow->raw.offset;
		if (error != 0 || !usable(flow, &batch->columns[batch->kept[i]]) || !rebase(flow, at)) {
			spool_account(worker->spool)->lost_error++;
			continue;
		}
		at += flow->raw.length;
		batch->kept[kept++] = batch->kept[i];
	}
	batch->kept_count = kept;
	*text_length = at;
	return 0;
}

static int copy_texts(const struct worker *worker, struct batch *batch, const uint32_t *offsets, char *text,
	struct err *err)
{
	for (uint32_t i = 0; i < batch->kept_count; i++) {
		const struct text_ref *raw = &batch->flows[i].raw;
		int error = ring_copy_text(worker->ring, &batch->source, offsets[i], raw->length, text + raw->offset, err);

		if (error != 0)
			return error;
	}
	return 0;
}

int slice_fetch(void *owner, struct batch *batch, struct err *err)
{
	struct worker *worker = owner;
	uint32_t *offsets = arena_calloc(batch->arena, batch->kept_count, sizeof(*offsets));
	size_t text_length;
	char *text;
	int error;

	batch->flows = arena_alloc(batch->arena, batch->kept_count * sizeof(*batch->flows));
	if (offsets == NULL || batch->flows == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for %" PRIu32 " flows", batch->kept_count);
	error = copy_flows(worker, batch, offsets, &text_length, err);
	if (error != 0)
		return judge(worker, batch, error, err);
	text = arena_alloc(batch->arena, text_length > 0 ? text_length : 1);
	if (text == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for %zu bytes of flows", text_length);
	batch->text = text;
	return judge(worker, batch, copy_texts(worker, batch, offsets, text, err), err);
}
