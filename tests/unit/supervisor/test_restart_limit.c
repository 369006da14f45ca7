/* limits.restarts: how often a worker may end unasked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "supervisor/restart_limit.h"

static void without_a_limit_nothing_is_too_often(void **state)
{
	static const char *const none[] = { NULL, "", "5", "5/", "5/60", "5/60d", "/60s", "10000/1s" };
	struct restart_limit limit = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_true(restart_limit_set(&limit, none[i]));
		assert_false(restart_limit_ended(&limit, 1));
	}
	restart_limit_fini(&limit);
}

static void one_end_more_than_the_limit_within_its_time_is_too_often(void **state)
{
	struct restart_limit limit = { 0 };

	(void)state;
	assert_true(restart_limit_set(&limit, "2/60s"));
	assert_false(restart_limit_ended(&limit, 0));
	assert_false(restart_limit_ended(&limit, 30 * NS_PER_S));
	/* the first of the three is longer ago than a minute */
	assert_false(restart_limit_ended(&limit, 61 * NS_PER_S));
	assert_true(restart_limit_ended(&limit, 90 * NS_PER_S));
	restart_limit_fini(&limit);
}

static void none_at_all_may_be_allowed(void **state)
{
	struct restart_limit limit = { 0 };

	(void)state;
	assert_true(restart_limit_set(&limit, "0/1ms"));
	assert_true(restart_limit_ended(&limit, 5));
	restart_limit_fini(&limit);
}

static void a_start_by_hand_and_another_limit_begin_the_count_anew_and_the_same_limit_does_not(void **state)
{
	struct restart_limit limit = { 0 };

	(void)state;
	assert_true(restart_limit_set(&limit, "1/1h"));
	assert_false(restart_limit_ended(&limit, 1));
	assert_true(restart_limit_set(&limit, "1/1h"));
	assert_true(restart_limit_ended(&limit, 2));
	restart_limit_forgive(&limit);
	assert_false(restart_limit_ended(&limit, 3));
	assert_true(restart_limit_set(&limit, "1/2h"));
	assert_false(restart_limit_ended(&limit, 4));
	restart_limit_fini(&limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_limit_nothing_is_too_often),
		cmocka_unit_test(one_end_more_than_the_limit_within_its_time_is_too_often),
		cmocka_unit_test(none_at_all_may_be_allowed),
		cmocka_unit_test(a_start_by_hand_and_another_limit_begin_the_count_anew_and_the_same_limit_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
