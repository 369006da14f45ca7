/* A log line as JSON: nothing that is in a text can break it, and whose it is stands beside the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/log_json.h"

#define HEAD "2026-11-24T10:00:00.123Z warn worker "
#define MEMBERS "{\"time\":\"2026-11-24T10:00:00.123Z\",\"level\":\"warn\",\"component\":\"worker\","

static const struct log_origin edge = { "worker", "acme/edge", "acme", "edge" };
static const struct log_origin file = { "worker", "edge", "", "edge" };
static const struct log_origin analyzer = { .component = "subscriber", .scope = "ws://a:1/" };

static void assert_line(const char *line, const struct log_origin *origin, const char *expected)
{
	char *text = log_json_line(line, origin);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void whose_it_is_stands_beside_the_message(void **state)
{
	(void)state;
	assert_line(HEAD "acme/edge full", &edge, MEMBERS "\"tenant\":\"acme\",\"pipeline\":\"edge\",\"message\":\"full\"}");
	assert_line(HEAD "acme/edge: full", &edge, MEMBERS "\"tenant\":\"acme\",\"pipeline\":\"edge\",\"message\":\"full\"}");
	assert_line(HEAD "edge full", &file, MEMBERS "\"pipeline\":\"edge\",\"message\":\"full\"}");
	assert_line(HEAD "ws://a:1/ full", &analyzer, MEMBERS "\"scope\":\"ws://a:1/\",\"message\":\"full\"}");
}

static void a_message_keeps_what_only_resembles_a_scope(void **state)
{
	(void)state;
	assert_line(HEAD "acme/edge-2 full", &edge,
		MEMBERS "\"tenant\":\"acme\",\"pipeline\":\"edge\",\"message\":\"acme/edge-2 full\"}");
	assert_line(HEAD "full", &edge, MEMBERS "\"tenant\":\"acme\",\"pipeline\":\"edge\",\"message\":\"full\"}");
}

static void no_text_breaks_the_object(void **state)
{
	(void)state;
	assert_line(HEAD "edge \"a\\b\" \xff\xc3\xa4\xed\xa0\x80", &file,
		MEMBERS "\"pipeline\":\"edge\",\"message\":\"\\\"a\\\\b\\\" \xc3\xa4\"}");
}

static void a_scope_that_was_cut_is_left_out(void **state)
{
	char url[200], line[400], expected[600];
	const struct log_origin origin = { .component = "subscriber", .scope = url };

	(void)state;
	memset(url, 'u', sizeof(url));
	url[sizeof(url) - 1] = '\0';
	snprintf(line, sizeof(line), HEAD "%.127s full", url);
	snprintf(expected, sizeof(expected), MEMBERS "\"scope\":\"%s\",\"message\":\"full\"}", url);
	assert_line(line, &origin, expected);
}

static void what_is_no_line_of_ours_is_an_error_of_its_process(void **state)
{
	static const char *const lines[] = { "double free or corruption", "2026-11-24T10:00:00.123Z", "a warn worker x",
		"2026-11-24T10:00:00.123Z loud worker x", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *text = log_json_line(lines[i], &edge), expected[200];

		snprintf(expected, sizeof(expected),
			"\"level\":\"error\",\"component\":\"worker\",\"tenant\":\"acme\",\"pipeline\":\"edge\",\"message\":\"%s\"}", lines[i]);
		assert_non_null(text);
		assert_non_null(strstr(text, expected));
		assert_memory_equal(text, "{\"time\":\"20", 11);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_it_is_stands_beside_the_message),
		cmocka_unit_test(a_message_keeps_what_only_resembles_a_scope),
		cmocka_unit_test(no_text_breaks_the_object),
		cmocka_unit_test(a_scope_that_was_cut_is_left_out),
		cmocka_unit_test(what_is_no_line_of_ours_is_an_error_of_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
