/* An array of flows. */
#include "subscriber/decode_members.h"

#include <stdlib.h>

enum { ROOM_FIRST = 128, DEPTH_FLOW = 3 };

/* Makes room for one more flow. */
static bool room_grow(struct decoder *decoder)
{
	uint32_t room = decoder->room == 0 ? ROOM_FIRST : decoder->room * 2;
	struct flow_column *columns;
	struct flow *flows;

	if (room > decoder->flows_max)
		room = decoder->flows_max;
	columns = reallocarray(decoder->columns, room, sizeof(*columns));
	if (columns == NULL)
		return false;
	decoder->columns = columns;
	flows = reallocarray(decoder->flows, room, sizeof(*flows));
	if (flows == NULL)
		return false;
	decoder->flows = flows;
	decoder->room = room;
	return true;
}

/* flow_capture_hash, remembered for the capture that comes again and again. */
static uint64_t capture_hash(struct decoder *decoder, const struct text_ref *capture)
{
	const char *text = decoder->scan.text + capture->offset;

	if (capture->length > CAPTURE_TEXT_SIZE)
		return flow_capture_hash(text, capture->length);
	if (capture->length != decoder->capture_length || memcmp(text, decoder->capture_text, capture->length) != 0) {
		memcpy(decoder->capture_text, text, capture->length);
		decoder->capture_length = capture->length;
		decoder->capture_hash = flow_capture_hash(text, capture->length);
	}
	return decoder->capture_hash;
}

/* A text with escapes is no address, whatever its value. */
static bool column_address(const struct scan *scan, const struct text_ref *ref, uint8_t *address)
{
	if (likely(ref->length > 0 && !ref->escaped))
		return address_parse(scan->text + ref->offset, ref->length, address);
	memset(address, 0, 16);
	return false;
}

static void column_fill(struct decoder *decoder, struct flow_column *column, const struct flow *flow)
{
	column->valid = column_address(&decoder->scan, &flow->network_a, column->a) ? ADDRESS_A_VALID : 0;
	column->valid |= column_address(&decoder->scan, &flow->network_b, column->b) ? ADDRESS_B_VALID : 0;
	column->capture = capture_hash(decoder, &flow->capture_id);
	column->text_length = flow->raw.length;
}

static const char *flow_decode(struct decoder *decoder, const char *at)
{
	struct flow *flow = &decoder->flows[decoder->count];
	const char *start = at;

	memset(flow, 0, sizeof(*flow));
	at = members_decode(decoder, at + 1, GROUP_FLOW, flow);
	if (at == NULL)
		return NULL;
	if (unlikely(decoder->bad != 0)) {
		decoder->bad = 0;
		decoder->malformed++;
		return at;
	}
	flow->raw = scan_ref(&decoder->scan, start, at, false);
	column_fill(decoder, &decoder->columns[decoder->count], flow);
	decoder->count++;
	return at;
}

static const char *element_decode(struct decoder *decoder, const char *at)
{
	if (*at != '{') {
		decoder->malformed++;
		return scan_skip(&decoder->scan, at, DEPTH_FLOW);
	}
	if (decoder->count == decoder->flows_max)
		return scan_fault(&decoder->scan, at, ERR_LIMIT, "too many flows in one message");
	if (unlikely(decoder->count == decoder->room) && !room_grow(decoder))
		return scan_fault(&decoder->scan, at, ERR_NO_MEMORY, "no memory for flows");
	return flow_decode(decoder, at);
}

const char *flows_decode(struct decoder *decoder, const char *at)
{
	uint64_t bad = decoder->bad;

	decoder->count = 0;
	decoder->malformed = 0;
	decoder->bad = 0;
	at = scan_space(at);
	if (*at == ']') {
		decoder->bad = bad;
		return at + 1;
	}
	do {
		at = element_decode(decoder, scan_space(at));
		if (at == NULL)
			return NULL;
		at = scan_space(at);
	} while (*at++ == ',');
	decoder->bad = bad;           /* of the envelope */
	if (at[-1] != ']')
		return scan_fault(&decoder->scan, at - 1, ERR_INVALID, "',' or ']' expected");
	return at;
}
