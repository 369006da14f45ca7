/* The way out, with writers that fail, dawdle and meet damage. */
#include "support_outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/file_ops.h"
#include "worker/spool.h"

/* ---- sending ---- */

static void nothing_is_sent_before_its_claim_is_durable(void **state)
{
	(void)state;
	start_fake(5, 4, 0);
	for (unsigned i = 0; i < 20; i++) {
		stand_publish(&stand, 20);
		loop_run_once(stand.loop, 0, NULL);
	}
	stand_until(&stand, stand_account(&stand)->written == 400);

	assert_int_equal(fake.count, 80);
	assert_false(fake.before_durable);
}

static void what_fails_is_sent_again_under_the_same_name(void **state)
{
	(void)state;
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 16);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"status\":false") != NULL);
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "pipeline.write.fake"));
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "says no"));
	assert_int_equal(stand_account(&stand)->written, 0);
	fake.result = 0;
	stand_until(&stand, stand_account(&stand)->written == 16);

	for (unsigned i = 0; i < 4; i++) {
		unsigned again = 4;

		while (again < fake.count && strcmp(fake.names[i], fake.names[again]) != 0)
			again++;
		assert_true(again < fake.count);
		assert_in_range(fake.times[again] - fake.times[i], 700 * NS_PER_MS, 2000 * NS_PER_MS);
	}
	assert_non_null(strstr(stand.conditions[CONDITION_SINK], "\"status\":true"));
}

static void each_failure_is_told_with_the_time_of_the_next_try(void **state)
{
	char expected[64];

	(void)state;
	start_fake(1, 1, ERR_IO);
	stand_publish(&stand, 1);
	for (unsigned i = 1; i <= 2; i++) {
		const char *next;
		int64_t next_ns;

		stand_until(&stand, stand.retries == i);
		snprintf(expected, sizeof(expected), "{\"type\":\"SinkReachable\",\"tries\":%u,", i);
		assert_memory_equal(stand.retry, expected, strlen(expected));
		next = strstr(stand.retry, "\"next_ns\":");
		next_ns = strtoll(next + 10, NULL, 10);
		stand_until(&stand, fake.count == i + 1);
		assert_in_range(fake.times[i] - next_ns, 0, 500 * NS_PER_MS);
	}
	fake.result = 0;
	stand_until(&stand, stand_account(&stand)->written == 1);
	fake.result = ERR_IO;
	stand_publish(&stand, 1);
	stand_until(&stand, strstr(stand.retry, "\"tries\":1,") != NULL);
}

static void a_writer_that_works_in_order_gets_one_at_a_time(void **state)
{
	(void)state;
	start_fake(1, 1, ERR_BUSY);
	stand_publish(&stand, 32);
	for (unsigned i = 0; i < 32; i++) {
		stand_until(&stand, fake.held_count > 0);
		stand_run_ms(&stand, 1);
		assert_int_equal(fake.held_count, 1);
		answer_held(0);
	}
	stand_until(&stand, stand_account(&stand)->written == 32);

	for (unsigned i = 1; i < fake.count; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_true(fake.lanes[j] != fake.lanes[i] || fake.numbers[j] < fake.numbers[i]);
	}
}

static void a_writer_that_can_gets_one_of_each_lane_side_by_side(void **state)
{
	(void)state;
	start_fake(1, 16, ERR_BUSY);
	stand_publish(&stand, 40);
	for (unsigned i = 0; i < 10; i++) {
		stand_until(&stand, fake.held_count == SPOOL_LANES);
		stand_run_ms(&stand, 1);
		assert_int_equal(fake.held_count, SPOOL_LANES);
		answer_held(0);
	}
	stand_until(&stand, stand_account(&stand)->written == 40);

	for (unsigned i = 1; i < fake.count; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_true(fake.lanes[j] != fake.lanes[i] || fake.numbers[j] < fake.numbers[i]);
	}
}

static void a_sink_that_names_a_time_is_left_alone_for_so_long(void **state)
{
	(void)state;
	fake.retry_after_ms = 2500;
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 1);
	stand_drain(&stand, DRAIN_HANDOVER, true, 20000);
	stand_until(&stand, fake.count == 1);
	fake.result = 0;
	stand_until(&stand, stand_account(&stand)->written == 1);

	assert_int_equal(fake.count, 2);
	assert_in_range(fake.times[1] - fake.times[0], 2500 * NS_PER_MS, 10000 * NS_PER_MS);
}

static void what_a_sink_calls_its_refusal_is_the_conditions_reason(void **state)
{
	(void)state;
	fake.reason = "NoSuchBucket";
	start_fake(4, 1, ERR_IO);
	stand_publish(&stand, 16);

	stand_until(&stand, strstr(stand.conditions[CONDITION_SINK], "\"reason\":\"NoSuchBucket\"") != NULL);
}

/* The first lane's object is refused until its delay is 4 s; then the sink works again, for another lane. */
static void a_sink_that_works_again_gets_the_other_lanes_objects_soon(void **state)
{
	int64_t repaired;

	(void)state;
	start_fake(4, 4, ERR_IO);
	stand_publish(&stand, 16);
	stand_until(&stand, fake.count >= 12);        /* three attempts each: the next comes in 4 s */
	fake.result = 0;
	repaired = clock_boottime_ns();
	stand_publish(&stand, 16);
	stand_until(&stand, stand_account(&stand)->written > 0);
	stand_until(&stand, stand_account(&stand)->written == 32);

	assert_true(clock_boottime_ns() - repaired < 12 * NS_PER_S);
}

static void a_handover_leaves_what_cannot_be_sent_to_the_successor(void **state)
{
	(void)state;
	start_fake(10, 1, ERR_IO);
	stand_publish(&stand, 38);
	stand_drain(&stand, DRAIN_HANDOVER, true, 300);
	stand_until(&stand, stand.told_drained);
	assert_int_equal(stand.drained.unsent_flows, 38);
	assert_int_equal(stand.drained.unsent_objects, 4);
	stand_drop(&stand);

	stand_begin(&stand, 10);
	stand_drain(&stand, DRAIN_HANDOVER, true, 5000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand_account(&stand)->written, 38);
	assert_int_equal(stored(), 38);
}

/* ---- limits ---- */

static void beyond_the_limit_whole_objects_are_dropped_but_none_in_flight(void **state)
{
	char config[1024], *size;

	(void)state;
	snprintf(config, sizeof(config), "%s", stand_config(2));
	size = strstr(config, "\"max_flow_array_size\":1000000");
	memcpy(size, "\"max_flow_array_size\":20     ", 29);
	fake.result = ERR_BUSY;
	stand_start(&stand, config);
	stand_until(&stand, stand.ready);
	exchange_writer(1);
	for (unsigned i = 0; i < 8; i++) {
		stand_publish(&stand, 40);
		stand_until(&stand, stand_account(&stand)->passed == stand.published);
	}
	stand_until(&stand, stand_account(&stand)->waiting_spool <= 80);

	assert_int_equal(stand_account(&stand)->lost_overflow, stand.published - stand_account(&stand)->waiting_spool);
	assert_non_null(strstr(stand.events, "spool.overflow"));
	stand_check_account(&stand);
	fake.result = 0;
	answer_held(0);
	stand_until(&stand, stand_account(&stand)->waiting_spool == 0);
	assert_int_equal(stand_account(&stand)->written + stand_account(&stand)->lost_overflow, stand.published);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, outbox_set_up, outbox_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_sent_before_its_claim_is_durable),
		TEST(what_fails_is_sent_again_under_the_same_name),
		TEST(each_failure_is_told_with_the_time_of_the_next_try),
		TEST(a_writer_that_works_in_order_gets_one_at_a_time),
		TEST(a_writer_that_can_gets_one_of_each_lane_side_by_side),
		TEST(a_sink_that_names_a_time_is_left_alone_for_so_long),
		TEST(what_a_sink_calls_its_refusal_is_the_conditions_reason),
		TEST(a_sink_that_works_again_gets_the_other_lanes_objects_soon),
		TEST(a_handover_leaves_what_cannot_be_sent_to_the_successor),
		TEST(beyond_the_limit_whole_objects_are_dropped_but_none_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
