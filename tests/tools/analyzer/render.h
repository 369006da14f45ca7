/* Messages as they go out: a template with its identity, then as websocket frames. */
#ifndef SLUICE_ANALYZER_RENDER_H
#define SLUICE_ANALYZER_RENDER_H

#include "common/buffer.h"
#include "tests/tools/analyzer/recording.h"

/* One publication of a message. Cheap to queue: it is rendered when a client takes it. */
struct item {
	const struct message *message;    /* NULL: raw */
	struct raw *raw;                  /* text of its own, counted references */
	uint64_t serial;                  /* of its first flow */
	uint64_t number;                  /* of the message, from 1 */
	int64_t shift_ms;                 /* added to its times */
	uint32_t loop;
};

struct raw {
	unsigned references;
	size_t length;
	char namespace[64];
	char text[];
};

struct raw *raw_new(const char *namespace, const void *text, size_t length);
void raw_release(struct raw **raw);

struct render_style {
	enum identity identity;
	bool retime;                      /* times move with the wall clock instead of the serial */
};

/* capture: NULL for the whole message, else only flows with this CaptureID, under the namespace "flow/<capture>". */
bool item_matches(const struct item *item, const char *capture);
/* The UUID that the flow at index carries, for whoever writes expectations down. */
uint64_t item_uuid(const struct item *item, uint32_t index, const struct render_style *style);
/* Appends the message's text to out. ERR_LIMIT, ERR_NO_MEMORY. */
int item_render(const struct item *item, const char *capture, const struct render_style *style, struct buffer *out);

enum framing {
	FRAMING_AUTO,         /* as the real analyzer: by the message's length */
	FRAMING_SINGLE,
	FRAMING_SPLIT_2,      /* 1024, rest */
	FRAMING_SPLIT_3,      /* 1024, 1024, rest (at least nothing) */
	FRAMING_EMPTY_END,    /* everything with FIN=0, an empty frame with FIN=1 */
	FRAMING_BYTES,        /* a frame each byte: for small recordings */
};

enum { FRAME_HEAD_MAX = 10, OPCODE_TEXT = 1, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

/* Appends the item's frames. */
int item_frames(const struct item *item, const char *capture, const struct render_style *style, enum framing framing,
	struct buffer *out);
/* Appends one frame of a server (no mask). */
int frame_append(struct buffer *out, unsigned opcode, bool fin, const void *payload, size_t length);
/* -1 when there is no such name. */
int framing_parse(const char *name);

#endif
