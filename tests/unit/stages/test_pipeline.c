/* What a pipeline does with batches: tags and counts, and that what was undone leaves no trace. */
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
	config->transform.type = -1;
	assert_int_equal(pipeline_new(&pipeline, &context, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "pipeline.transform.type"));
	config->transform.type = TRANSFORM_NONE;
	config->mangle.type = MANGLE_ACTION + 1;
	assert_int_equal(pipeline_new(&pipeline, &context, &err), ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "pipeline.mangle.type"));
	assert_null(pipeline);
	config->mangle.type = MANGLE_NONE;
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
		TEST(a_batch_that_was_undone_and_pushed_again_leaves_no_trace),
		TEST(a_record_longer_than_an_object_may_be_costs_itself_alone),
		TEST(a_flow_nested_too_deep_to_be_indented_costs_itself_alone),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
