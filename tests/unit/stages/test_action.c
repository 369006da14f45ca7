/* mangle action: the numbers of a connection's records. Schedules are tests/integration/test_action.py's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "worker/action.h"

static struct action_connection connection;

static int prepare(void **state)
{
	(void)state;
	memset(&connection, 0, sizeof(connection));
	return 0;
}

static struct flow_log report_of(int64_t packets, int64_t start_ms, int64_t end_ms)
{
	struct flow_log report = { .address = { "10.0.0.1", "10.0.0.2" }, .port = { 1000, 443 }, .node_tid = "node",
		.start_ms = start_ms, .end_ms = end_ms, .connection_start_ms = 5, .flow_start_ms = start_ms, .flow_last_ms = end_ms };

	for (unsigned end = 0; end < FLOW_LOG_ENDS; end++) {
		report.update.packets[end] = report.total.packets[end] = packets;
		report.update.bytes[end] = report.total.bytes[end] = packets * 100;
	}
	return report;
}

static struct flow_log record_of(uint8_t action, uint32_t flows)
{
	struct flow_log log;

	assert_int_equal(action_give(&connection, action, false, &log), flows);
	assert_int_equal(log.action, action);
	return log;
}

static void a_record_has_of_each_counter_the_lesser(void **state)
{
	struct flow_log one = report_of(10, 10, 20), other = report_of(10, 11, 22), record;

	(void)state;
	one.update.packets[FLOW_LOG_A] = one.total.packets[FLOW_LOG_A] = 7;
	other.update.bytes[FLOW_LOG_B] = other.total.bytes[FLOW_LOG_B] = 950;
	action_take(&connection, 0, 1, &one, false);
	assert_false(action_is_complete(&connection));
	action_take(&connection, 1, 2, &other, false);
	assert_true(action_is_complete(&connection));
	record = record_of(ACTION_ACCEPTED, 2);
	assert_int_equal(record.update.packets[FLOW_LOG_A], 7);
	assert_int_equal(record.update.bytes[FLOW_LOG_A], 1000);
	assert_int_equal(record.update.packets[FLOW_LOG_B], 10);
	assert_int_equal(record.total.bytes[FLOW_LOG_B], 950);
	assert_int_equal(record.start_ms, 10);
	assert_int_equal(record.end_ms, 20);
}

static void a_capture_that_takes_the_other_end_for_the_beginner_is_turned(void **state)
{
	struct flow_log one = report_of(10, 10, 20), other = report_of(10, 10, 20), record;

	(void)state;
	one.update.packets[FLOW_LOG_A] = one.total.packets[FLOW_LOG_A] = 3;
	one.direction = DIRECTION_UNKNOWN;
	snprintf(other.address[FLOW_LOG_A], FLOW_LOG_TEXT, "10.0.0.2");
	snprintf(other.address[FLOW_LOG_B], FLOW_LOG_TEXT, "10.0.0.1");
	other.port[FLOW_LOG_A] = 443;
	other.port[FLOW_LOG_B] = 1000;
	other.update.packets[FLOW_LOG_B] = other.total.packets[FLOW_LOG_B] = 4;
	other.tcp_flags[FLOW_LOG_B] = TCP_SYN;
	other.direction = DIRECTION_IN;
	action_take(&connection, 0, 1, &one, false);
	action_take(&connection, 1, 2, &other, false);
	record = record_of(ACTION_ACCEPTED, 2);
	assert_string_equal(record.address[FLOW_LOG_A], "10.0.0.1");
	assert_int_equal(record.update.packets[FLOW_LOG_A], 3);
	assert_int_equal(record.update.packets[FLOW_LOG_B], 10);
	assert_int_equal(record.tcp_flags[FLOW_LOG_A], TCP_SYN);
	assert_int_equal(record.direction, DIRECTION_OUT);
}

static void the_later_last_time_counts_once_both_sides_have_ended(void **state)
{
	struct flow_log one = report_of(1, 10, 20), other = report_of(1, 10, 25), record;

	(void)state;
	one.terminated = 1;
	action_take(&connection, 0, 1, &one, false);
	action_take(&connection, 1, 2, &other, false);
	record = record_of(ACTION_ACCEPTED, 2);
	assert_int_equal(record.end_ms, 20);
	assert_int_equal(record.terminated, 0);

	other = report_of(2, 25, 30);
	other.terminated = 1;
	action_take(&connection, 1, 2, &other, false);
	assert_true(action_is_complete(&connection));   /* the first side has nothing more to say */
	record = record_of(ACTION_ACCEPTED, 1);
	assert_int_equal(record.start_ms, 20);
	assert_int_equal(record.end_ms, 30);
	assert_int_equal(record.terminated, 1);
}

static void what_nobody_confirmed_is_nothing(void **state)
{
	struct flow_log report = report_of(3, 10, 20), record;

	(void)state;
	report.terminated = report.initiated = 1;
	action_take(&connection, 1, 2, &report, false);
	record = record_of(ACTION_REJECTED, 1);
	assert_int_equal(record.update.packets[FLOW_LOG_A], 0);
	assert_int_equal(record.total.bytes[FLOW_LOG_B], 0);
	assert_int_equal(record.terminated, 1);
	assert_int_equal(record.initiated, 1);
	assert_string_equal(record.node_tid, "node");
}

static void counters_that_cannot_be_overflow_nothing(void **state)
{
	struct flow_log least = report_of(0, INT64_MIN, INT64_MIN), most = report_of(INT64_MAX / 100, INT64_MAX, INT64_MAX);
	struct flow_log record;

	(void)state;
	least.update = most.total;
	most.update = (struct flow_log_counters){ 0 };
	for (unsigned side = 0; side < ACTION_SIDES; side++) {
		action_take(&connection, side, 1 + side, &least, false);
		action_take(&connection, side, 1 + side, &most, false);
	}
	record = record_of(ACTION_ACCEPTED, 4);
	assert_true(record.update.packets[FLOW_LOG_A] > 0);
	action_take(&connection, 0, 1, &least, false);
	action_take(&connection, 1, 2, &least, false);
	record = record_of(ACTION_ACCEPTED, 2);
	assert_int_equal(record.update.packets[FLOW_LOG_A], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_record_has_of_each_counter_the_lesser, prepare),
		cmocka_unit_test_setup(a_capture_that_takes_the_other_end_for_the_beginner_is_turned, prepare),
		cmocka_unit_test_setup(the_later_last_time_counts_once_both_sides_have_ended, prepare),
		cmocka_unit_test_setup(what_nobody_confirmed_is_nothing, prepare),
		cmocka_unit_test_setup(counters_that_cannot_be_overflow_nothing, prepare),
	};

	return cmocka_run_group_tests_name("action", tests, NULL, NULL);
}
