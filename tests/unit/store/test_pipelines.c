#include "support_store.h"

#include <stdio.h>
#include <string.h>

static void a_pipeline_comes_back_as_it_was_put(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{\"a\":1}", "edge-1");
	struct store_put_result result;
	struct store_pipeline pipeline;
	char id[17];

	put.description = "the edge";
	put.labels = "{ \"env\": \"prod\" }";
	put.limits = "{\"restarts\":\"5/60s\"}";
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.outcome, STORE_CREATED);
	assert_true(result.new_revision);
	snprintf(id, sizeof(id), "%s", result.pipeline.id);
	store_reopen(f);

	expect_done(store_pipeline_get(f->store, "default", "edge", &pipeline, &f->arena, &f->err), &f->err);
	assert_string_equal(pipeline.id, id);
	assert_int_equal(strlen(pipeline.id), STORE_ID_LENGTH);
	assert_string_equal(pipeline.config, "{\"a\":1}");
	assert_string_equal(pipeline.host_id, "edge-1");
	assert_string_equal(pipeline.host_id_used, "edge-1");
	assert_string_equal(pipeline.description, "the edge");
	assert_string_equal(pipeline.labels, "{\"env\":\"prod\"}");
	assert_string_equal(pipeline.limits, "{\"restarts\":\"5/60s\"}");
	assert_true(pipeline.running);
	assert_int_equal(pipeline.revision, 1);
	assert_int_equal(pipeline.last_good, 0);
	assert_false(pipeline.stop_ordered);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_string_equal(pipeline.name, "edge");
}

static void the_same_put_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{\"a\":1}", "auto");
	struct store_put_result first, second;
	struct store_audits before, after;

	expect_done(do_put(f, &put, &first), &f->err);
	expect_done(store_audit_list(f->store, NULL, 0, 0, &before, &f->arena, &f->err), &f->err);
	expect_done(do_put(f, &put, &second), &f->err);
	expect_done(store_audit_list(f->store, NULL, 0, 0, &after, &f->arena, &f->err), &f->err);

	assert_int_equal(second.outcome, STORE_UNCHANGED);
	assert_false(second.new_revision);
	assert_string_equal(first.pipeline.etag, second.pipeline.etag);
	assert_int_equal(before.count, after.count);
}

static void only_a_changed_configuration_makes_a_revision(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{\"a\":1}", "");
	struct store_put_result first, described, changed;

	expect_done(do_put(f, &put, &first), &f->err);
	put.description = "new words";
	expect_done(do_put(f, &put, &described), &f->err);
	put.canonical = put.config = "{\"a\":2}";
	put.description = NULL;
	expect_done(do_put(f, &put, &changed), &f->err);

	assert_int_equal(described.outcome, STORE_CHANGED);
	assert_false(described.new_revision);
	assert_string_not_equal(first.pipeline.etag, described.pipeline.etag);
	assert_true(changed.new_revision);
	assert_int_equal(changed.pipeline.revision, 2);
	assert_string_equal(changed.pipeline.description, "new words");
	assert_string_equal(changed.pipeline.config, "{\"a\":2}");
}

static void the_audit_row_of_a_put_names_the_revision_that_it_made(void **state)
{
	struct fixture *f = *state;
	struct store_change change = by_ann;
	struct store_put put = put_of("edge", "{\"a\":1}", "");
	struct store_put_result result;
	const struct store_audit_filter of_default = { .tenant = "default" };
	struct store_audits list;

	change.detail = "{\"why\":\"test\"}";
	put.summary = "created";
	expect_done(store_pipeline_put(f->store, &change, &put, &result, &f->arena, &f->err), &f->err);
	put.description = "no new revision";
	put.summary = "";
	expect_done(do_put(f, &put, &result), &f->err);
	put.canonical = put.config = "{\"a\":2}";
	put.summary = "a: 1 -> 2";
	put.labels = "{\"b\":\"c\"}";
	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(store_audit_list(f->store, &of_default, 0, 0, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].detail, "{\"revision\":2,\"summary\":\"a: 1 -> 2; labels\"}");
	list.items++;
	assert_string_equal(list.items[0].action, "pipeline.change");
	assert_string_equal(list.items[0].detail, "{\"summary\":\"description\"}");
	assert_string_equal(list.items[1].action, "pipeline.create");
	assert_string_equal(list.items[1].target, "edge");
	assert_string_equal(list.items[1].detail, "{\"why\":\"test\",\"revision\":1,\"summary\":\"created\"}");
}

static void a_stale_etag_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{\"a\":1}", "");
	struct store_put_result first, result;

	expect_done(do_put(f, &put, &first), &f->err);
	put.canonical = put.config = "{\"a\":2}";
	put.if_match = first.pipeline.etag;
	expect_done(do_put(f, &put, &result), &f->err);
	put.canonical = put.config = "{\"a\":3}";
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_STALE);
	put.if_match = "*";
	expect_done(do_put(f, &put, &result), &f->err);
	put.name = "another";
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_STALE);
}

static void a_pipeline_that_is_to_be_created_must_not_be_there(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{}", "");
	struct store_put_result result;

	put.create_only = true;
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_EXISTS);
}

static void a_tenant_has_no_more_pipelines_than_its_limit(void **state)
{
	struct fixture *f = *state;
	struct store_tenant tenant = { .name = "acme", .limits = "{\"pipelines\":2}" };
	struct store_put put = put_of("one", "{}", "");
	struct store_put_result result;
	int outcome;

	expect_done(store_tenant_put(f->store, &by_ann, &tenant, &outcome, &f->err), &f->err);
	put.tenant = "acme";
	expect_done(do_put(f, &put, &result), &f->err);
	put.name = "two";
	expect_done(do_put(f, &put, &result), &f->err);
	put.name = "three";
	assert_int_equal(do_put(f, &put, &result), ERR_LIMIT);
	assert_int_equal(result.refusal.kind, STORE_QUOTA);
	assert_int_equal(result.refusal.number, 2);
	put.name = "two";
	put.canonical = put.config = "{\"b\":1}";
	expect_done(do_put(f, &put, &result), &f->err);
}

static void a_pipeline_of_no_tenant_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("one", "{}", "");
	struct store_put_result result;

	put.tenant = "nobody";
	assert_int_equal(do_put(f, &put, &result), ERR_NOT_FOUND);
	assert_int_equal(result.refusal.kind, STORE_NO_TENANT);
}

static void names_and_json_that_do_not_fit_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "", "-a", "a-", "A", "a/b", "a b", "ä" };
	struct store_put put = put_of("fine", "{}", "");
	struct store_put_result result;
	struct store_pipeline pipeline;

	put.labels = "[1]";
	assert_int_equal(do_put(f, &put, &result), ERR_INVALID);
	put.labels = "{\"a\":";
	assert_int_equal(do_put(f, &put, &result), ERR_INVALID);
	put.labels = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put.name = names[i];
		assert_int_equal(do_put(f, &put, &result), ERR_INVALID);
	}
	assert_int_equal(store_pipeline_get(f->store, "default", "fine", &pipeline, &f->arena, &f->err), ERR_NOT_FOUND);
}

static void a_dry_run_says_what_would_be_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_change dry = by_ann;
	struct store_put put = put_of("edge", "{}", "edge-1");
	struct store_put_result result;
	struct store_pipeline pipeline;

	dry.dry_run = true;
	expect_done(store_pipeline_put(f->store, &dry, &put, &result, &f->arena, &f->err), &f->err);
	assert_int_equal(result.outcome, STORE_CREATED);
	assert_string_equal(result.pipeline.host_id_used, "edge-1");
	assert_int_equal(store_pipeline_get(f->store, "default", "edge", &pipeline, &f->arena, &f->err), ERR_NOT_FOUND);
	create_pipeline(f, "other", "edge-1");
	assert_int_equal(store_pipeline_put(f->store, &dry, &put, &result, &f->arena, &f->err), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_CLAIMED);
}

static void lists_are_paged_in_a_stable_order_and_filtered(void **state)
{
	struct fixture *f = *state;
	struct store_tenant tenant = { .name = "acme" };
	struct store_put_result result;
	struct store_pipelines list;
	struct store_filter filter = { 0 };
	const char *after = NULL;
	char seen[256] = "", name[8];
	int outcome, pages = 0;

	expect_done(store_tenant_put(f->store, &by_ann, &tenant, &outcome, &f->err), &f->err);
	for (int i = 0; i < 7; i++) {
		struct store_put put = put_of(name, "{\"c\":1}", "");

		snprintf(name, sizeof(name), "p%d", (i * 5) % 7);
		put.tenant = i % 2 ? "acme" : "default";
		put.labels = i < 3 ? "{\"env\":\"prod\",\"n\":\"x\"}" : "{\"env\":\"test\"}";
		put.description = i == 4 ? "Needle here" : "";
		expect_done(do_put(f, &put, &result), &f->err);
	}
	do {
		expect_done(store_pipelines_list(f->store, NULL, after, 2, false, &list, &f->arena, &f->err), &f->err);
		for (size_t i = 0; i < list.count; i++) {
			assert_null(list.items[i].config);
			snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s/%s ", list.items[i].tenant,
				list.items[i].name);
		}
		after = list.next;
		pages++;
	} while (after != NULL);
	assert_int_equal(pages, 4);
	assert_string_equal(seen, "acme/p1 acme/p4 acme/p5 default/p0 default/p2 default/p3 default/p6 ");

	filter.tenant = "acme";
	expect_done(store_pipelines_list(f->store, &filter, NULL, 0, true, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].config, "{\"c\":1}");
	filter.labels = "{\"env\":\"prod\",\"n\":\"x\"}";
	assert_int_equal(count_pipelines(f, &filter), 1);
	filter = (struct store_filter){ .text = "NEEDLE" };
	expect_done(store_pipelines_list(f->store, &filter, NULL, 0, false, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	filter = (struct store_filter){ .labels = "{\"env\":\"none\"}" };
	assert_int_equal(count_pipelines(f, &filter), 0);
	assert_int_equal(store_pipelines_list(f->store, NULL, "nonsense", 0, false, &list, &f->arena, &f->err),
		ERR_INVALID);
}

static void the_desired_state_and_an_ordered_stop_survive(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "");
	struct store_stop stop = { .epoch = UINT64_MAX - 5, .sequence = 77 };
	struct store_pipeline pipeline;
	int outcome;

	expect_done(store_pipeline_set_desired(f->store, &by_ann, id, false, &stop, &outcome, &f->err), &f->err);
	assert_int_equal(outcome, STORE_CHANGED);
	expect_done(store_pipeline_set_desired(f->store, &by_ann, id, false, NULL, &outcome, &f->err), &f->err);
	assert_int_equal(outcome, STORE_UNCHANGED);
	store_reopen(f);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_false(pipeline.running);
	assert_true(pipeline.stop_ordered);
	assert_true(pipeline.stop.epoch == UINT64_MAX - 5 && pipeline.stop.sequence == 77);

	expect_done(store_pipeline_set_desired(f->store, &by_ann, id, true, NULL, &outcome, &f->err), &f->err);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_true(pipeline.running && pipeline.stop_ordered);
	expect_done(store_pipeline_order_stop(f->store, id, NULL, &f->err), &f->err);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_true(pipeline.running && !pipeline.stop_ordered);
	assert_int_equal(store_pipeline_order_stop(f->store, "0000000000000000", &stop, &f->err), ERR_NOT_FOUND);
}

static void a_deleted_pipeline_frees_what_it_had_and_its_id_does_not_come_back(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "edge-1");
	struct store_refusal refusal = { 0 };
	struct store_revisions revisions;

	assert_int_equal(store_pipeline_delete(f->store, &by_ann, id, "stale", &refusal, &f->err), ERR_BUSY);
	assert_int_equal(refusal.kind, STORE_STALE);
	expect_done(store_pipeline_delete(f->store, &by_ann, id, NULL, &refusal, &f->err), &f->err);
	assert_int_equal(store_pipeline_delete(f->store, &by_ann, id, NULL, &refusal, &f->err), ERR_NOT_FOUND);
	assert_int_equal(refusal.kind, STORE_NO_PIPELINE);
	expect_done(store_revisions_list(f->store, id, &revisions, &f->arena, &f->err), &f->err);
	assert_int_equal(revisions.count, 0);
	assert_string_not_equal(create_pipeline(f, "edge", "edge-1"), id);
}

static void a_group_is_all_or_nothing_and_a_refusal_in_it_undoes_itself_alone(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("c", "{}", "taken");
	struct store_put_result result;

	expect_done(store_group_begin(f->store, &f->err), &f->err);
	create_pipeline(f, "a", "taken");
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	create_pipeline(f, "b", "");
	expect_done(store_group_end(f->store, true, &f->err), &f->err);
	assert_int_equal(count_pipelines(f, NULL), 2);

	expect_done(store_group_begin(f->store, &f->err), &f->err);
	create_pipeline(f, "d", "");
	expect_done(store_group_end(f->store, false, &f->err), &f->err);
	assert_int_equal(count_pipelines(f, NULL), 2);
}

static void a_view_shows_no_later_change(void **state)
{
	struct fixture *f = *state;
	struct store_pipelines list;
	struct store *view;

	create_pipeline(f, "a", "");
	expect_done(store_open_view(&view, f->store, &f->err), &f->err);
	create_pipeline(f, "b", "");
	expect_done(store_pipelines_list(view, NULL, NULL, 0, true, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].config, "{}");
	store_close(&view);
	assert_int_equal(count_pipelines(f, NULL), 2);
	create_pipeline(f, "c", "");
}

static void a_digest_stands_for_the_canonical_text(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("edge", "{\"a\":1}", "");
	unsigned char digest[STORE_DIGEST_SIZE];
	struct store_put_result result;

	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(store_digest(put.canonical, digest, &f->err), &f->err);
	put.canonical = NULL;
	put.digest = digest;
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.outcome, STORE_UNCHANGED);
	digest[0] ^= 1;
	expect_done(do_put(f, &put, &result), &f->err);
	assert_true(result.new_revision);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(a_pipeline_comes_back_as_it_was_put),
		TEST(the_same_put_again_changes_nothing),
		TEST(only_a_changed_configuration_makes_a_revision),
		TEST(the_audit_row_of_a_put_names_the_revision_that_it_made),
		TEST(a_stale_etag_is_refused),
		TEST(a_pipeline_that_is_to_be_created_must_not_be_there),
		TEST(a_tenant_has_no_more_pipelines_than_its_limit),
		TEST(a_pipeline_of_no_tenant_is_refused),
		TEST(names_and_json_that_do_not_fit_are_refused),
		TEST(a_dry_run_says_what_would_be_and_changes_nothing),
		TEST(lists_are_paged_in_a_stable_order_and_filtered),
		TEST(the_desired_state_and_an_ordered_stop_survive),
		TEST(a_deleted_pipeline_frees_what_it_had_and_its_id_does_not_come_back),
		TEST(a_view_shows_no_later_change),
		TEST(a_digest_stands_for_the_canonical_text),
		TEST(a_group_is_all_or_nothing_and_a_refusal_in_it_undoes_itself_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
