/* DELETEs that wait for their pipelines to end. */
#include "support_store.h"

#include "supervisor/store/deletions.h"

static size_t list(struct fixture *f, struct store_deletion **found)
{
	size_t count;

	expect_done(store_deletions_list(f->store, "", found, &count, &f->arena, &f->err), &f->err);
	return count;
}

static int set_running(struct fixture *f, const char *id, bool running)
{
	return store_pipeline_set_desired(f->store, &by_ann, id, running, NULL, NULL, &f->err);
}

/* The stop and the DELETE, as one. */
static void order(struct fixture *f, const char *id, bool discard, bool keep)
{
	expect_done(store_group_begin(f->store, &f->err), &f->err);
	expect_done(set_running(f, id, false), &f->err);
	expect_done(store_deletion_put(f->store, &by_ann, id, discard, &f->err), &f->err);
	expect_done(store_group_end(f->store, keep, &f->err), &f->err);
}

static void who_asked_and_for_what_outlives_the_store(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "one", "");
	struct store_deletion *found;

	order(f, id, false, true);
	order(f, id, true, true);
	store_reopen(f);

	assert_int_equal(list(f, &found), 1);
	assert_string_equal(found[0].pipeline, id);
	assert_string_equal(found[0].by.who, by_ann.who);
	assert_string_equal(found[0].by.role, by_ann.role);
	assert_string_equal(found[0].by.address, by_ann.address);
	assert_string_equal(found[0].by.request_id, by_ann.request_id);
	assert_true(found[0].discard);
	expect_done(store_deletion_forget(f->store, id, &f->err), &f->err);
	expect_done(store_deletion_forget(f->store, id, &f->err), &f->err);
	assert_int_equal(list(f, &found), 0);
}

static void it_is_kept_with_its_stop_or_neither_is(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "one", "");
	struct store_pipeline pipeline;
	struct store_deletion *found;

	order(f, id, false, false);
	assert_int_equal(list(f, &found), 0);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_true(pipeline.running);
	assert_int_equal(store_deletion_put(f->store, &by_ann, "0123456789abcdef", false, &f->err), ERR_NOT_FOUND);
}

static void a_start_takes_it_back_and_it_goes_with_its_pipeline(void **state)
{
	struct fixture *f = *state;
	const char *one = create_pipeline(f, "one", ""), *two = create_pipeline(f, "two", "");
	struct store_deletion *found;

	order(f, one, false, true);
	order(f, two, true, true);
	expect_done(set_running(f, two, false), &f->err);
	assert_int_equal(list(f, &found), 2);
	expect_done(set_running(f, two, true), &f->err);
	assert_int_equal(list(f, &found), 1);
	assert_string_equal(found[0].pipeline, one);
	expect_done(store_pipeline_delete(f->store, &by_ann, one, NULL, NULL, &f->err), &f->err);
	assert_int_equal(list(f, &found), 0);
}

static void lists_go_on_behind_an_id(void **state)
{
	struct fixture *f = *state;
	const char *one = create_pipeline(f, "one", ""), *two = create_pipeline(f, "two", "");
	struct store_deletion *all, *rest;
	size_t count;

	order(f, one, false, true);
	order(f, two, false, true);
	assert_int_equal(list(f, &all), 2);
	expect_done(store_deletions_list(f->store, all[0].pipeline, &rest, &count, &f->arena, &f->err), &f->err);
	assert_int_equal(count, 1);
	assert_string_equal(rest[0].pipeline, all[1].pipeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_asked_and_for_what_outlives_the_store, store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(it_is_kept_with_its_stop_or_neither_is, store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(a_start_takes_it_back_and_it_goes_with_its_pipeline, store_setup, store_teardown),
		cmocka_unit_test_setup_teardown(lists_go_on_behind_an_id, store_setup, store_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
