/* The names of the vpclogs header object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

#define VPCLOGS GOOD "  transform:\n    type: vpclogs\n"
#define HEADER VPCLOGS "  storeheader:\n    type: vpclogs\n    vpclogs:\n"
#define PATH "pipeline.storeheader.vpclogs"
enum { LINE = 13 };                           /* of its first name */

static void any_names_are_taken_in_their_order(void **state)
{
	struct config *config = load_good(HEADER "      vpc_crn: 5\n      Attached: true\n      empty:\n      'a b': \"<\\\"\\\\>\"\n");
	const struct text_map *values = &config_pipeline(config)->storeheader.values;

	(void)state;
	assert_int_equal(values->count, 3);
	assert_string_equal(values->items[0].name, "vpc_crn");
	assert_string_equal(values->items[0].value, "5");
	assert_string_equal(values->items[1].name, "Attached");
	assert_string_equal(values->items[1].value, "true");
	assert_string_equal(values->items[2].name, "a b");
	config_free(&config);
	assert_no_error(VPCLOGS);
	assert_no_error(VPCLOGS "  storeheader:\n    type: vpclogs\n    vpclogs:\n");
}

static void a_name_that_is_computed_is_a_mistake_however_it_is_spelled(void **state)
{
	static const char *const names[] = { "version", "capture_start_time", "capture_end_time", "number_of_flow_logs", "state",
		"flow_logs", "State", "FLOW_LOGS" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char text[512], path[128];

		snprintf(text, sizeof(text), "%s      vpc_crn: x\n      %s: y\n", HEADER, names[i]);
		snprintf(path, sizeof(path), PATH ".%s", names[i]);
		assert_only_error(text, path, "conflict", LINE + 1, 7);
		/* an empty value is the same as none */
		snprintf(text, sizeof(text), "%s      vpc_crn: x\n      %s:\n", HEADER, names[i]);
		assert_no_error(text);
	}
	assert_no_error(HEADER "      versions: x\n      states: x\n");
}

static void names_that_differ_in_case_alone_are_a_mistake(void **state)
{
	(void)state;
	assert_only_error(HEADER "      vpc_crn: x\n      other: y\n      VPC_crn: z\n", PATH ".VPC_crn", "duplicate_key",
		LINE + 2, 7);
	assert_only_error(HEADER "      vpc_crn: x\n      vpc_crn: y\n", PATH ".vpc_crn", "duplicate_key", LINE + 1, 7);
}

static void what_no_object_could_begin_with_is_too_long(void **state)
{
	static char text[16384];
	size_t at = (size_t)snprintf(text, sizeof(text), "%s", HEADER);

	(void)state;
	/* 8192 bytes */
	for (int i = 0; i < 8; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "      n%d: %01022d\n", i, i);
	assert_no_error(text);
	snprintf(text + at, sizeof(text) - at, "      n: 1\n");
	assert_only_error(text, PATH, "range", LINE, 7);
}

static void a_header_needs_the_records_that_go_into_it(void **state)
{
	(void)state;
	assert_only_error(GOOD "  storeheader:\n    type: vpclogs\n", "pipeline.storeheader.type", "conflict", 9, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_names_are_taken_in_their_order),
		cmocka_unit_test(a_name_that_is_computed_is_a_mistake_however_it_is_spelled),
		cmocka_unit_test(names_that_differ_in_case_alone_are_a_mistake),
		cmocka_unit_test(what_no_object_could_begin_with_is_too_long),
		cmocka_unit_test(a_header_needs_the_records_that_go_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
