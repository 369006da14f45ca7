/* The table of a pipeline's life, over all of its rows: what must hold of every state and every event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "supervisor/lifecycle.h"

#define EACH_STATE(state) (int state = 0; state < PIPELINE_STATES; state++)
#define EACH_EVENT(event) (int event = 0; event < LIFE_EVENTS; event++)

static struct life_step next(int state, int event)
{
	return lifecycle_next((enum pipeline_state)state, (enum life_event)event);
}

static bool is_over(int state)
{
	return state == PIPELINE_STOPPED || state == PIPELINE_FAILED;
}

/* No worker runs when this happens in this state. */
static bool without_worker(int state, int event)
{
	if (is_over(state) || state == PIPELINE_BACKOFF)
		return true;
	return event == LIFE_DUE || event == LIFE_ENDED || event == LIFE_DRAINED || event == LIFE_DRAINED_WANTED ||
		event == LIFE_DRAINED_FAILED || event == LIFE_REFUSED || event == LIFE_GIVEN_UP;
}

static void a_worker_is_started_only_where_none_runs(void **state)
{
	(void)state;
	for EACH_STATE(from)
		for EACH_EVENT(event) {
			if (next(from, event).action == DO_SPAWN)
				assert_true(without_worker(from, event));
		}
}

static void orders_and_kills_go_to_a_worker(void **state)
{
	(void)state;
	for EACH_STATE(from)
		for EACH_EVENT(event) {
			enum life_action action = next(from, event).action;

			if (action == DO_STOP || action == DO_HAND_OVER || action == DO_KILL)
				assert_false(without_worker(from, event));
			if (action == DO_STOP || action == DO_HAND_OVER)
				assert_int_equal(next(from, event).state, PIPELINE_DRAINING);
		}
}

static void nothing_is_left_over_of_what_is_over(void **state)
{
	(void)state;
	for EACH_STATE(from)
		for EACH_EVENT(event) {
			struct life_step step = next(from, event);

			if (step.state != (enum pipeline_state)from && is_over((int)step.state))
				assert_int_equal(step.action, DO_FORGET);
			if (step.action == DO_FORGET)
				assert_true(is_over((int)step.state));
		}
}

static void every_state_has_an_exit(void **state)
{
	(void)state;
	for EACH_STATE(from) {
		unsigned exits = 0;

		for EACH_EVENT(event)
			exits += next(from, event).state != (enum pipeline_state)from;
		assert_true(exits > 0);
	}
}

static void a_stop_ends_in_stopped_from_every_state(void **state)
{
	(void)state;
	for EACH_STATE(from) {
		struct life_step step = next(from, LIFE_STOP);

		if (step.state == PIPELINE_DRAINING)
			step = next(PIPELINE_DRAINING, LIFE_DRAINED);
		assert_int_equal(step.state, PIPELINE_STOPPED);
	}
}

static void an_end_of_the_supervisor_ends_every_state(void **state)
{
	(void)state;
	for EACH_STATE(from) {
		struct life_step step = next(from, LIFE_HAND_OVER);

		if (step.state == PIPELINE_DRAINING)
			step = next(PIPELINE_DRAINING, LIFE_DRAINED);
		assert_true(is_over((int)step.state));
	}
}

static void what_is_replaced_comes_back_from_every_state(void **state)
{
	(void)state;
	for EACH_STATE(from) {
		struct life_step step = next(from, LIFE_REPLACE);

		assert_int_not_equal(step.action, DO_NOTHING);
		if (step.state == PIPELINE_DRAINING)
			step = next(PIPELINE_DRAINING, LIFE_DRAINED_WANTED);
		assert_int_equal(step.state, PIPELINE_STARTING);
		assert_int_equal(step.action, DO_SPAWN);
	}
}

static void every_end_of_a_worker_has_a_consequence(void **state)
{
	static const enum pipeline_state alive[] = { PIPELINE_STARTING, PIPELINE_RUNNING, PIPELINE_DEGRADED,
		PIPELINE_DRAINING };

	(void)state;
	for (size_t i = 0; i < sizeof(alive) / sizeof(alive[0]); i++) {
		assert_int_not_equal(next((int)alive[i], LIFE_ENDED).action, DO_NOTHING);
		assert_int_equal(next((int)alive[i], LIFE_REFUSED).state, PIPELINE_FAILED);
	}
}

static void states_are_found_by_their_names(void **state)
{
	(void)state;
	for EACH_STATE(from)
		assert_int_equal(pipeline_state_find(pipeline_state_name((enum pipeline_state)from)), from);
	assert_int_equal(pipeline_state_find("gone"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_is_started_only_where_none_runs),
		cmocka_unit_test(orders_and_kills_go_to_a_worker),
		cmocka_unit_test(nothing_is_left_over_of_what_is_over),
		cmocka_unit_test(every_state_has_an_exit),
		cmocka_unit_test(a_stop_ends_in_stopped_from_every_state),
		cmocka_unit_test(an_end_of_the_supervisor_ends_every_state),
		cmocka_unit_test(what_is_replaced_comes_back_from_every_state),
		cmocka_unit_test(every_end_of_a_worker_has_a_consequence),
		cmocka_unit_test(states_are_found_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
