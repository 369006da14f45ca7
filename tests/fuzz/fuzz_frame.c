/* Any bytes, split anywhere, give the same messages and the same refusal as unsplit. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "subscriber/frame.h"

enum { MESSAGE_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	uint64_t sum;
	unsigned count;
	int error;
};

static void add(struct outcome *outcome, const struct frame_message *message)
{
	outcome->count++;
	outcome->sum = outcome->sum * 31 + message->opcode * 7 + message->length + message->close_code * 3;
	for (size_t i = 0; !message->too_large && i < message->length; i++)
		outcome->sum = outcome->sum * 31 + (unsigned char)message->payload[i];
}

/* The chunk is a block of its own, so that a read behind its padding is found. */
static void feed(struct frame_parser *parser, const uint8_t *bytes, size_t length, struct outcome *outcome)
{
	char *chunk = calloc(1, length + FRAME_PADDING);
	size_t done = 0;
	int result = 1;

	memcpy(chunk, bytes, length);
	while (result == 1) {
		struct frame_message message;
		struct err err;
		size_t used = 0;

		result = frame_next(parser, chunk + done, length - done, &used, &message, &err);
		done += used;
		if (done > length)
			abort();
		if (result == 1)
			add(outcome, &message);
		else if (result < 0)
			outcome->error = result;
	}
	free(chunk);
}

static struct outcome parse(const uint8_t *data, size_t size, uint64_t random)
{
	struct outcome outcome = { 0 };
	struct frame_parser parser;
	size_t at = 0;

	frame_init(&parser, MESSAGE_MAX);
	while (at < size && outcome.error == 0) {
		size_t length = size - at;

		if (random != 0) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			length = 1 + (size_t)(random >> 40) % 32;
			if (length > size - at)
				length = size - at;
		}
		feed(&parser, data + at, length, &outcome);
		at += length;
	}
	frame_fini(&parser);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = parse(data, size, 0);
	struct outcome pieces = parse(data, size, size * 2 + 1);

	if (whole.count != pieces.count || whole.sum != pieces.sum || whole.error != pieces.error)
		abort();
	return 0;
}
