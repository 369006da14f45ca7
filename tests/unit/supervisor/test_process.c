/* What /proc tells of a process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
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

static void burn(uint64_t cpu_us)
{
	struct process_figures begin, now;

	assert_true(process_read(getpid(), &begin));
	do {
		assert_true(process_read(getpid(), &now));
	} while (now.cpu_us - begin.cpu_us < cpu_us);
}

static void a_process_is_as_busy_as_the_cpu_it_used_between_two_looks(void **state)
{
	struct process_meter meter = { 0 };
	struct process_figures before, after;

	(void)state;
	process_meter_look(&meter, getpid(), 5 * NS_PER_S);
	assert_true(meter.percent < 0);
	assert_true(process_read(getpid(), &before));
	burn(50000);
	process_meter_look(&meter, getpid(), 15 * NS_PER_S);
	assert_true(process_read(getpid(), &after));
	assert_true(meter.percent >= 0.5);
	/* the last look was before `before`, and ticks are 10 ms */
	assert_true(meter.percent <= (double)(after.cpu_us - before.cpu_us + 20000) / 1e6 * 10);
}

static void another_process_begins_anew(void **state)
{
	struct process_meter meter = { 0 };

	(void)state;
	process_meter_look(&meter, getpid(), 1 * NS_PER_S);
	process_meter_look(&meter, getppid(), 2 * NS_PER_S);
	assert_int_equal(meter.pid, getppid());
	assert_true(meter.percent < 0);
	process_meter_look(&meter, getppid(), 3 * NS_PER_S);
	assert_true(meter.percent >= 0);
	process_meter_look(&meter, 0, 4 * NS_PER_S);
	assert_int_equal(meter.pid, 0);
	meter = (struct process_meter){ .pid = getpid(), .cpu_us = UINT64_MAX / 2, .at_ns = 1 };
	process_meter_look(&meter, getpid(), 2);
	assert_true(meter.percent < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_blanks_and_parentheses_moves_no_field),
		cmocka_unit_test(what_is_no_such_line_gives_zeros),
		cmocka_unit_test(this_process_is_there_and_none_is_not),
		cmocka_unit_test(a_process_is_as_busy_as_the_cpu_it_used_between_two_looks),
		cmocka_unit_test(another_process_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
