/* json_parse where memory is short: the whole value or none, never another one. malloc is wrapped (CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/json_parse.h"

static unsigned until_failure; /* allocations that still succeed before one that fails; 0: all do */
static bool failed;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (until_failure > 0 && --until_failure == 0) {
		failed = true;
		return NULL;
	}
	return __real_malloc(size);
}

static void test_each_allocation_fails_in_turn(void **state)
{
	static const char text[] = "{\"address\": \"127.0.0.1:41727\", \"list\": [\"a text that is longer than what a lexer begins with\"]}";
	json_error_t where;
	json_t *whole = json_parse_text(text, 0, &where);
	unsigned turns = 0;

	(void)state;
	assert_non_null(whole);
	do {
		json_t *value;

		failed = false;
		until_failure = ++turns;
		value = json_parse(text, strlen(text), 0, &where);
		until_failure = 0;
		assert_true(failed ? value == NULL : json_equal(value, whole));
		if (failed)
			assert_string_equal(where.text, "no memory");
		json_decref(value);
	} while (failed);
	assert_true(turns > 10);
	json_decref(whole);
}

static void test_no_text_and_no_json(void **state)
{
	(void)state;
	assert_null(json_parse_text(NULL, 0, NULL));
	assert_null(json_parse("{", 1, 0, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_in_turn),
		cmocka_unit_test(test_no_text_and_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
