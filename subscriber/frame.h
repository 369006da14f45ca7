/* WebSocket framing (RFC 6455), client side: bytes from the server become messages, and ours become masked frames.
 *
 * Knows no socket and no clock. A message that lies whole in the bytes handed in is given out in place (also when an
 * empty final fragment follows it, as the analyzer sends long ones); any other is put together in one capped buffer.
 * UTF-8 is left to the decoder. */
#ifndef SLUICE_SUBSCRIBER_FRAME_H
#define SLUICE_SUBSCRIBER_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"

enum frame_opcode {
	FRAME_CONTINUATION = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10,
};

enum frame_close_code {
	CLOSE_NORMAL = 1000, CLOSE_GOING_AWAY = 1001, CLOSE_PROTOCOL = 1002, CLOSE_NO_CODE = 1005, CLOSE_TOO_LARGE = 1009,
};

enum {
	FRAME_HEADER_MAX = 14,
	FRAME_CONTROL_MAX = 125,      /* payload of ping, pong and close */
	FRAME_PADDING = 64,           /* writable bytes that must stand behind every input, and do behind every message */
};

/* A frame that says to be larger ends the connection instead of being skipped. */
#define FRAME_SKIP_MAX (1ULL << 30)

struct frame_message {
	enum frame_opcode opcode;     /* of the whole message; never FRAME_CONTINUATION */
	/* Not owned: valid until the next call with this parser, or until the input changes. FRAME_PADDING readable bytes
	 * follow it. NULL when too_large. */
	char *payload;
	size_t length;                /* bytes; when too_large: what was skipped */
	uint16_t close_code;          /* of FRAME_CLOSE: CLOSE_NO_CODE when none was sent */
	bool too_large;               /* over message_max: skipped, only its end is told */
};

struct frame_parser {
	size_t message_max;
	unsigned char header[FRAME_HEADER_MAX];
	unsigned header_length;       /* bytes of the next frame's header that have come */
	bool in_payload;
	bool final;                   /* of the present frame */
	uint8_t opcode;               /* of the present frame */
	uint64_t remaining;           /* bytes of its payload that are still to come */
	uint8_t message_opcode;       /* 0: no message begun */
	bool skipping;                /* the message is over the limit */
	uint64_t message_length;      /* bytes of the message that have come */
	struct buffer message;        /* what of it was kept */
	char control[FRAME_CONTROL_MAX + FRAME_PADDING];
	unsigned control_length;
	bool closed;                  /* a close frame has come: nothing after it counts */
};

void frame_init(struct frame_parser *parser, size_t message_max);
void frame_fini(struct frame_parser *parser);

/* Reads on in bytes[0 … length), behind which FRAME_PADDING bytes must be readable. Returns 1 and fills *message, or 0
 * when all is read and no message has ended. *used: bytes taken; call again with the rest after a 1.
 * Errors: ERR_PROTOCOL (the connection cannot go on: close code 1002), ERR_LIMIT (1009), ERR_NO_MEMORY. */
int frame_next(struct frame_parser *parser, char *bytes, size_t length, size_t *used, struct frame_message *message,
	struct err *err);

/* Writes one whole frame, masked with `mask`, into out (FRAME_HEADER_MAX + length bytes); returns its size. */
size_t frame_build(enum frame_opcode opcode, const void *payload, size_t length, uint32_t mask, char *out);

#endif
