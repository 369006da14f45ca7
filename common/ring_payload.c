/* What a flows batch holds, copied out of the ring. */
#include "common/ring_layout.h"

#include <inttypes.h>

int ring_judge(const struct ring_reader *reader, const struct ring_batch *batch, bool valid, struct err *err)
{
	if (!ring_stands(reader, batch->offset))
		return err_set(err, ERR_LAPPED, "the batch at offset %" PRIu64 " has been overwritten", batch->offset);
	if (!valid)
		return err_set(err, ERR_CORRUPT, "the batch at offset %" PRIu64 " is damaged", batch->offset);
	return 0;
}

/* Words from a flows batch's start to its columns, records and text. */
static size_t columns_word(void)
{
	return sizeof(struct ring_head) / RING_WORD;
}

static size_t records_word(const struct ring_batch *batch)
{
	return columns_word() + (size_t)batch->count * (sizeof(struct flow_column) / RING_WORD);
}

static size_t text_word(const struct ring_batch *batch)
{
	return records_word(batch) + (size_t)batch->count * (sizeof(struct flow) / RING_WORD);
}

int ring_copy_columns(struct ring_reader *reader, const struct ring_batch *batch, uint32_t first, uint32_t count,
	struct flow_column *columns, struct err *err)
{
	const size_t words = sizeof(struct flow_column) / RING_WORD;

	if (batch->kind != RING_FLOWS || first > batch->count || count > batch->count - first)
		return err_set(err, ERR_INVALID, "the batch has no flows %" PRIu32 " to %" PRIu32, first, first + count);
	ring_load(ring_at(&reader->map, batch->offset) + columns_word() + first * words, columns, count * words);
	return ring_judge(reader, batch, true, err);
}

/* What indexes or measures must lie within bounds; numbers may be any. */
static bool flow_valid(struct flow *flow, uint32_t text_length)
{
	const struct text_ref *refs = flow_texts(flow);
	bool valid = flow->link_protocol <= PROTOCOL_SCTP && flow->network_protocol <= PROTOCOL_SCTP &&
		flow->transport_protocol <= PROTOCOL_SCTP;

	for (unsigned i = 0; i < FLOW_TEXTS; i++)
		valid &= (uint64_t)refs[i].offset + refs[i].length <= text_length;
	return valid;
}

int ring_copy_flow(struct ring_reader *reader, const struct ring_batch *batch, uint32_t index, struct flow *flow,
	struct err *err)
{
	const size_t words = sizeof(*flow) / RING_WORD;

	if (batch->kind != RING_FLOWS || index >= batch->count)
		return err_set(err, ERR_INVALID, "the batch has no flow %" PRIu32, index);
	ring_load(ring_at(&reader->map, batch->offset) + records_word(batch) + index * words, flow, words);
	return ring_judge(reader, batch, flow_valid(flow, batch->text_length), err);
}

int ring_copy_text(struct ring_reader *reader, const struct ring_batch *batch, uint32_t offset, uint32_t length,
	char *text, struct err *err)
{
	if (batch->kind != RING_FLOWS || offset > batch->text_length || length > batch->text_length - offset)
		return err_set(err, ERR_INVALID, "the batch has no text from %" PRIu32 ", %" PRIu32 " bytes", offset, length);
	ring_load_bytes(ring_at(&reader->map, batch->offset) + text_word(batch), offset, text, length);
	return ring_judge(reader, batch, true, err);
}
