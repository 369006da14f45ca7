/* Messages for the decoder's tests: decoded, and compared with what jansson makes of them. */
#ifndef SLUICE_TESTS_UNIT_SUPPORT_DECODE_H
#define SLUICE_TESTS_UNIT_SUPPORT_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "subscriber/decode.h"

/* cmocka setup and teardown: *state is a struct decode_test. */
int decode_setup(void **state);
int decode_teardown(void **state);

struct decode_test {
	struct decoder *decoder;
	char *text;                   /* the last message, with the padding that the decoder wants and not a byte more */
	struct decoded out;
	struct err err;
};

/* Decodes and fails the test where jansson differs. Returns decoder_message's result. */
int decode_bytes(struct decode_test *test, const void *bytes, size_t length);
int decode_text(struct decode_test *test, const char *text);
/* A flow message with this between the brackets of Obj; must be accepted. */
void decode_flows(struct decode_test *test, const char *flows);

/* Whether a text is there and is these bytes of the message. */
bool ref_is(const struct decode_test *test, struct text_ref ref, const char *text);

/* Calls visit for each line of a file below TEST_DATA, the line break left out. */
void each_line(const char *path, void (*visit)(struct decode_test *, const char *line, size_t length),
	struct decode_test *test);

#endif
