/* What /proc tells of a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "supervisor/process.h"

static void a_name_with_blanks_and_parentheses_moves_no_field(void **state)
{
	const char *line = "42 (a) S (b c)) S 1 2 3 4 5 6 7 8 9 10 200 50 13 14 15 16 17 18 19 20 3 22\n";
	struct process_figures figures;

	(void)state;
	assert_true(process_parse(line, &figures));
	assert_int_equal(figures.cpu_us, 250 * 1000000 / sysconf(_SC_CLK_TCK));
	assert_int_equal(figures.resident_bytes, 3 * sysconf(_SC_PAGESIZE));
}

static void what_is_no_such_line_gives_zeros(void **state)
{
	const char *const lines[] = { "", "42 (a", "42 (a) S 1 2 3", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x y" };
	struct process_figures figures;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		figures.cpu_us = 1;
		assert_false(process_parse(lines[i], &figures));
		assert_int_equal(figures.cpu_us, 0);
	}
}

static void this_process_is_there_and_none_is_not(void **state)
{
	struct process_figures figures;

	(void)state;
	assert_true(process_read(getpid(), &figures));
	assert_true(figures.resident_bytes > 0);
	assert_false(process_read(0, &figures));
	assert_int_equal(figures.resident_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_blanks_and_parentheses_moves_no_field),
		cmocka_unit_test(what_is_no_such_line_gives_zeros),
		cmocka_unit_test(this_process_is_there_and_none_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
