#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/pipeline_config.h"
#include "common/err.h"
#include "support_golden.h"
#include "worker/json_text.h"
#include "worker/json_write.h"
#include "worker/pipeline_format.h"

static void assert_as_go(const char *text, const char *expected)
{
	char out[256];
	char *end = json_put_as_go(out, text, strlen(text));

	assert_true((size_t)(end - out) <= strlen(text) * JSON_GO_GROWTH);
	*end = '\0';
	assert_string_equal(out, expected);
}

static void strings_are_written_as_go_writes_their_values(void **state)
{
	(void)state;
	assert_as_go("", "");
	assert_as_go("plain \x7f text", "plain \x7f text");
	assert_as_go("<>&", "\\u003c\\u003e\\u0026");
	assert_as_go("\\\" \\\\ \\/ \\b\\f\\n\\r\\t", "\\\" \\\\ / \\b\\f\\n\\r\\t");
	assert_as_go("\\u0000\\u001f\\u0041\\u00e9", "\\u0000\\u001f" "A\xc3\xa9");
	assert_as_go("\xe2\x80\xa8\xe2\x80\xa9\\u2028", "\\u2028\\u2029\\u2028");
	assert_as_go("\\ud83d\\ude00\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80");
	assert_as_go("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac");
}

static void a_plain_text_keeps_what_escapes_would_be(void **state)
{
	static const char text[] = "a\"b\\u0041\n\t\x01<\xff\xc3\xa9";
	char out[sizeof(text) * JSON_GO_GROWTH];

	(void)state;
	*json_put_text(out, text, strlen(text)) = '\0';
	assert_string_equal(out, "a\\\"b\\\\u0041\\n\\t\\u0001\\u003c\xef\xbf\xbd\xc3\xa9");
}

static void halves_and_bad_bytes_become_the_replacement_character(void **state)
{
	(void)state;
	assert_as_go("\\ud83d", "\xef\xbf\xbd");
	assert_as_go("\\ude00x", "\xef\xbf\xbdx");
	assert_as_go("\\ud83d\\u0041", "\xef\xbf\xbd" "A");
	assert_as_go("\xff\xc0\xaf\xe2\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_as_go("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_as_go("\\", "\xef\xbf\xbd");
	assert_as_go("\\u12", "\xef\xbf\xbd" "12");
}

static void assert_indented(const char *text, unsigned depth, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 4096);
	assert_int_equal(json_indent(&out, text, strlen(text), depth), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal(out.bytes, expected);
	buffer_fini(&out);
}

static void indentation_is_gos(void **state)
{
	(void)state;
	assert_indented("{\"a\":1,\"b\":[true,null,-1.5e3],\"c\":{},\"d\":[]}", 0,
		"{\n\t\"a\": 1,\n\t\"b\": [\n\t\ttrue,\n\t\tnull,\n\t\t-1.5e3\n\t],\n\t\"c\": {},\n\t\"d\": []\n}");
	assert_indented("{\"a\":1}", 2, "{\n\t\t\t\"a\": 1\n\t\t}");
	assert_indented(" { \"a\" : \"x\\\"{[,:\" , \"b\" :\t[ ] }\r\n", 0, "{\n\t\"a\": \"x\\\"{[,:\",\n\t\"b\": []\n}");
}

static void a_text_that_is_no_json_is_bounded(void **state)
{
	static const char *const texts[] = { "\"", "\"\\", "{", "[[[", "]}", "{\"a\"", "tru", ":,", "" };
	struct buffer out;

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		buffer_init(&out, 64);
		assert_int_equal(json_indent(&out, texts[i], strlen(texts[i]), 1), 0);
		buffer_fini(&out);
	}
	buffer_init(&out, 64);
	assert_int_equal(json_indent(&out, "[[[[[[[[[[[[[[[[[[[[[[[[[", 25, 1), ERR_LIMIT);
	buffer_fini(&out);
}

/* An object of the exporter, on one line: white space outside of strings is taken out. */
static char *compact(const char *text)
{
	char *out = malloc(strlen(text) + 1), *to = out;
	int in_string = 0;

	assert_non_null(out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			in_string = !in_string;
		if (in_string || strchr(" \t\n", *text) == NULL)
			*to++ = *text;
	}
	*to = '\0';
	return out;
}

static void indenting_the_exporters_object_gives_it_back(void **state)
{
	struct records *golden = golden_read("syn-secadvisor-pretty");
	size_t compared = 0;

	(void)state;
	for (unsigned tag = 0; tag < TAG_COUNT; tag++) {
		for (size_t i = 0; i < golden->tags[tag].count; i++) {
			char *one_line = compact(golden->tags[tag].records[i]);

			assert_null(strchr(one_line, '\n'));
			assert_non_null(strchr(golden->tags[tag].records[i], '\n'));
			assert_indented(one_line, 2, golden->tags[tag].records[i]);
			compared++;
			free(one_line);
		}
	}
	assert_true(compared > 10);
	records_free(golden);
}

static void integers_of_any_length_are_written(void **state)
{
	static const int64_t values[] = { 0, 7, 10, 99, 100, 12345, 1717750000123, INT64_MAX, -1, INT64_MIN };

	(void)state;
	for (unsigned i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char out[32], expected[32];

		*json_put_integer(out, values[i]) = '\0';
		snprintf(expected, sizeof(expected), "%lld", (long long)values[i]);
		assert_string_equal(out, expected);
	}
}

static void assert_wrapped(const struct pipeline_config *config, const char *open, const char *close)
{
	struct spool_format format;

	pipeline_format_fill(config, &format);
	assert_string_equal(format.open, open);
	assert_string_equal(format.close, close);
}

static void the_transform_decides_the_wrapper(void **state)
{
	struct pipeline_config config = { .transform = { .type = TRANSFORM_SECADVISOR } };

	(void)state;
	assert_wrapped(&config, "{\"data\":[", "]}\n");
	config.encode.type = ENCODE_JSON;
	assert_wrapped(&config, "{\"data\":[", "]}\n");
	config.encode.pretty = true;
	assert_wrapped(&config, "{\n\t\"data\": [\n\t\t", "\n\t]\n}\n");
	config.transform.type = TRANSFORM_NONE;
	assert_wrapped(&config, "[\n\t", "\n]\n");
	config.encode.pretty = false;
	assert_wrapped(&config, "[", "]\n");
	config.encode.type = ENCODE_SECADVISOR;
	assert_wrapped(&config, "{\"data\":[", "]}\n");
}

static void the_encoder_decides_the_wrapper_for_consumers_of_the_exporter(void **state)
{
	struct pipeline_config config = { .compat = COMPAT_SFE, .transform = { .type = TRANSFORM_SECADVISOR } };

	(void)state;
	assert_wrapped(&config, "{\"data\":[", "]}\n");
	config.encode.type = ENCODE_JSON;
	assert_wrapped(&config, "[", "]\n");
	config.encode.type = ENCODE_SECADVISOR;
	assert_wrapped(&config, "{\"data\":[", "]}\n");
}

static void names_and_headers_follow_the_content_but_for_consumers_of_the_exporter(void **state)
{
	struct pipeline_config config = { .compress = { .type = COMPRESS_NONE } };
	struct spool_format format;

	(void)state;
	pipeline_format_fill(&config, &format);
	assert_string_equal(format.ending, ".json");
	assert_string_equal(format.content_encoding, "");
	config.compress.type = COMPRESS_GZIP;
	pipeline_format_fill(&config, &format);
	assert_string_equal(format.ending, ".json.gz");
	assert_string_equal(format.content_encoding, "gzip");
	config.compat = COMPAT_SFE;
	config.compress.type = COMPRESS_NONE;
	pipeline_format_fill(&config, &format);
	assert_string_equal(format.ending, ".gz");
	assert_string_equal(format.content_encoding, "gzip");
	assert_string_equal(format.content_type, "application/json");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_written_as_go_writes_their_values),
		cmocka_unit_test(a_plain_text_keeps_what_escapes_would_be),
		cmocka_unit_test(halves_and_bad_bytes_become_the_replacement_character),
		cmocka_unit_test(indentation_is_gos),
		cmocka_unit_test(a_text_that_is_no_json_is_bounded),
		cmocka_unit_test(indenting_the_exporters_object_gives_it_back),
		cmocka_unit_test(integers_of_any_length_are_written),
		cmocka_unit_test(the_transform_decides_the_wrapper),
		cmocka_unit_test(the_encoder_decides_the_wrapper_for_consumers_of_the_exporter),
		cmocka_unit_test(names_and_headers_follow_the_content_but_for_consumers_of_the_exporter),
	};

	return cmocka_run_group_tests_name("json_text", tests, NULL, NULL);
}
