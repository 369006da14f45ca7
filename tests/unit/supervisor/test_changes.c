/* What a revision changes, in one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/serve/ops/changes.h"

static void expect(const char *before, const char *after, const char *line)
{
	json_t *from = json_loads(before, JSON_DECODE_ANY, NULL), *to = json_loads(after, JSON_DECODE_ANY, NULL);
	struct changes changes = { 0 };

	assert_non_null(from);
	assert_non_null(to);
	changes_compare(&changes, from, to);
	assert_string_equal(changes_end(&changes), line);
	json_decref(from);
	json_decref(to);
}

static void what_is_the_same_is_not_told(void **state)
{
	(void)state;
	expect("{\"a\": 1, \"b\": {\"c\": [1, 2]}}", "{\"b\": {\"c\": [1, 2]}, \"a\": 1}", "");
}

static void values_are_told_with_their_paths(void **state)
{
	(void)state;
	expect("{\"a\": {\"b\": 6000, \"c\": \"none\", \"d\": true}}", "{\"a\": {\"b\": 77, \"c\": \"gzip\", \"d\": true}}",
		"a.b: 6000 -> 77; a.c: none -> gzip");
	expect("{\"l\": [\"x\"]}", "{\"l\": [\"x\", \"y\"]}", "l: [\"x\"] -> [\"x\",\"y\"]");
}

static void what_comes_and_goes_is_told_as_a_whole(void **state)
{
	(void)state;
	expect("{\"old\": {\"x\": 1}, \"same\": 1}", "{\"same\": 1, \"new\": {\"y\": {\"z\": 1}}}", "new: added; old: removed");
	expect("{\"a\": {\"b\": 1}}", "{\"a\": 1}", "a: {\"b\":1} -> 1");
}

static void a_long_value_is_cut_between_characters(void **state)
{
	(void)state;
	expect("{\"a\": 1}", "{\"a\": \"0123456789012345678901234567890123456789\"}",
		"a: 1 -> 012345678901234567890123456789012345...");
	expect("{\"a\": 1}", "{\"a\": \"01234567890123456789012345678901234\xc3\xa4\xc3\xa4\xc3\xa4\"}",
		"a: 1 -> 01234567890123456789012345678901234...");
}

static void what_has_no_room_is_counted(void **state)
{
	struct changes changes = { 0 };
	char path[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "p%02d", i);
		changes_add(&changes, path, "changed");
	}
	assert_true(strlen(changes_end(&changes)) < CHANGES_SIZE);
	assert_non_null(strstr(changes.text, "p00: changed; p01: changed"));
	assert_non_null(strstr(changes.text, " more"));
}

static void one_path_that_is_too_long_is_counted_too(void **state)
{
	struct changes changes = { 0 };
	char path[400];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	changes_add(&changes, path, "changed");
	assert_string_equal(changes_end(&changes), "1 more");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_the_same_is_not_told),
		cmocka_unit_test(values_are_told_with_their_paths),
		cmocka_unit_test(what_comes_and_goes_is_told_as_a_whole),
		cmocka_unit_test(a_long_value_is_cut_between_characters),
		cmocka_unit_test(what_has_no_room_is_counted),
		cmocka_unit_test(one_path_that_is_too_long_is_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
