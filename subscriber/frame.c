#include "subscriber/frame.h"

#include <string.h>

enum { BIT_FINAL = 0x80, BITS_RESERVED = 0x70, BITS_OPCODE = 0x0f, BIT_MASKED = 0x80, BITS_LENGTH = 0x7f };
enum { LENGTH_16 = 126, LENGTH_64 = 127 };
/* A buffer that one odd message made larger than this is given back when the next begins. */
enum { MESSAGE_KEPT = 1 << 20 };

/* Payload of the message under way that lies in the caller's bytes and was not copied. Lives for one call. */
struct in_place {
	char *bytes;
	size_t length;
};

void frame_init(struct frame_parser *parser, size_t message_max)
{
	*parser = (struct frame_parser){ .message_max = message_max };
	buffer_init(&parser->message, message_max + FRAME_PADDING);
}

void frame_fini(struct frame_parser *parser)
{
	if (parser != NULL)
		buffer_fini(&parser->message);
}

static bool is_control(uint8_t opcode)
{
	return opcode >= FRAME_CLOSE;
}

/* Length of a header, as far as its first two bytes tell. */
static unsigned header_size(const struct frame_parser *parser)
{
	unsigned length = parser->header_length < 2 ? 0 : parser->header[1] & BITS_LENGTH;

	if (length == LENGTH_16)
		return 4;
	return length == LENGTH_64 ? 10 : 2;
}

/* RFC 6455 5.2: the shortest form that holds the length, and no top bit. UINT64_MAX when it is not so. */
static uint64_t header_payload(const unsigned char *header)
{
	unsigned form = header[1] & BITS_LENGTH;
	unsigned bytes = form == LENGTH_64 ? 8 : 2;
	uint64_t length = 0;

	if (form < LENGTH_16)
		return form;
	for (unsigned i = 0; i < bytes; i++)
		length = length << 8 | header[2 + i];
	if (form == LENGTH_16)
		return length < LENGTH_16 ? UINT64_MAX : length;
	return length <= UINT16_MAX || length >> 63 ? UINT64_MAX : length;
}

static int check_sequence(const struct frame_parser *parser, struct err *err)
{
	uint8_t opcode = parser->opcode;

	if (is_control(opcode)) {
		if (opcode > FRAME_PONG)
			return err_set(err, ERR_PROTOCOL, "a frame with the reserved opcode %u", opcode);
		if (!parser->final || parser->remaining > FRAME_CONTROL_MAX)
			return err_set(err, ERR_PROTOCOL, "a control frame that is fragmented or over %d bytes", FRAME_CONTROL_MAX);
		return 0;
	}
	if (opcode > FRAME_BINARY)
		return err_set(err, ERR_PROTOCOL, "a frame with the reserved opcode %u", opcode);
	if (opcode == FRAME_CONTINUATION && parser->message_opcode == 0)
		return err_set(err, ERR_PROTOCOL, "a continuation of no message");
	if (opcode != FRAME_CONTINUATION && parser->message_opcode != 0)
		return err_set(err, ERR_PROTOCOL, "a new message inside a fragmented one");
	return 0;
}

static void begin_data(struct frame_parser *parser)
{
	if (parser->opcode != FRAME_CONTINUATION) {
		parser->message_opcode = parser->opcode;
		parser->message_length = 0;
		parser->message.length = 0;
		parser->skipping = false;
		if (parser->message.size > MESSAGE_KEPT)
			buffer_fini(&parser->message);
	}
	if (parser->message_length + parser->remaining > parser->message_max)
		parser->skipping = true;
}

static int begin_payload(struct frame_parser *parser, struct err *err)
{
	const unsigned char *header = parser->header;
	int error;

	parser->final = header[0] & BIT_FINAL;
	parser->opcode = header[0] & BITS_OPCODE;
	parser->remaining = header_payload(header);
	if (header[0] & BITS_RESERVED)
		return err_set(err, ERR_PROTOCOL, "a frame with reserved bits, though no extension was agreed");
	if (header[1] & BIT_MASKED)
		return err_set(err, ERR_PROTOCOL, "a masked frame from the server");
	if (parser->remaining == UINT64_MAX)
		return err_set(err, ERR_PROTOCOL, "a frame whose length is not in its shortest form");
	error = check_sequence(parser, err);
	if (error != 0)
		return error;
	if (parser->remaining > FRAME_SKIP_MAX)
		return err_set(err, ERR_LIMIT, "a frame of %llu bytes", (unsigned long long)parser->remaining);
	if (is_control(parser->opcode))
		parser->control_length = 0;
	else
		begin_data(parser);
	parser->in_payload = true;
	parser->header_length = 0;
	return 0;
}

static int take_header(struct frame_parser *parser, const char *bytes, size_t length, size_t *at, struct err *err)
{
	while (*at < length) {
		parser->header[parser->header_length++] = (unsigned char)bytes[(*at)++];
		if (parser->header_length >= 2 && parser->header_length == header_size(parser))
			return begin_payload(parser, err);
	}
	return 0;
}

/* Copies what lies in the caller's bytes into the buffer, because they will be gone or something follows it. */
static int keep(struct frame_parser *parser, struct in_place *place, struct err *err)
{
	int error = buffer_append(&parser->message, place->bytes, place->length);

	if (error == 0)
		error = buffer_reserve(&parser->message, FRAME_PADDING);
	if (error != 0)
		return err_set(err, error, "no memory for a message of %llu bytes", (unsigned long long)parser->message_length);
	*place = (struct in_place){ 0 };
	return 0;
}

static int take_data(struct frame_parser *parser, char *bytes, size_t length, struct in_place *place, struct err *err)
{
	parser->message_length += length;
	if (parser->skipping || length == 0)
		return 0;
	if (place->length > 0) {
		int error = keep(parser, place, err);

		if (error != 0)
			return error;
	}
	*place = (struct in_place){ bytes, length };
	return parser->message.length > 0 ? keep(parser, place, err) : 0;
}

static int take_payload(struct frame_parser *parser, char *bytes, size_t length, size_t *at, struct in_place *place,
	struct err *err)
{
	size_t piece = length - *at;
	int error = 0;

	if (piece > parser->remaining)
		piece = (size_t)parser->remaining;
	if (is_control(parser->opcode)) {
		memcpy(parser->control + parser->control_length, bytes + *at, piece);
		parser->control_length += (unsigned)piece;
	} else {
		error = take_data(parser, bytes + *at, piece, place, err);
	}
	parser->remaining -= piece;
	*at += piece;
	return error;
}

/* RFC 6455 7.4: what may stand in a close frame. */
static bool close_code_allowed(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static int give_control(struct frame_parser *parser, struct frame_message *message, struct err *err)
{
	unsigned code = CLOSE_NO_CODE;

	if (parser->opcode == FRAME_CLOSE && parser->control_length > 0) {
		code = (unsigned)(unsigned char)parser->control[0] << 8 | (unsigned char)parser->control[1];
		if (parser->control_length < 2 || !close_code_allowed(code))
			return err_set(err, ERR_PROTOCOL, "a close frame without a valid code");
	}
	parser->closed = parser->opcode == FRAME_CLOSE;
	memset(parser->control + parser->control_length, 0, FRAME_PADDING);
	*message = (struct frame_message){ .opcode = parser->opcode, .payload = parser->control,
		.length = parser->control_length, .close_code = (uint16_t)code };
	return 1;
}

static int give_data(struct frame_parser *parser, const struct in_place *place, struct frame_message *message)
{
	*message = (struct frame_message){ .opcode = parser->message_opcode, .length = (size_t)parser->message_length,
		.too_large = parser->skipping };
	if (!parser->skipping) {
		/* an empty message has neither; the control buffer is as good a place as any */
		message->payload = place->length > 0 ? place->bytes :
			parser->message.length > 0 ? parser->message.bytes : parser->control;
	}
	parser->message_opcode = 0;
	return 1;
}

/* A frame is complete: 1 with its message, 0 when there is none yet. */
static int end_frame(struct frame_parser *parser, struct in_place *place, struct frame_message *message,
	struct err *err)
{
	parser->in_payload = false;
	if (is_control(parser->opcode)) {
		int error = place->length > 0 ? keep(parser, place, err) : 0;

		return error != 0 ? error : give_control(parser, message, err);
	}
	return parser->final ? give_data(parser, place, message) : 0;
}

int frame_next(struct frame_parser *parser, char *bytes, size_t length, size_t *used, struct frame_message *message,
	struct err *err)
{
	struct in_place place = { 0 };
	size_t at = 0;
	int result = 0;

	while (result == 0 && !parser->closed) {
		if (!parser->in_payload)
			result = take_header(parser, bytes, length, &at, err);
		if (result != 0 || !parser->in_payload)
			break;
		result = take_payload(parser, bytes, length, &at, &place, err);
		if (result != 0 || parser->remaining > 0)
			break;
		result = end_frame(parser, &place, message, err);
	}
	if (result == 0 && place.length > 0)
		result = keep(parser, &place, err);
	*used = parser->closed && result == 0 ? length : at;
	return result;
}

size_t frame_build(enum frame_opcode opcode, const void *payload, size_t length, uint32_t mask, char *out)
{
	unsigned char *to = (unsigned char *)out;
	unsigned char key[4] = { (unsigned char)(mask >> 24), (unsigned char)(mask >> 16), (unsigned char)(mask >> 8),
		(unsigned char)mask };
	const unsigned char *from = payload;
	unsigned bytes = length < LENGTH_16 ? 0 : length <= UINT16_MAX ? 2 : 8;

	*to++ = (unsigned char)(BIT_FINAL | opcode);
	*to++ = (unsigned char)(BIT_MASKED | (bytes == 0 ? length : bytes == 2 ? LENGTH_16 : LENGTH_64));
	for (unsigned i = bytes; i > 0; i--)
		*to++ = (unsigned char)((uint64_t)length >> (8 * (i - 1)));
	memcpy(to, key, sizeof(key));
	to += sizeof(key);
	for (size_t i = 0; i < length; i++)
		*to++ = from[i] ^ key[i % 4];
	return (size_t)(to - (unsigned char *)out);
}
