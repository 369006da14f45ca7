/* Records of the formats: their fields, strings and update counts. */
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

static void a_flow_passes_transform_none_byte_for_byte(void **state)
{
	static const char odd[] = ",\"Unknown\": {\"x\" : [1 , 2.50,{\"y\":null}]},\"Application\":\"<\\u0041&\\/>\"";
	char expected[256];

	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 10, odd));
	rig_flush(&rig);
	snprintf(expected, sizeof(expected), "[{\"UUID\":\"a\"%s}]\n", odd);
	assert_int_equal(rig.spool.objects[0].content.length, strlen(expected));
	assert_memory_equal(rig.spool.objects[0].content.bytes, expected, strlen(expected));
}

static void assert_record(const char *layers, const char *expected)
{
	struct records *records;
	const char *found = NULL;

	rig_feed(&rig, message_of(1, 10, layers));
	rig_flush(&rig);
	records = records_of_rig(&rig);
	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		for (size_t i = 0; i < records->tags[tag].count; i++)
			if (strcmp(records->tags[tag].records[i], expected) == 0)
				found = expected;
	if (found == NULL)
		print_error("wanted %s\n", expected);
	assert_non_null(found);
	records_free(records);
}

static void a_secadvisor_record_leaves_out_what_is_empty(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_record("", "{\"UUID\":\"a\",\"Version\":\"1.1.0\",\"Status\":\"STARTED\",\"Start\":0,\"Last\":0,"
		"\"UpdateCount\":0}");
	assert_record(",\"LayersPath\":\"Ethernet\",\"Network\":{\"B\":\"8.8.8.8\"},\"Transport\":{\"A\":0},\"Metric\":{},"
		"\"Start\":-5,\"Last\":9223372036854775807,\"FinishType\":3",
		"{\"UUID\":\"a\",\"LayersPath\":\"Ethernet\",\"Version\":\"1.1.0\",\"Status\":\"ENDED\",\"FinishType\":\"SYN_RST\","
		"\"Network\":{\"B\":\"8.8.8.8\"},\"Transport\":{\"A\":\"0\",\"B\":\"0\"},\"Metric\":{},"
		"\"Start\":-5,\"Last\":9223372036854775807,\"UpdateCount\":1}");
	assert_record(",\"FinishType\":9", "{\"UUID\":\"a\",\"Version\":\"1.1.0\",\"Status\":\"ENDED\",\"Start\":0,\"Last\":0,"
		"\"UpdateCount\":2}");
	assert_record(",\"FinishType\":2", "{\"UUID\":\"a\",\"Version\":\"1.1.0\",\"Status\":\"ENDED\","
		"\"FinishType\":\"SYN_FIN\",\"Start\":0,\"Last\":0,\"UpdateCount\":3}");
}

static void strings_are_copied_as_they_came(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_record(",\"LayersPath\":\"<\\u0041\\/&>\"", "{\"UUID\":\"a\",\"LayersPath\":\"<\\u0041\\/&>\",\"Version\":\"1.1.0\","
		"\"Status\":\"STARTED\",\"Start\":0,\"Last\":0,\"UpdateCount\":0}");
}

static void strings_are_encoded_as_the_exporter_did_for_its_consumers(void **state)
{
	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_record(",\"LayersPath\":\"<\\u0041\\/&>\\u2028\xe2\x80\xa9\\ud83d\\ude00\\u000b\\t\\\\\"",
		"{\"UUID\":\"a\",\"LayersPath\":\"\\u003cA/\\u0026\\u003e\\u2028\\u2029\xf0\x9f\x98\x80\\u000b\\t\\\\\","
		"\"Version\":\"1.1.0\",\"Status\":\"STARTED\",\"Start\":0,\"Last\":0,\"UpdateCount\":0}");
}

/* ---- update counts ---- */

/* Feeds one report `after` seconds later and gives its UpdateCount. */
static int report(unsigned after, const char *layers)
{
	struct records *records;
	const char *last, *count;
	int value;

	rig.now_ns += after * NS_PER_S;
	rig_feed(&rig, message_of(1, 10, layers));
	rig_flush(&rig);
	records = records_of_rig(&rig);
	last = records->tags[TAG_OTHER].records[records->tags[TAG_OTHER].count - 1];
	count = strstr(last, "\"UpdateCount\":");
	assert_non_null(count);
	value = (int)strtol(count + 14, NULL, 10);
	records_free(records);
	return value;
}

static void update_counts_count_the_earlier_reports(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	for (int i = 0; i < 5; i++)
		assert_int_equal(report(5, ""), i);
}

static void update_counts_are_forgotten_ten_minutes_after_the_last_report(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_int_equal(report(0, ""), 0);
	assert_int_equal(report(595, ""), 1);
	assert_int_equal(report(595, ""), 2);
	assert_int_equal(report(601, ""), 0);
	assert_int_equal(report(1, ""), 1);
}

static void update_counts_are_forgotten_one_minute_after_a_finish(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_int_equal(report(0, ""), 0);
	assert_int_equal(report(1, ",\"FinishType\":2"), 1);
	assert_int_equal(report(50, ",\"FinishType\":9"), 2);
	assert_int_equal(report(61, ""), 0);
}

static void update_counts_are_forgotten_at_once_after_a_timeout(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig_start(&rig);
	assert_int_equal(report(0, ""), 0);
	assert_int_equal(report(1, ",\"FinishType\":1"), 1);
	assert_int_equal(report(1, ",\"FinishType\":1"), 0);
	assert_int_equal(report(1, ""), 0);
}

static void excluded_started_flows_still_count(void **state)
{
	(void)state;
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig.config.transform.exclude_started_flows = true;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 10, ""));
	assert_int_equal(rig.spool.now.account.excluded_started, 1);
	assert_int_equal(rig.spool.now.account.waiting_spool, 0);
	assert_int_equal(report(1, ""), 1);
	rig_assert_account(&rig, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_passes_transform_none_byte_for_byte),
		TEST(a_secadvisor_record_leaves_out_what_is_empty),
		TEST(strings_are_copied_as_they_came),
		TEST(strings_are_encoded_as_the_exporter_did_for_its_consumers),
		TEST(update_counts_count_the_earlier_reports),
		TEST(update_counts_are_forgotten_ten_minutes_after_the_last_report),
		TEST(update_counts_are_forgotten_one_minute_after_a_finish),
		TEST(update_counts_are_forgotten_at_once_after_a_timeout),
		TEST(excluded_started_flows_still_count),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
