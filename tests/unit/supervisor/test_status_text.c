/* The words of the status line, and when silence is worth a word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "supervisor/silence.h"
#include "supervisor/status_text.h"

static void figures_are_in_full_where_there_is_room(void **state)
{
	const struct status_figures figures = { .flows = 12345678, .records = 12345670, .objects = 1234, .bytes = 345678,
		.waiting = 3, .lag = 5, .lost = 7, .rate = 143000.4 };
	char text[256];

	(void)state;
	status_text(&figures, 0, text, sizeof(text));
	assert_string_equal(text, "flows 12345678 (143000/s) | objects 1234 (345.7 KB) | waiting 3 | lost 7 | lag 5 | "
		"records 12345670");
}

static void a_narrow_line_keeps_whole_the_most_important_figures(void **state)
{
	const struct status_figures figures = { .flows = 12345678, .records = 999950, .objects = 1234,
		.bytes = 3456789000, .waiting = 99999, .lag = 100000, .lost = 7, .malformed = 1, .rate = 143000 };
	char text[256];

	(void)state;
	status_text(&figures, 79, text, sizeof(text));
	assert_string_equal(text, "flows 12.3M (143k/s) | objects 1234 (3.5 GB) | waiting 99999 | lost 7");
	status_text(&figures, 200, text, sizeof(text));
	assert_non_null(strstr(text, "| malformed 1 | lag 100k | records 1.00M"));
	status_text(&figures, 5, text, sizeof(text));
	assert_string_equal(text, "");
}

static void the_last_line_tells_the_mean(void **state)
{
	const struct status_figures figures = { .flows = 10, .rate = 2, .mean = true };
	char text[256];

	(void)state;
	status_text(&figures, 0, text, sizeof(text));
	assert_memory_equal(text, "flows 10 (mean 2/s) |", 21);
}

static void a_problem_is_wrapped_at_blanks_and_cut_at_the_last_line(void **state)
{
	char block[256] = "";

	(void)state;
	assert_int_equal(status_wrap("cannot reach the analyzer", 12, 3, block, sizeof(block)), 3);
	assert_string_equal(block, "cannot\nreach the\nanalyzer\n");
	block[0] = '\0';
	assert_int_equal(status_wrap("cannot reach the analyzer", 12, 2, block, sizeof(block)), 2);
	assert_string_equal(block, "cannot\nreach the an\n");
	block[0] = '\0';
	assert_int_equal(status_wrap("ä\x1b[2Jöü", 3, 1, block, sizeof(block)), 1);
	assert_string_equal(block, "ä?[\n");
	block[0] = '\0';
	assert_int_equal(status_wrap("far too long for it", 80, 3, block, 8), 0);
}

static void silence_counts_from_the_subscription_until_a_flow_comes(void **state)
{
	struct silence silence = { 0 };
	struct ring_counters counters = { 0 };
	int64_t start = 1000 * NS_PER_S;

	(void)state;
	assert_int_equal(silence_since_subscribed(&silence, &counters, start), 0);
	counters.connected = 1;
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + NS_PER_S), 0);
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 12 * NS_PER_S), 11 * NS_PER_S);
	counters.last_message_ns = (uint64_t)(start + 12 * NS_PER_S);
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 13 * NS_PER_S), 0);
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 99 * NS_PER_S), 0);
	/* a new connection is silent on its own */
	counters.reconnects = 1;
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 100 * NS_PER_S), 0);
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 115 * NS_PER_S), 15 * NS_PER_S);
	counters.connected = 0;
	assert_int_equal(silence_since_subscribed(&silence, &counters, start + 116 * NS_PER_S), 0);
}

static void a_flow_that_came_with_the_connection_is_no_silence(void **state)
{
	struct silence silence = { 0 };
	struct ring_counters counters = { 0 };

	(void)state;
	silence_since_subscribed(&silence, &counters, 100 * NS_PER_S);
	counters.connected = 1;
	counters.last_message_ns = (uint64_t)(105 * NS_PER_S);
	assert_int_equal(silence_since_subscribed(&silence, &counters, 110 * NS_PER_S), 0);
	assert_int_equal(silence_since_subscribed(&silence, &counters, 130 * NS_PER_S), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_in_full_where_there_is_room),
		cmocka_unit_test(a_narrow_line_keeps_whole_the_most_important_figures),
		cmocka_unit_test(the_last_line_tells_the_mean),
		cmocka_unit_test(a_problem_is_wrapped_at_blanks_and_cut_at_the_last_line),
		cmocka_unit_test(silence_counts_from_the_subscription_until_a_flow_comes),
		cmocka_unit_test(a_flow_that_came_with_the_connection_is_no_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
