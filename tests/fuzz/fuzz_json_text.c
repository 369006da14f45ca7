/* Any bytes: indenting and Go's way of writing strings change the form of a JSON text, never its value, and stay inside
 * their bounds when it is none. The first byte says which, and how deep. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/err.h"
#include "worker/json_text.h"

enum { OUT_MAX = 1 << 20, INPUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

/* Indented, it is the same value; indented once more, the same text. */
static void check_indent(const char *text, size_t length, unsigned depth)
{
	json_t *value = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct buffer once, twice;
	json_t *again;
	int error;

	buffer_init(&once, OUT_MAX);
	buffer_init(&twice, OUT_MAX);
	error = json_indent(&once, text, length, depth);
	if (error == 0 && value != NULL) {
		again = json_loadb(once.bytes, once.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (again == NULL || !json_equal(value, again))
			fail("indented, it is another value");
		json_decref(again);
		error = json_indent(&twice, once.bytes, once.length, depth);
		if (error != 0 || once.length != twice.length || memcmp(once.bytes, twice.bytes, once.length) != 0)
			fail("indented twice, it is another text");
	}
	json_decref(value);
	buffer_fini(&once);
	buffer_fini(&twice);
}

static json_t *load_string(const char *text, size_t length)
{
	static char quoted[2 + INPUT_MAX * JSON_GO_GROWTH];

	quoted[0] = '"';
	memcpy(quoted + 1, text, length);
	quoted[length + 1] = '"';
	return json_loadb(quoted, length + 2, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

/* A valid string keeps its value; any other becomes a valid one. Written once more, it is the same text. */
static void check_string(const char *text, size_t length)
{
	static char once[INPUT_MAX * JSON_GO_GROWTH];
	json_t *value = load_string(text, length);
	char *twice = malloc(sizeof(once) * JSON_GO_GROWTH);
	size_t made = (size_t)(json_put_as_go(once, text, length) - once);
	json_t *again = load_string(once, made);

	if (twice == NULL || made > length * JSON_GO_GROWTH)
		fail("too long");
	if (again == NULL || (value != NULL && !json_equal(value, again)))
		fail("as Go, it is another string");
	if ((size_t)(json_put_as_go(twice, once, made) - twice) != made || memcmp(once, twice, made) != 0)
		fail("as Go twice, it is another text");
	free(twice);
	json_decref(value);
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0 || size > INPUT_MAX)
		return 0;
	/* a copy of its own length: reading beyond it is found */
	text = malloc(size);
	if (text == NULL)
		abort();
	memcpy(text, data + 1, size - 1);
	if (data[0] & 1)
		check_string(text, size - 1);
	else
		check_indent(text, size - 1, data[0] >> 1 & 3);
	free(text);
	return 0;
}
