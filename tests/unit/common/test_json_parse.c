/* json_parse where memory is short: the whole value or none, never another one. malloc is wrapped (CMakeLists.txt). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static const char text[] = "{\"address\": \"127.0.0.1:41727\", \"list\": [\"a text that is longer than what a lexer begins with\"]}";

static json_t *of_text(json_error_t *where)
{
	return json_parse(text, strlen(text), 0, where);
}

static json_t *of_file(json_error_t *where)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	json_t *value;

	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	value = json_parse_fd(fd, 0, where);
	close(fd);
	return value;
}

static void each_allocation_fails_in_turn(json_t *(*parse)(json_error_t *where))
{
	json_error_t where;
	json_t *whole = parse(&where);
	unsigned turns = 0;

	assert_non_null(whole);
	do {
		json_t *value;

		failed = false;
		until_failure = ++turns;
		value = parse(&where);
		until_failure = 0;
		assert_true(failed ? value == NULL : json_equal(value, whole));
		if (failed) {
			assert_string_equal(where.text, "no memory");
			assert_int_equal(json_error_code(&where), json_error_out_of_memory);
		}
		json_decref(value);
	} while (failed);
	assert_true(turns > 10);
	json_decref(whole);
}

static void test_each_allocation_for_a_text_fails_in_turn(void **state)
{
	(void)state;
	each_allocation_fails_in_turn(of_text);
}

static void test_each_allocation_for_a_file_fails_in_turn(void **state)
{
	(void)state;
	each_allocation_fails_in_turn(of_file);
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
		cmocka_unit_test(test_each_allocation_for_a_text_fails_in_turn),
		cmocka_unit_test(test_each_allocation_for_a_file_fails_in_turn),
		cmocka_unit_test(test_no_text_and_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
