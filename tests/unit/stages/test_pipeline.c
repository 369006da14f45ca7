/* What a pipeline does with batches: tags, counts, cuts, and that what was undone leaves no trace. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"

enum { MESSAGE_SIZE = 1 << 19 };

static struct pipeline_rig rig;
static char message[MESSAGE_SIZE];

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

/* A message of `count` flows; `layers` is what stands behind the UUID, whose number begins at `first`. */
static const char *message_of(unsigned count, unsigned first, const char *layers)
{
	size_t at = (size_t)snprintf(message, sizeof(message),
		"{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"x\",\"Status\":200,\"Obj\":[");

	for (unsigned i = 0; i < count; i++)
		at += (size_t)snprintf(message + at, sizeof(message) - at, "%s{\"UUID\":\"%x\"%s}", i > 0 ? "," : "", first + i,
			layers);
	snprintf(message + at, sizeof(message) - at, "]}");
	return message;
}

#define INTERNAL ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"10.1.2.3\",\"B\":\"172.16.5.6\",\"ID\":0}"
#define EGRESS ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"10.1.2.3\",\"B\":\"8.8.8.8\",\"ID\":0}"
#define INGRESS ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"8.8.8.8\",\"B\":\"::ffff:10.1.2.3\",\"ID\":0}"
#define OTHER ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"8.8.8.8\",\"B\":\"1.1.1.1\",\"ID\":0}"

static unsigned open_records(unsigned tag)
{
	return rig.spool.now.lanes[tag].open.records;
}

/* ---- tags and counts ---- */

static void flows_are_tagged_by_which_end_is_inside(void **state)
{
	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, INTERNAL));
	rig_feed(&rig, message_of(2, 1, EGRESS));
	rig_feed(&rig, message_of(3, 1, INGRESS));
	rig_feed(&rig, message_of(4, 1, OTHER));
	rig_feed(&rig, message_of(5, 1, ""));
	rig_feed(&rig, message_of(6, 1, ",\"Network\":null"));
	assert_int_equal(open_records(TAG_INTERNAL), 1);
	assert_int_equal(open_records(TAG_EGRESS), 2);
	assert_int_equal(open_records(TAG_INGRESS), 3);
	assert_int_equal(open_records(TAG_OTHER), 4 + 5 + 6);
	assert_int_equal(rig.events, 0);
	rig_assert_account(&rig, 21);
}

static void an_address_that_is_none_makes_a_flow_other_and_is_told_of_once(void **state)
{
	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(3, 1, ",\"Network\":{\"A\":\"10.1.2.3\",\"B\":\"010.001.002.003\"}"));
	rig_feed(&rig, message_of(3, 1, ",\"Network\":{\"A\":\"10.1.2.3/24\",\"B\":\"10.1.2.3\"}"));
	assert_int_equal(open_records(TAG_OTHER), 6);
	assert_int_equal(rig.events, 1);
}

static void excluded_tags_are_counted_and_never_fetched(void **state)
{
	(void)state;
	rig.config.excluded_tags = 1u << TAG_OTHER | 1u << TAG_EGRESS;
	rig_start(&rig);
	rig_feed(&rig, message_of(4, 1, OTHER));
	rig_feed(&rig, message_of(2, 1, EGRESS));
	assert_int_equal(rig.fetches, 0);
	rig_feed(&rig, message_of(3, 1, INTERNAL));
	assert_int_equal(rig.fetches, 1);
	assert_int_equal(rig.spool.now.account.excluded_tag, 6);
	assert_int_equal(rig.spool.now.account.waiting_spool, 3);
	rig_assert_account(&rig, 9);
}

static void flows_of_other_captures_are_counted_and_never_fetched(void **state)
{
	(void)state;
	rig.config.subscriber.capture_id = "mine";
	rig_start(&rig);
	rig_feed(&rig, message_of(4, 1, OTHER ",\"CaptureID\":\"theirs\""));
	rig_feed(&rig, message_of(5, 1, OTHER));
	assert_int_equal(rig.fetches, 0);
	rig_feed(&rig, message_of(3, 1, OTHER ",\"CaptureID\":\"mine\""));
	assert_int_equal(rig.spool.now.account.excluded_capture, 9);
	assert_int_equal(rig.spool.now.account.waiting_spool, 3);
	rig_assert_account(&rig, 12);
}

static void a_batch_whose_fetch_was_overtaken_changes_nothing(void **state)
{
	(void)state;
	rig.config.excluded_tags = 1u << TAG_EGRESS;
	rig_start(&rig);
	rig.fetch_error = ERR_LAPPED;
	rig_decode(&rig, message_of(3, 1, INTERNAL));
	assert_int_equal(rig_push(&rig), ERR_LAPPED);
	rig_assert_account(&rig, 0);
	assert_int_equal(open_records(TAG_INTERNAL), 0);
}

static void what_no_stage_does_is_refused(void **state)
{
	struct pipeline_config *config = &rig.config;
	struct stage_context context = { .config = config };
	struct pipeline *pipeline;
	struct err err;

	(void)state;
	rig_start(&rig);
	config->transform.type = TRANSFORM_VPCLOGS;
	assert_int_equal(pipeline_new(&pipeline, &context, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "pipeline.transform.type"));
	config->transform.type = TRANSFORM_NONE;
	config->mangle_type = MANGLE_LOGSTATUS;
	assert_int_equal(pipeline_new(&pipeline, &context, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "pipeline.mangle.type"));
	assert_null(pipeline);
	config->mangle_type = MANGLE_NONE;
}

/* ---- records ---- */

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

/* ---- cuts ---- */

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

/* ---- undo ---- */

static void assert_same_objects(const struct pipeline_rig *one, const struct pipeline_rig *other)
{
	assert_int_equal(one->spool.now.object_count, other->spool.now.object_count);
	for (unsigned i = 0; i < one->spool.now.object_count; i++) {
		const struct fake_object *a = &one->spool.objects[i], *b = &other->spool.objects[i];

		assert_int_equal(a->lane, b->lane);
		assert_int_equal(a->content.length, b->content.length);
		assert_memory_equal(a->content.bytes, b->content.bytes, a->content.length);
	}
	assert_memory_equal(&one->spool.now.account, &other->spool.now.account, sizeof(one->spool.now.account));
}

static void configure_undo(struct pipeline_rig *one)
{
	rig_init(one);
	rig_use_recorded_masks(one);
	one->config.transform.type = TRANSFORM_SECADVISOR;
	one->config.transform.exclude_started_flows = true;
	one->config.excluded_tags = 1u << TAG_OTHER;
	one->config.store.max_flows_per_object = 70;
	one->config.store.max_seconds_per_object = 1;
	rig_start(one);
}

/* Pushes each slice, undoes it, pushes it into a spool without room, and then for good. */
static void feed_with_undo(struct pipeline_rig *one, const char *text)
{
	uint32_t most = pipeline_slice_max(&one->config);

	rig_decode(one, text);
	for (uint32_t first = 0; first < one->decoded.count; first += most) {
		uint32_t left = one->decoded.count - first;
		uint32_t count = left < most ? left : most;

		spool_begin(&one->spool);
		assert_int_equal(rig_push_slice(one, first, count), 0);
		spool_undo(&one->spool);
		spool_begin(&one->spool);
		one->spool.refuse_appends = 20;
		if (rig_push_slice(one, first, count) != ERR_AGAIN)
			assert_int_not_equal(one->spool.refuse_appends, 0);
		one->spool.refuse_appends = 0;
		spool_undo(&one->spool);
		spool_begin(&one->spool);
		assert_int_equal(rig_push_slice(one, first, count), 0);
		spool_commit(&one->spool, NULL);
	}
	one->now_ns += NS_PER_S / 5;
}

static void a_batch_that_was_undone_and_pushed_again_leaves_no_trace(void **state)
{
	static struct pipeline_rig twice;
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(TEST_DATA "/recordings/burst.jsonl", "re");

	(void)state;
	assert_non_null(file);
	configure_undo(&rig);
	configure_undo(&twice);
	while (getline(&line, &size, file) > 0) {
		rig_feed(&rig, line);
		feed_with_undo(&twice, line);
	}
	rig_flush(&rig);
	rig_flush(&twice);
	assert_true(rig.spool.now.object_count > 10);
	assert_true(rig.spool.now.account.excluded_started > 0);
	assert_same_objects(&rig, &twice);
	rig_assert_account(&rig, 2954);
	free(line);
	fclose(file);
	rig_fini(&twice);
}

/* ---- too long ---- */

static void a_record_longer_than_an_object_may_be_costs_itself_alone(void **state)
{
	static char layers[3000];

	(void)state;
	rig_start(&rig);
	rig.spool.record_max = 2000;
	memset(layers, ' ', sizeof(layers) - 1);
	memcpy(layers, ",\"X\":1", 6);
	rig_feed(&rig, message_of(1, 1, layers));
	rig_feed(&rig, message_of(2, 1, OTHER));
	assert_int_equal(rig.spool.now.account.lost_error, 1);
	assert_int_equal(rig.spool.now.account.waiting_spool, 2);
	rig_assert_account(&rig, 3);
}

static void a_flow_nested_too_deep_to_be_indented_costs_itself_alone(void **state)
{
	static char layers[60000];
	enum { DEPTH = 2000 };
	size_t at;

	(void)state;
	rig.config.encode.pretty = true;
	rig_start(&rig);
	/* 2000 levels, and in the innermost so many elements that their indentation exceeds the bound */
	at = (size_t)snprintf(layers, sizeof(layers), ",\"X\":");
	memset(layers + at, '[', DEPTH);
	at += DEPTH;
	for (int i = 0; i < 10000; i++) {
		layers[at++] = '1';
		layers[at++] = i < 9999 ? ',' : ']';
	}
	memset(layers + at, ']', DEPTH - 1);
	layers[at + DEPTH - 1] = '\0';
	rig_feed(&rig, message_of(1, 1, layers));
	rig_feed(&rig, message_of(2, 1, OTHER));
	assert_int_equal(rig.spool.now.account.lost_error, 1);
	assert_int_equal(rig.spool.now.account.waiting_spool, 2);
	assert_int_equal(rig.spool.now.account.records_out, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(flows_are_tagged_by_which_end_is_inside),
		TEST(an_address_that_is_none_makes_a_flow_other_and_is_told_of_once),
		TEST(excluded_tags_are_counted_and_never_fetched),
		TEST(flows_of_other_captures_are_counted_and_never_fetched),
		TEST(a_batch_whose_fetch_was_overtaken_changes_nothing),
		TEST(what_no_stage_does_is_refused),
		TEST(a_flow_passes_transform_none_byte_for_byte),
		TEST(a_secadvisor_record_leaves_out_what_is_empty),
		TEST(strings_are_copied_as_they_came),
		TEST(strings_are_encoded_as_the_exporter_did_for_its_consumers),
		TEST(update_counts_count_the_earlier_reports),
		TEST(update_counts_are_forgotten_ten_minutes_after_the_last_report),
		TEST(update_counts_are_forgotten_one_minute_after_a_finish),
		TEST(update_counts_are_forgotten_at_once_after_a_timeout),
		TEST(excluded_started_flows_still_count),
		TEST(an_object_is_cut_at_its_number_of_records_also_inside_a_message),
		TEST(a_tags_first_object_is_cut_so_long_after_its_first_record),
		TEST(later_objects_are_cut_so_long_after_the_tags_previous_cut),
		TEST(zero_seconds_cut_with_every_message),
		TEST(direct_makes_one_object_a_tag_of_every_message),
		TEST(the_beginning_of_a_message_that_never_ends_is_cut_after_a_second),
		TEST(a_flush_cuts_what_is_open_and_nothing_else),
		TEST(a_batch_that_was_undone_and_pushed_again_leaves_no_trace),
		TEST(a_record_longer_than_an_object_may_be_costs_itself_alone),
		TEST(a_flow_nested_too_deep_to_be_indented_costs_itself_alone),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
