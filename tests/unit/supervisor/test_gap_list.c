/* The list of a subscription's gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/gap_list.h"

static void gaps_are_kept_oldest_first(void **state)
{
	static struct gap_list list;

	(void)state;
	assert_int_equal(gap_list_count(&list), 0);
	for (int64_t i = 0; i < 3; i++)
		gap_list_add(&list, &(struct ring_gap){ .from_ms = i, .to_ms = i + 1, .reason = GAP_SILENCE });

	assert_int_equal(gap_list_count(&list), 3);
	assert_int_equal(gap_list_at(&list, 0)->from_ms, 0);
	assert_int_equal(gap_list_at(&list, 2)->to_ms, 3);
	assert_int_equal(gap_list_at(&list, 2)->reason, GAP_SILENCE);
}

static void only_the_last_thousand_are_kept(void **state)
{
	static struct gap_list list;

	(void)state;
	for (int64_t i = 0; i < GAP_LIST_MAX + 7; i++)
		gap_list_add(&list, &(struct ring_gap){ .from_ms = i, .to_ms = i });

	assert_int_equal(gap_list_count(&list), GAP_LIST_MAX);
	assert_int_equal(gap_list_at(&list, 0)->from_ms, 7);
	assert_int_equal(gap_list_at(&list, GAP_LIST_MAX - 1)->from_ms, GAP_LIST_MAX + 6);
	assert_int_equal(list.ever, GAP_LIST_MAX + 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_kept_oldest_first),
		cmocka_unit_test(only_the_last_thousand_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
