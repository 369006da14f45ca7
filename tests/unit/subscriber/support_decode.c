#include "tests/unit/subscriber/support_decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "tests/support/reference_decode.h"

int decode_setup(void **state)
{
	struct decode_test *test = calloc(1, sizeof(*test));

	*state = test;
	return test == NULL ? -1 : decoder_new(&test->decoder, DECODE_FLOWS_MAX, &test->err);
}

int decode_teardown(void **state)
{
	struct decode_test *test = *state;

	decoder_free(&test->decoder);
	free(test->text);
	free(test);
	return 0;
}

int decode_bytes(struct decode_test *test, const void *bytes, size_t length)
{
	char reason[REFERENCE_REASON_SIZE];
	int result;

	free(test->text);
	test->text = calloc(1, length + DECODE_PADDING);
	assert_non_null(test->text);
	memcpy(test->text, bytes, length);
	memset(&test->err, 0, sizeof(test->err));
	result = decoder_message(test->decoder, test->text, length, &test->out, &test->err);
	assert_int_equal(result, test->err.code);
	if (reference_compare(test->text, length, result, &test->out, reason) != 0)
		fail_msg("%s (%s)\n%.*s", reason, test->err.message, (int)length, test->text);
	return result;
}

int decode_text(struct decode_test *test, const char *text)
{
	return decode_bytes(test, text, strlen(text));
}

void decode_flows(struct decode_test *test, const char *flows)
{
	size_t size = strlen(flows) + 64;
	char *message = malloc(size);

	assert_non_null(message);
	snprintf(message, size, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[%s]}", flows);
	if (decode_text(test, message) != 0)
		fail_msg("%s: %s", test->err.message, flows);
	free(message);
}

bool ref_is(const struct decode_test *test, struct text_ref ref, const char *text)
{
	return ref.length == strlen(text) && memcmp(test->text + ref.offset, text, ref.length) == 0;
}

void each_line(const char *path, void (*visit)(struct decode_test *, const char *, size_t), struct decode_test *test)
{
	char full[512];
	FILE *file;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	snprintf(full, sizeof(full), "%s/%s", TEST_DATA, path);
	file = fopen(full, "r");
	if (file == NULL)
		fail_msg("%s is missing", full);
	while ((length = getline(&line, &size, file)) > 0)
		visit(test, line, (size_t)length - (line[length - 1] == '\n'));
	free(line);
	fclose(file);
}
