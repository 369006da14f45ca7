/* When objects are cut: by number, by time, with every message. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"

static struct pipeline_rig rig;

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static unsigned open_records(unsigned tag)
{
	return rig.spool.now.lanes[tag].open.records;
}

static void an_object_is_cut_at_its_number_of_records_also_inside_a_message(void **state)
{
	(void)state;
	rig.config.store.max_flows_per_object = 30;
	rig_start(&rig);
	assert_int_equal(pipeline_slice_max(&rig.config), 30);
	rig_feed(&rig, message_of(100, 1, OTHER));
	assert_int_equal(rig.spool.now.object_count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig.spool.objects[i].records, 30);
	assert_int_equal(open_records(TAG_OTHER), 10);
}

static void an_object_has_no_more_records_than_may_wait(void **state)
{
	(void)state;
	rig.config.store.max_flows_per_object = 30;
	rig.config.store.max_flow_array_size = 20;
	rig_start(&rig);
	assert_int_equal(pipeline_slice_max(&rig.config), 20);
	rig_feed(&rig, message_of(50, 1, OTHER));
	assert_int_equal(rig.spool.now.object_count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(rig.spool.objects[i].records, 20);
	assert_int_equal(open_records(TAG_OTHER), 10);
}

static int timer_at(int64_t now_ns)
{
	struct err err;
	int error;

	spool_begin(&rig.spool);
	error = pipeline_timer(rig.pipeline, now_ns, now_ns / NS_PER_MS, &err);
	spool_commit(&rig.spool, &err);
	return error;
}

static void a_tags_first_object_is_cut_so_long_after_its_first_record(void **state)
{
	int64_t first = rig.now_ns;

	(void)state;
	rig.config.store.max_seconds_per_object = 60;
	rig_start(&rig);
	assert_int_equal(pipeline_next_due(rig.pipeline), INT64_MAX);
	rig_feed(&rig, message_of(1, 1, OTHER));
	rig_feed(&rig, message_of(1, 1, INTERNAL));
	assert_int_equal(pipeline_next_due(rig.pipeline), first + 60 * NS_PER_S);
	assert_int_equal(timer_at(first + 60 * NS_PER_S - 1), 0);
	assert_int_equal(rig.spool.now.object_count, 0);
	assert_int_equal(timer_at(first + 60 * NS_PER_S), 0);
	assert_int_equal(rig.spool.now.object_count, 1);
	assert_int_equal(rig.spool.objects[0].lane, TAG_OTHER);
}

static void later_objects_are_cut_so_long_after_the_tags_previous_cut(void **state)
{
	int64_t first = rig.now_ns;

	(void)state;
	rig.config.store.max_seconds_per_object = 60;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, OTHER));
	assert_int_equal(timer_at(first + 60 * NS_PER_S), 0);
	rig.now_ns = first + 100 * NS_PER_S;
	rig_feed(&rig, message_of(1, 1, OTHER));
	assert_int_equal(pipeline_next_due(rig.pipeline), first + 120 * NS_PER_S);
	assert_int_equal(timer_at(first + 120 * NS_PER_S), 0);
	assert_int_equal(rig.spool.now.object_count, 2);
	/* overdue when it comes: cut with its message, whole */
	rig.now_ns = first + 500 * NS_PER_S;
	rig_feed(&rig, message_of(7, 1, OTHER));
	assert_int_equal(rig.spool.now.object_count, 3);
	assert_int_equal(rig.spool.objects[2].records, 7);
}

static void zero_seconds_cut_with_every_message(void **state)
{
	(void)state;
	rig.config.store.max_seconds_per_object = 0;
	rig_start(&rig);
	rig_feed(&rig, message_of(3, 1, OTHER));
	rig_feed(&rig, message_of(4, 1, OTHER));
	assert_int_equal(rig.spool.now.object_count, 2);
	assert_int_equal(rig.spool.objects[1].records, 4);
	assert_int_equal(pipeline_next_due(rig.pipeline), INT64_MAX);
}

static void direct_makes_one_object_a_tag_of_every_message(void **state)
{
	(void)state;
	rig.config.store.type = STORE_DIRECT;
	rig.config.store.max_flows_per_object = 1;
	rig_start(&rig);
	rig_feed(&rig, message_of(1000, 1, OTHER));
	rig_feed(&rig, message_of(4, 1, EGRESS));
	assert_int_equal(rig.spool.now.object_count, 2);
	assert_int_equal(rig.spool.objects[0].records, 1000);
	assert_int_equal(rig.spool.objects[1].records, 4);
}

static void the_beginning_of_a_message_that_never_ends_is_cut_after_a_second(void **state)
{
	struct err err;

	(void)state;
	rig.config.store.type = STORE_DIRECT;
	rig_start(&rig);
	rig_decode(&rig, message_of(10, 1, OTHER));
	spool_begin(&rig.spool);
	assert_int_equal(rig_push_slice(&rig, 0, 5), 0);
	spool_commit(&rig.spool, &err);
	assert_int_equal(rig.spool.now.object_count, 0);
	assert_int_equal(pipeline_next_due(rig.pipeline), rig.now_ns + NS_PER_S);
	assert_int_equal(timer_at(rig.now_ns + NS_PER_S), 0);
	assert_int_equal(rig.spool.now.object_count, 1);
}

static void a_flush_cuts_what_is_open_and_nothing_else(void **state)
{
	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(3, 1, OTHER));
	rig_flush(&rig);
	rig_flush(&rig);
	assert_int_equal(rig.spool.now.object_count, 1);
	assert_int_equal(rig.spool.now.lanes[TAG_EGRESS].last_cut_ns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_object_is_cut_at_its_number_of_records_also_inside_a_message),
		TEST(an_object_has_no_more_records_than_may_wait),
		TEST(a_tags_first_object_is_cut_so_long_after_its_first_record),
		TEST(later_objects_are_cut_so_long_after_the_tags_previous_cut),
		TEST(zero_seconds_cut_with_every_message),
		TEST(direct_makes_one_object_a_tag_of_every_message),
		TEST(the_beginning_of_a_message_that_never_ends_is_cut_after_a_second),
		TEST(a_flush_cuts_what_is_open_and_nothing_else),
	};

	return cmocka_run_group_tests_name("cuts", tests, NULL, NULL);
}
