/* How long a batch is held for answers, and what is done when none come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_analyzer.h"

static struct analyzer_stand stand;

static int set_up(void **state)
{
	(void)state;
	analyzer_init(&stand);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	analyzer_fini(&stand);
	return 0;
}

static void a_batch_is_held_for_two_seconds_and_then_none_until_something_answers(void **state)
{
	int64_t begin = clock_boottime_ns();
	const char *type;

	(void)state;
	stand.silent = true;
	analyzer_node_type(&stand, 0, &type);
	assert_true(topology_holds(stand.topology, &stand.batch));
	analyzer_until(&stand, stand.retries == 1);
	assert_in_range(clock_boottime_ns() - begin, 1900 * NS_PER_MS, 4000 * NS_PER_MS);

	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_ASKED);
	assert_false(topology_holds(stand.topology, &stand.batch));
	assert_false(stand.answers_now);
	assert_string_equal(stand.reason, "NoAnswer");
	/* the next batch asks nothing and is not held */
	stand.batch.first++;
	assert_int_equal(topology_node_type(stand.topology, "other", 5, stand.batch.now_ns, &type), TOPOLOGY_UNKNOWN);
	assert_false(topology_holds(stand.topology, &stand.batch));
	assert_int_equal(stand.queries, 1);
}

/* Runs the loop for so long: what is tested is that something takes its time. */
static void let_pass(int64_t ns)
{
	int64_t end = clock_boottime_ns() + ns;

	while (clock_boottime_ns() < end)
		loop_run_once(stand.loop, 50, NULL);
}

static void an_analyzer_that_answers_too_late_is_tried_again(void **state)
{
	unsigned told;

	(void)state;
	stand.status = 503;
	topology_try(stand.topology);
	analyzer_until(&stand, stand.told == 1);
	stand.status = 200;
	stand.silent = true;
	topology_try(stand.topology);
	analyzer_until(&stand, stand.queries == 2);
	let_pass(2100 * NS_PER_MS);
	analyzer_speaks(&stand);
	analyzer_until(&stand, stand.told == 2);
	assert_false(stand.answers_now);
	assert_string_equal(stand.reason, "NoAnswer");
	/* and heard, when it answers in time */
	told = stand.told;
	topology_try(stand.topology);
	analyzer_until(&stand, stand.told > told);
	assert_true(stand.answers_now);
}

static void a_batch_that_went_on_without_is_not_held_again_when_it_is_done_again(void **state)
{
	struct batch next = stand.batch;
	const char *type;

	(void)state;
	next.source.offset += 1000;
	stand.silent = true;
	stand.lag_permille = 250;
	analyzer_node_type(&stand, 0, &type);
	assert_false(topology_holds(stand.topology, &stand.batch));
	stand.lag_permille = 0;
	analyzer_node_type(&stand, 0, &type);
	assert_true(topology_holds(stand.topology, &next));

	analyzer_node_type(&stand, 0, &type);
	assert_false(topology_holds(stand.topology, &stand.batch));
	analyzer_node_type(&stand, 0, &type);
	assert_true(topology_holds(stand.topology, &next));
}

static void no_batch_is_held_while_the_ring_fills_up(void **state)
{
	const char *type;

	(void)state;
	analyzer_answer(&stand, "\"TID\"", NODE);
	stand.lag_permille = 250;
	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_ASKED);
	assert_false(topology_holds(stand.topology, &stand.batch));
	/* it was asked all the same */
	analyzer_until(&stand, analyzer_node_type(&stand, 0, &type) == TOPOLOGY_FOUND);
	assert_int_equal(stand.retries, 0);
}

static void a_refused_query_is_no_answer_and_is_asked_again_after_ten_seconds(void **state)
{
	const char *type;

	(void)state;
	stand.status = 400;
	analyzer_node_type(&stand, 0, &type);
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.retries == 1);
	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_UNKNOWN);
	assert_true(stand.answers_now);

	stand.status = 200;
	analyzer_answer(&stand, "\"TID\"", NODE);
	assert_int_equal(analyzer_node_type(&stand, 9 * NS_PER_S, &type), TOPOLOGY_UNKNOWN);
	assert_int_equal(analyzer_node_type(&stand, 21 * NS_PER_S, &type), TOPOLOGY_ASKED);
	analyzer_until(&stand, analyzer_node_type(&stand, 21 * NS_PER_S, &type) == TOPOLOGY_FOUND);
	assert_int_equal(stand.queries, 2);
}

static void what_nobody_answers_is_unknown_at_once_and_said(void **state)
{
	const char *type;

	(void)state;
	stand.status = 503;
	analyzer_node_type(&stand, 0, &type);
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.retries == 1);

	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_UNKNOWN);
	assert_false(topology_holds(stand.topology, &stand.batch));
	assert_string_equal(stand.reason, "AnalyzerFails");
	assert_int_equal(stand.told, 1);
}

static void what_failed_is_asked_again_at_once_when_the_analyzer_answers_again(void **state)
{
	const char *type;

	(void)state;
	analyzer_answer(&stand, "\"TID\"", NODE);
	stand.status = 503;
	analyzer_node_type(&stand, 0, &type);
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.told == 1);
	stand.status = 200;
	topology_try(stand.topology);
	analyzer_until(&stand, stand.answers_now);

	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_ASKED);
	analyzer_until(&stand, analyzer_node_type(&stand, 0, &type) == TOPOLOGY_FOUND);
}

static void one_question_that_fails_among_others_is_no_reason_to_ask_none(void **state)
{
	const char *type;

	(void)state;
	stand.silent = true;
	analyzer_node_type(&stand, 0, &type);
	analyzer_until(&stand, stand.queries == 1);
	stand.silent = false;
	topology_node_type(stand.topology, "other", 5, stand.batch.now_ns, &type);
	analyzer_until(&stand, stand.answers_now);
	/* only now, and wrong */
	stand.status = 503;
	analyzer_speaks(&stand);
	analyzer_until(&stand, analyzer_node_type(&stand, 0, &type) == TOPOLOGY_UNKNOWN);

	assert_true(stand.answers_now);
	assert_int_equal(topology_node_type(stand.topology, "third", 5, stand.batch.now_ns, &type), TOPOLOGY_ASKED);
	assert_true(topology_holds(stand.topology, &stand.batch));
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(a_batch_is_held_for_two_seconds_and_then_none_until_something_answers),
		test_of(an_analyzer_that_answers_too_late_is_tried_again),
		test_of(a_batch_that_went_on_without_is_not_held_again_when_it_is_done_again),
		test_of(no_batch_is_held_while_the_ring_fills_up),
		test_of(a_refused_query_is_no_answer_and_is_asked_again_after_ten_seconds),
		test_of(what_nobody_answers_is_unknown_at_once_and_said),
		test_of(what_failed_is_asked_again_at_once_when_the_analyzer_answers_again),
		test_of(one_question_that_fails_among_others_is_no_reason_to_ask_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
