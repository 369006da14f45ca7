#include "tests/tools/analyzer/render.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAME_PART = 1024, FLOW_PREFIX = sizeof("flow/") - 1 };

struct raw *raw_new(const char *namespace, const void *text, size_t length)
{
	struct raw *raw = malloc(sizeof(*raw) + length);

	if (raw == NULL)
		return NULL;
	raw->references = 1;
	raw->length = length;
	snprintf(raw->namespace, sizeof(raw->namespace), "%s", namespace);
	memcpy(raw->text, text, length);
	return raw;
}

void raw_release(struct raw **raw)
{
	if (*raw != NULL && --(*raw)->references == 0)
		free(*raw);
	*raw = NULL;
}

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(char *at, uint64_t value)
{
	for (int i = UUID_DIGITS - 1; i >= 0; i--) {
		at[i] = hex_digits[value & 15];
		value >>= 4;
	}
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
			    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
			    "8081828384858687888990919293949596979899";

/* A 32-bit half at a time: its divisions by constants are multiplications. */
static void put_digits(char *at, uint64_t value, unsigned digits)
{
	uint32_t low = (uint32_t)(value % 100000000);
	uint32_t high = (uint32_t)(value / 100000000);

	for (unsigned i = 0; i < 4; i++) {
		memcpy(at + digits - 2 - 2 * i, pairs + 2 * (low % 100), 2);
		low /= 100;
	}
	for (unsigned i = digits - 8; i > 0; i--) {
		at[i - 1] = (char)('0' + high % 10);
		high /= 10;
	}
}

uint64_t item_uuid(const struct item *item, uint32_t index, const struct render_style *style)
{
	if (style->identity == IDENTITY_FLOW)
		return SERIAL_FLOW_UUID | (uint64_t)item->loop << 32 | item->message->flows[index].number;
	return SERIAL_UUID | (item->serial + index);
}

/* text: what stands at `origin` of the message's text, in the output. */
static void patch_flow(const struct item *item, uint32_t index, const struct render_style *style, char *text,
	uint32_t origin)
{
	const struct flow_template *flow = &item->message->flows[index];
	const struct patch *patch = &item->message->patches[flow->first_patch];
	uint64_t serial = item->serial + index;
	int64_t shift = item->shift_ms;

	if (style->identity == IDENTITY_REPORT && !style->retime)
		shift += (int64_t)serial;
	for (uint32_t i = 0; i < flow->patch_count; i++, patch++) {
		char *at = text + patch->offset - origin;

		if (patch->kind == PATCH_UUID)
			put_hex(at, item_uuid(item, index, style));
		else if (patch->kind == PATCH_TIME)
			put_digits(at, patch->value + (uint64_t)shift, TIME_DIGITS);
		else if (patch->kind == PATCH_AB_BYTES)
			put_digits(at, SERIAL_AB_BYTES + serial, TIME_DIGITS);
		else
			put_digits(at, SERIAL_BA_BYTES + serial, TIME_DIGITS);
	}
}

static int render_whole(const struct item *item, const struct render_style *style, struct buffer *out)
{
	const struct message *message = item->message;
	char *text;
	int error = buffer_reserve(out, message->length);

	if (error != 0)
		return error;
	text = out->bytes + out->length;
	buffer_put(out, message->text, message->length);
	if (message->number_at != 0)
		put_digits(text + message->number_at, item->number, NUMBER_DIGITS);
	if (message->patch_count == 0)
		return 0;
	for (uint32_t i = 0; i < message->flow_count; i++)
		patch_flow(item, i, style, text, 0);
	return 0;
}

static bool in_capture(const struct flow_template *flow, const char *capture)
{
	return strcmp(flow->capture, capture) == 0;
}

bool item_matches(const struct item *item, const char *capture)
{
	if (capture == NULL)
		return true;
	for (uint32_t i = 0; item->message != NULL && i < item->message->flow_count; i++) {
		if (in_capture(&item->message->flows[i], capture))
			return true;
	}
	return false;
}

/* The envelope up to its first flow, under another namespace. The number's place moves with the namespace's length. */
static void put_capture_head(const struct item *item, const char *capture, struct buffer *out)
{
	const struct message *message = item->message;
	size_t from = out->length;

	buffer_put(out, message->text, message->namespace_from);
	buffer_put(out, "flow/", FLOW_PREFIX);
	buffer_put(out, capture, strlen(capture));
	buffer_put(out, message->text + message->namespace_to, message->flows[0].offset - message->namespace_to);
	if (message->number_at > message->namespace_to && message->number_at < message->flows[0].offset)
		put_digits(out->bytes + from + message->number_at + FLOW_PREFIX + strlen(capture) -
			(message->namespace_to - message->namespace_from), item->number, NUMBER_DIGITS);
}

static int render_capture(const struct item *item, const char *capture, const struct render_style *style,
	struct buffer *out)
{
	const struct message *message = item->message;
	const struct flow_template *last = &message->flows[message->flow_count - 1];
	bool first = true;
	int error = buffer_reserve(out, message->length + FLOW_PREFIX + strlen(capture));

	if (error != 0)
		return error;
	put_capture_head(item, capture, out);
	for (uint32_t i = 0; i < message->flow_count; i++) {
		const struct flow_template *flow = &message->flows[i];

		if (!in_capture(flow, capture))
			continue;
		if (!first)
			buffer_put(out, ",", 1);
		first = false;
		buffer_put(out, message->text + flow->offset, flow->length);
		patch_flow(item, i, style, out->bytes + out->length - flow->length, flow->offset);
	}
	buffer_put(out, message->text + last->offset + last->length, message->length - last->offset - last->length);
	return 0;
}

int item_render(const struct item *item, const char *capture, const struct render_style *style, struct buffer *out)
{
	if (item->message == NULL)
		return buffer_append(out, item->raw->text, item->raw->length);
	return capture != NULL ? render_capture(item, capture, style, out) : render_whole(item, style, out);
}

/* The head of a frame with `length` bytes of payload; returns its own length. */
static size_t frame_head(unsigned char *head, unsigned opcode, bool fin, size_t length)
{
	size_t bytes = length < 126 ? 0 : length < 65536 ? 2 : 8;

	head[0] = (unsigned char)(opcode | (fin ? 0x80 : 0));
	head[1] = (unsigned char)(bytes == 0 ? length : bytes == 2 ? 126 : 127);
	for (size_t i = 0; i < bytes; i++)
		head[2 + i] = (unsigned char)((uint64_t)length >> 8 * (bytes - 1 - i));
	return 2 + bytes;
}

int frame_append(struct buffer *out, unsigned opcode, bool fin, const void *payload, size_t length)
{
	unsigned char head[FRAME_HEAD_MAX];
	int error = buffer_reserve(out, FRAME_HEAD_MAX + length);

	if (error != 0)
		return error;
	buffer_put(out, head, frame_head(head, opcode, fin, length));
	if (length > 0)
		buffer_put(out, payload, length);
	return 0;
}

/* Cuts the message at out[from…] into frames of `part` bytes, at most `parts`, the last with what is left. */
static int split(struct buffer *out, size_t from, size_t part, size_t parts)
{
	struct buffer message;
	size_t at = 0;
	int error;

	buffer_init(&message, out->cap);
	error = buffer_append(&message, out->bytes + from, out->length - from);
	out->length = from;
	for (size_t i = 0; error == 0 && i < parts && (i == 0 || at < message.length); i++) {
		size_t left = message.length - at;
		size_t length = left <= part || i == parts - 1 ? left : part;

		error = frame_append(out, i == 0 ? OPCODE_TEXT : 0, length == left, message.bytes + at, length);
		at += length;
	}
	buffer_fini(&message);
	return error;
}

/* As measured: to 1024 bytes one frame, to 2 KiB parts of 1024, longer ones whole with an empty end. */
static enum framing framing_of_length(size_t length)
{
	if (length <= FRAME_PART)
		return FRAMING_SINGLE;
	return length <= 2 * FRAME_PART + 1 ? FRAMING_SPLIT_3 : FRAMING_EMPTY_END;
}

static size_t render_bound(const struct item *item, const char *capture)
{
	if (item->message == NULL)
		return item->raw->length;
	return item->message->length + (capture != NULL ? strlen(capture) + FLOW_PREFIX : 0);
}

/* The head is put before the message, whose length is known when it is there: room is left for the largest head. */
static int frame_in_place(struct buffer *out, size_t from, bool empty_end)
{
	size_t length = out->length - from - FRAME_HEAD_MAX;
	unsigned char head[FRAME_HEAD_MAX];
	size_t head_length = frame_head(head, OPCODE_TEXT, !empty_end, length);

	/* a message of the usual length has a head of 10 bytes and nothing moves */
	if (head_length < FRAME_HEAD_MAX)
		memmove(out->bytes + from + head_length, out->bytes + from + FRAME_HEAD_MAX, length);
	memcpy(out->bytes + from, head, head_length);
	out->length = from + head_length + length;
	return empty_end ? frame_append(out, 0, true, "", 0) : 0;
}

int item_frames(const struct item *item, const char *capture, const struct render_style *style, enum framing framing,
	struct buffer *out)
{
	size_t bound = render_bound(item, capture);
	size_t from = out->length;
	int error = buffer_reserve(out, bound + 2 * FRAME_HEAD_MAX);

	if (error != 0)
		return error;
	out->length += FRAME_HEAD_MAX;
	error = item_render(item, capture, style, out);
	if (error != 0)
		return error;
	if (framing == FRAMING_AUTO)
		framing = framing_of_length(out->length - from - FRAME_HEAD_MAX);
	if (framing == FRAMING_SINGLE || framing == FRAMING_EMPTY_END)
		return frame_in_place(out, from, framing == FRAMING_EMPTY_END);
	memmove(out->bytes + from, out->bytes + from + FRAME_HEAD_MAX, out->length - from - FRAME_HEAD_MAX);
	out->length -= FRAME_HEAD_MAX;
	if (framing == FRAMING_BYTES)
		return split(out, from, 1, SIZE_MAX);
	return split(out, from, FRAME_PART, framing == FRAMING_SPLIT_2 ? 2 : 3);
}

int framing_parse(const char *name)
{
	static const char *const names[] = { "auto", "single", "split-2", "split-3", "empty-end", "bytes" };

	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}
