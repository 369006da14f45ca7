/* The answer to an upgrade request, split anywhere: the same result as unsplit, and never more than the limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "subscriber/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	int result, status;
	size_t used, body_length;
};

static struct outcome read_answer(const uint8_t *data, size_t size, size_t step)
{
	struct outcome outcome = { 0 };
	struct handshake_answer answer;

	handshake_answer_init(&answer, "dGhlIHNhbXBsZSBub25jZQ==");
	while (outcome.used < size && outcome.result == 0) {
		size_t length = size - outcome.used < step ? size - outcome.used : step, used = 0;
		char *chunk = malloc(length);
		struct err err;

		memcpy(chunk, data + outcome.used, length);
		outcome.result = handshake_read(&answer, chunk, length, &used, &err);
		free(chunk);
		if (used > length || (outcome.result == 0 && used != length))
			abort();
		outcome.used += used;
	}
	outcome.status = answer.status;
	outcome.body_length = answer.body_length;
	if (answer.body_length > HANDSHAKE_BODY_MAX || strlen(answer.body) > HANDSHAKE_BODY_MAX)
		abort();
	handshake_answer_fini(&answer);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole = read_answer(data, size, size + 1);
	struct outcome pieces = read_answer(data, size, size % 13 + 1);

	if (whole.result != pieces.result || whole.status != pieces.status)
		abort();
	if (whole.result == 1 && (whole.used != pieces.used || whole.body_length != pieces.body_length))
		abort();
	return 0;
}
