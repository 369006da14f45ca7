#include "support_store.h"

#include <string.h>

static const char *used(struct fixture *f, const char *id)
{
	struct store_pipeline pipeline;

	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	return pipeline.host_id_used;
}

static struct store_helds held(struct fixture *f, const char *kind)
{
	struct store_helds list;

	expect_done(store_claims_list(f->store, kind, NULL, 0, &list, &f->arena, &f->err), &f->err);
	return list;
}

static void a_host_id_in_use_is_refused_with_its_holder_and_a_free_one(void **state)
{
	struct fixture *f = *state;
	struct store_put put = put_of("three", "{}", "edge");
	struct store_put_result result;

	create_pipeline(f, "one", "edge");
	create_pipeline(f, "two", "edge-2");

	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_CLAIMED);
	assert_int_equal(result.refusal.conflict_count, 1);
	assert_string_equal(result.refusal.conflicts[0].kind, "host_id");
	assert_string_equal(result.refusal.conflicts[0].value, "edge");
	assert_string_equal(result.refusal.conflicts[0].tenant, "default");
	assert_string_equal(result.refusal.conflicts[0].name, "one");
	assert_string_equal(result.refusal.conflicts[0].suggestion, "edge-3");
	put.host_id = result.refusal.conflicts[0].suggestion;
	expect_done(do_put(f, &put, &result), &f->err);
}

static void an_empty_host_id_is_free_for_all(void **state)
{
	struct fixture *f = *state;

	create_pipeline(f, "one", "");
	create_pipeline(f, "two", "");
	assert_int_equal(held(f, "host_id").count, 0);
}

static void auto_is_tenant_and_name_or_the_same_with_a_number(void **state)
{
	struct fixture *f = *state;
	const char *id;

	create_pipeline(f, "taker", "default-edge");
	id = create_pipeline(f, "edge", "auto");
	assert_string_equal(used(f, id), "default-edge-2");
}

static void what_auto_came_to_is_kept_when_a_better_name_becomes_free(void **state)
{
	struct fixture *f = *state;
	const char *taker = create_pipeline(f, "taker", "default-edge");
	const char *id = create_pipeline(f, "edge", "auto");
	struct store_put put = put_of("edge", "{\"v\":2}", "auto");
	struct store_put_result result;

	expect_done(store_pipeline_delete(f->store, &by_ann, taker, NULL, NULL, &f->err), &f->err);
	expect_done(do_put(f, &put, &result), &f->err);
	assert_true(result.new_revision);
	assert_string_equal(result.pipeline.host_id, "auto");
	assert_string_equal(result.pipeline.host_id_used, "default-edge-2");
	put = put_of("edge", "{\"v\":3}", "named");
	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(store_claims_settle(f->store, id, &f->err), &f->err);
	put = put_of("edge", "{\"v\":4}", "auto");
	expect_done(do_put(f, &put, &result), &f->err);
	assert_string_equal(result.pipeline.host_id_used, "default-edge-2");
}

static void auto_comes_to_what_is_wished_if_that_is_free(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "auto");
	struct store_put put = put_of("edge", "{}", "auto"), other = put_of("other", "{}", "auto");
	struct store_put_result result;

	put.auto_host_id = "default-edge";
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.outcome, STORE_UNCHANGED);
	put.auto_host_id = "default-edge-7";
	expect_done(do_put(f, &put, &result), &f->err);
	assert_true(result.new_revision);
	assert_string_equal(used(f, id), "default-edge-7");
	other.auto_host_id = "default-edge-7";
	assert_int_equal(do_put(f, &other, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_CLAIMED);
	assert_string_equal(result.refusal.conflicts[0].name, "edge");
	/* kept for its life, as any that auto came to */
	expect_done(store_claims_settle(f->store, id, &f->err), &f->err);
	put = put_of("edge", "{\"v\":2}", "auto");
	expect_done(do_put(f, &put, &result), &f->err);
	assert_string_equal(used(f, id), "default-edge-7");
}

static void host_ids_change_hands_in_a_group(void **state)
{
	struct fixture *f = *state;
	const char *one = create_pipeline(f, "one", "a"), *two = create_pipeline(f, "two", "b");
	struct store_put first = put_of("one", "{\"v\":2}", "b"), second = put_of("two", "{\"v\":2}", "c");
	struct store_put_result result;
	struct store_helds list;

	assert_int_equal(do_put(f, &first, &result), ERR_BUSY);
	expect_done(store_group_begin(f->store, &f->err), &f->err);
	expect_done(store_host_id_give_up(f->store, one, &f->err), &f->err);
	expect_done(store_host_id_give_up(f->store, two, &f->err), &f->err);
	expect_done(do_put(f, &first, &result), &f->err);
	expect_done(do_put(f, &second, &result), &f->err);
	expect_done(store_host_id_reserve(f->store, one, "a", &f->err), &f->err);
	expect_done(store_host_id_reserve(f->store, two, "b", &f->err), &f->err);
	expect_done(store_group_end(f->store, true, &f->err), &f->err);

	/* what nobody took is still kept for who had it */
	list = held(f, "host_id");
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].name, "one");
	assert_false(list.items[0].current);
	assert_string_equal(list.items[1].name, "one");
	assert_true(list.items[1].current);
	assert_string_equal(list.items[2].value, "c");
}

static void a_changed_host_id_is_reserved_until_the_new_revision_is_ready(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "old");
	struct store_put put = put_of("edge", "{\"v\":2}", "new");
	struct store_put other = put_of("other", "{}", "old");
	struct store_put_result result;
	struct store_helds list;

	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(do_put(f, &other, &result), ERR_BUSY);
	list = held(f, "host_id");
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[1].value, "old");
	assert_false(list.items[1].current);
	assert_true(list.items[0].current);

	expect_done(store_revision_set_result(f->store, id, 1, STORE_READY, &f->err), &f->err);
	assert_int_equal(held(f, "host_id").count, 2);
	expect_done(store_revision_set_result(f->store, id, 2, STORE_READY, &f->err), &f->err);
	assert_int_equal(held(f, "host_id").count, 1);
	expect_done(do_put(f, &other, &result), &f->err);
}

static void ports_and_files_are_exclusive_and_all_conflicts_are_told(void **state)
{
	struct fixture *f = *state;
	struct store_claim claims[] = { { "port", "9100" }, { "file", "/data/account" }, { "port", "" } };
	struct store_put put = put_of("one", "{}", "edge");
	struct store_put_result result;

	put.claims = claims;
	put.claim_count = 3;
	expect_done(do_put(f, &put, &result), &f->err);
	put.name = "two";
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.conflict_count, 3);
	assert_string_equal(result.refusal.conflicts[1].kind, "port");
	assert_string_equal(result.refusal.conflicts[1].suggestion, "");
	assert_string_equal(result.refusal.conflicts[2].value, "/data/account");
	assert_int_equal(held(f, "port").count, 1);
}

static void all_that_refuses_it_is_told_at_once_and_nothing_is_kept(void **state)
{
	struct fixture *f = *state;
	const struct store_tenant small = { .name = "default", .limits = "{\"pipelines\":1}" };
	const struct store_secret secrets[] = { { "a.b", NULL }, { "c", "value" }, { "d", NULL } };
	struct store_put put = put_of("two", "{}", "edge");
	struct store_put_result result;
	int outcome;

	create_pipeline(f, "one", "edge");
	expect_done(store_tenant_put(f->store, &by_ann, &small, &outcome, &f->err), &f->err);
	put.secrets = secrets;
	put.secret_count = 3;
	assert_int_equal(do_put(f, &put, &result), ERR_LIMIT);
	assert_int_equal(result.refusal.kind, STORE_QUOTA);
	assert_int_equal(result.refusal.kinds, 1u << STORE_QUOTA | 1u << STORE_SECRET_MISSING | 1u << STORE_CLAIMED);
	assert_int_equal(result.refusal.number, 1);
	assert_int_equal(result.refusal.field_count, 2);
	assert_string_equal(result.refusal.fields[0], "a.b");
	assert_string_equal(result.refusal.fields[1], "d");
	assert_int_equal(result.refusal.conflict_count, 1);
	assert_string_equal(result.refusal.conflicts[0].suggestion, "edge-2");
	assert_int_equal(count_pipelines(f, NULL), 1);
	/* what is there may be replaced, and its own host_id is no conflict */
	put.name = "one";
	put.create_only = true;
	assert_int_equal(do_put(f, &put, &result), ERR_BUSY);
	assert_int_equal(result.refusal.kinds, 1u << STORE_EXISTS | 1u << STORE_SECRET_MISSING);
}

static void a_revision_that_asks_for_what_is_taken_by_now_is_not_restored(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "first");
	struct store_put put = put_of("edge", "{\"v\":2}", "second");
	struct store_put_result result;

	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(store_claims_settle(f->store, id, &f->err), &f->err);
	create_pipeline(f, "other", "first");

	assert_int_equal(store_pipeline_restore(f->store, &by_ann, id, 1, NULL, NULL, &result, &f->arena, &f->err), ERR_BUSY);
	assert_int_equal(result.refusal.kind, STORE_CLAIMED);
	assert_string_equal(used(f, id), "second");
}

static void lists_of_claims_are_paged(void **state)
{
	struct fixture *f = *state;
	struct store_helds list;

	create_pipeline(f, "one", "b");
	create_pipeline(f, "two", "a");
	create_pipeline(f, "three", "c");
	expect_done(store_claims_list(f->store, "host_id", NULL, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.next, "b");
	expect_done(store_claims_list(f->store, "host_id", list.next, 2, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].value, "c");
	assert_string_equal(list.items[0].name, "three");
	assert_null(list.next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(a_host_id_in_use_is_refused_with_its_holder_and_a_free_one),
		TEST(an_empty_host_id_is_free_for_all),
		TEST(auto_is_tenant_and_name_or_the_same_with_a_number),
		TEST(what_auto_came_to_is_kept_when_a_better_name_becomes_free),
		TEST(auto_comes_to_what_is_wished_if_that_is_free),
		TEST(host_ids_change_hands_in_a_group),
		TEST(a_changed_host_id_is_reserved_until_the_new_revision_is_ready),
		TEST(ports_and_files_are_exclusive_and_all_conflicts_are_told),
		TEST(all_that_refuses_it_is_told_at_once_and_nothing_is_kept),
		TEST(a_revision_that_asks_for_what_is_taken_by_now_is_not_restored),
		TEST(lists_of_claims_are_paged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
