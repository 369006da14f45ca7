/* JSON as text: the same as Jansson would write it. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/err.h"
#include "supervisor/serve/figures/json_append.h"

enum { CAP = 4096 };

static void assert_written(struct buffer *out, json_t *expected)
{
	char *text = json_dumps(expected, JSON_COMPACT);

	assert_int_equal(out->length, strlen(text));
	assert_memory_equal(out->bytes, text, out->length);
	free(text);
	json_decref(expected);
	buffer_fini(out);
}

static void every_character_is_written_as_jansson_writes_it(void **state)
{
	char text[256];
	struct buffer out;
	struct json_append json = { .out = &out };

	(void)state;
	for (int c = 1; c < 128; c++)
		text[c - 1] = (char)c;
	memcpy(text + 127, "\xc3\xbc\xf0\x9f\x8c\x8a", 7);
	buffer_init(&out, CAP);
	json_append_begin(&json);
	json_append_text(&json, "text", text);
	json_append_text(&json, "empty", "");
	json_append_end(&json);
	assert_int_equal(json.error, 0);
	assert_written(&out, json_pack("{ss ss}", "text", text, "empty", ""));
}

static void numbers_times_and_what_is_json_already(void **state)
{
	struct buffer out;
	struct json_append json = { .out = &out };

	(void)state;
	buffer_init(&out, CAP);
	json_append_begin(&json);
	json_append_number(&json, "least", INT64_MIN);
	json_append_number(&json, "most", INT64_MAX);
	json_append_time(&json, "never", 0);
	json_append_time(&json, "once", 1700000000123);
	json_append_json(&json, "labels", "{\"a\":\"b\"}");
	json_append_name(&json, "inner");
	json_append_begin(&json);
	json_append_end(&json);
	json_append_end(&json);
	assert_int_equal(json.error, 0);
	assert_written(&out, json_pack("{sI sI sn ss s{ss} s{}}", "least", (json_int_t)INT64_MIN, "most", (json_int_t)INT64_MAX,
		"never", "once", "2023-11-14T22:13:20Z", "labels", "a", "b", "inner"));
}

static void the_first_error_stays(void **state)
{
	struct buffer out;
	struct json_append json = { .out = &out };

	(void)state;
	buffer_init(&out, 16);
	json_append_begin(&json);
	json_append_text(&json, "text", "longer than there is room for");
	json_append_end(&json);
	assert_int_equal(json.error, ERR_LIMIT);
	buffer_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_written_as_jansson_writes_it),
		cmocka_unit_test(numbers_times_and_what_is_json_already),
		cmocka_unit_test(the_first_error_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
