/* What a subscription asks the analyzer for on behalf of its pipelines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/subscription_private.h"

static char *text_of(char *const *captures, size_t count)
{
	json_t *needed = namespaces_needed(captures, count);
	char *text = json_dumps(needed, JSON_COMPACT);

	json_decref(needed);
	return text;
}

#define check(expected, ...) \
	do { \
		char *captures[] = { __VA_ARGS__ }; \
		char *text = text_of(captures, sizeof(captures) / sizeof(captures[0])); \
		assert_string_equal(text, expected); \
		free(text); \
	} while (0)

static char one[] = "one", two[] = "two", all[] = "";

static void each_capture_is_asked_for_once(void **state)
{
	(void)state;
	check("[\"flow/one\",\"stats\"]", one);
	check("[\"flow/one\",\"flow/two\",\"stats\"]", two, one, two, one, one);
}

static void one_that_wants_all_flows_stands_for_the_others(void **state)
{
	(void)state;
	check("[\"flow\",\"stats\"]", one, all, two);
}

static void too_many_lines_become_one(void **state)
{
	enum { MANY = 200 };
	char *captures[MANY];
	char *text;

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_true(asprintf(&captures[i], "capture-with-a-long-name-%d", i) > 0);
	text = text_of(captures, 100);
	assert_non_null(strstr(text, "\"flow/capture-with-a-long-name-99\""));
	free(text);
	text = text_of(captures, MANY);
	assert_string_equal(text, "[\"flow\",\"stats\"]");
	free(text);
	for (int i = 0; i < MANY; i++)
		free(captures[i]);
}

static void all_flows_cover_those_of_a_capture(void **state)
{
	char *captures[] = { one, two };
	json_t *wide = json_pack("[ss]", "flow", "stats"), *narrow = namespaces_needed(captures, 1),
	       *more = namespaces_needed(captures, 2);

	(void)state;
	assert_true(namespaces_cover(wide, narrow));
	assert_true(namespaces_cover(more, narrow));
	assert_false(namespaces_cover(narrow, more));
	assert_false(namespaces_cover(narrow, wide));
	json_decref(wide);
	json_decref(narrow);
	json_decref(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_capture_is_asked_for_once),
		cmocka_unit_test(one_that_wants_all_flows_stands_for_the_others),
		cmocka_unit_test(too_many_lines_become_one),
		cmocka_unit_test(all_flows_cover_those_of_a_capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
