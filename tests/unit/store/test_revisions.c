#include "support_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <unistd.h>

#define KEY_FIELD "pipeline.write.s3.secret_key"
#define PASSWORD_FIELD "analyzer.auth.cluster.password"

static struct store_put with_secret(const char *config, struct store_secret *secret)
{
	struct store_put put = put_of("edge", config, "");

	put.secrets = secret;
	put.secret_count = 1;
	return put;
}

static void expect_secret(struct fixture *f, const char *id, int64_t revision, const char *value)
{
	struct store_secrets secrets;

	expect_done(store_secrets_read(f->store, id, revision, &secrets, &f->err), &f->err);
	assert_int_equal(secrets.count, 1);
	assert_string_equal(store_secrets_value(&secrets, KEY_FIELD), value);
	assert_null(store_secrets_value(&secrets, PASSWORD_FIELD));
	store_secrets_fini(&secrets);
}

static void a_secret_is_kept_when_it_is_not_given_and_changes_make_a_revision(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { KEY_FIELD, "hunter2" };
	struct store_put put = with_secret("{}", &secret);
	struct store_put_result result;

	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.outcome, STORE_UNCHANGED);
	secret.value = NULL;
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.outcome, STORE_UNCHANGED);
	put.config = put.canonical = "{\"v\":2}";
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.pipeline.revision, 2);
	secret.value = "other";
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.pipeline.revision, 3);
	expect_secret(f, result.pipeline.id, 2, "hunter2");
	expect_secret(f, result.pipeline.id, 3, "other");
	put.secret_count = 0;
	expect_done(do_put(f, &put, &result), &f->err);
	assert_int_equal(result.pipeline.revision, 4);
}

static void a_secret_to_be_kept_must_be_there(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { KEY_FIELD, NULL };
	struct store_put put = with_secret("{}", &secret);
	struct store_put_result result;

	assert_int_equal(do_put(f, &put, &result), ERR_INVALID);
	assert_int_equal(result.refusal.kind, STORE_SECRET_MISSING);
	assert_int_equal(result.refusal.field_count, 1);
	assert_string_equal(result.refusal.fields[0], KEY_FIELD);
}

static void the_fields_that_have_a_secret_are_known_without_reading_them(void **state)
{
	struct fixture *f = *state;
	struct store_secret secrets[] = { { KEY_FIELD, "a" }, { PASSWORD_FIELD, "b" } };
	struct store_put put = with_secret("{}", secrets);
	struct store_put_result result;
	const char *const *fields;
	size_t count;

	put.secret_count = 2;
	expect_done(do_put(f, &put, &result), &f->err);
	expect_done(store_secret_fields(f->store, result.pipeline.id, 1, &fields, &count, &f->arena, &f->err), &f->err);
	assert_int_equal(count, 2);
	assert_string_equal(fields[0], PASSWORD_FIELD);
	assert_string_equal(fields[1], KEY_FIELD);
}

static bool file_has(const char *path, const char *text)
{
	size_t length = strlen(text);
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1 << 22);
	size_t size = file ? fread(bytes, 1, 1 << 22, file) : 0;
	bool found = memmem(bytes, size, text, length) != NULL;

	if (file != NULL)
		fclose(file);
	free(bytes);
	return found;
}

static void no_secret_stands_in_any_file(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { KEY_FIELD, "very-secret-value" };
	struct store_put put = with_secret("{\"shown\":true}", &secret);
	struct store_put_result result;

	expect_done(do_put(f, &put, &result), &f->err);
	assert_true(file_has(store_file(f, "sluice.db-wal"), "{\"shown\":true}"));
	assert_false(file_has(store_file(f, "sluice.db-wal"), "very-secret-value"));
	store_close(&f->store);
	assert_true(file_has(store_file(f, "sluice.db"), "{\"shown\":true}"));
	assert_false(file_has(store_file(f, "sluice.db"), "very-secret-value"));
}

static void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(store_file(f, "sluice.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_secret_moved_to_another_field_or_changed_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { KEY_FIELD, "hunter2" };
	struct store_put put = with_secret("{}", &secret);
	struct store_put_result result;
	struct store_secrets secrets;

	expect_done(do_put(f, &put, &result), &f->err);
	store_close(&f->store);
	run_sql(f, "UPDATE secrets SET field = 'pipeline.write.s3.access_key'");
	store_reopen(f);
	assert_int_equal(store_secrets_read(f->store, result.pipeline.id, 1, &secrets, &f->err), ERR_CORRUPT);
	assert_int_equal(secrets.count, 0);
	store_close(&f->store);
	run_sql(f, "UPDATE secrets SET field = '" KEY_FIELD "', sealed = zeroblob(40)");
	store_reopen(f);
	assert_int_equal(store_secrets_read(f->store, result.pipeline.id, 1, &secrets, &f->err), ERR_CORRUPT);
}

static void a_restored_revision_is_a_copy_with_its_secrets(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { KEY_FIELD, "first" };
	struct store_put put = with_secret("{\"v\":1}", &secret);
	struct store_put_result result;
	struct store_revision revision;

	put.summary = "made";
	expect_done(do_put(f, &put, &result), &f->err);
	secret.value = "second";
	put.config = put.canonical = "{\"v\":2}";
	expect_done(do_put(f, &put, &result), &f->err);

	expect_done(store_pipeline_restore(f->store, &by_ann, result.pipeline.id, 1, result.pipeline.etag, "back", &result,
		&f->arena, &f->err), &f->err);

	assert_int_equal(result.outcome, STORE_CHANGED);
	assert_int_equal(result.pipeline.revision, 3);
	assert_string_equal(result.pipeline.config, "{\"v\":1}");
	expect_secret(f, result.pipeline.id, 3, "first");
	expect_done(store_revision_get(f->store, result.pipeline.id, 3, &revision, &f->arena, &f->err), &f->err);
	assert_int_equal(revision.restored_from, 1);
	assert_string_equal(revision.summary, "back");
	assert_string_equal(revision.who, "ann");
	assert_int_equal(revision.result, STORE_NOT_RUN);
	assert_int_equal(store_pipeline_restore(f->store, &by_ann, result.pipeline.id, 9, NULL, NULL, &result, &f->arena,
		&f->err), ERR_NOT_FOUND);
	assert_int_equal(result.refusal.kind, STORE_NO_REVISION);
	assert_int_equal(store_pipeline_restore(f->store, &by_ann, "0", 1, NULL, NULL, &result, &f->arena, &f->err),
		ERR_NOT_FOUND);
	assert_int_equal(result.refusal.kind, STORE_NO_PIPELINE);
}

static void what_came_of_a_revision_is_kept(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "");
	struct store_pipeline pipeline;
	struct store_revision revision;

	expect_done(store_revision_set_result(f->store, id, 1, STORE_READY, &f->err), &f->err);
	expect_done(store_revision_add_ran(f->store, id, 1, 1500, &f->err), &f->err);
	expect_done(store_revision_add_ran(f->store, id, 1, 500, &f->err), &f->err);
	assert_int_equal(store_revision_set_result(f->store, id, 2, STORE_READY, &f->err), ERR_NOT_FOUND);
	assert_int_equal(store_revision_add_ran(f->store, id, 2, 1, &f->err), ERR_NOT_FOUND);
	store_reopen(f);

	expect_done(store_revision_get(f->store, id, 1, &revision, &f->arena, &f->err), &f->err);
	assert_int_equal(revision.result, STORE_READY);
	assert_int_equal(revision.ran_ms, 2000);
	expect_done(store_pipeline_get_id(f->store, id, &pipeline, &f->arena, &f->err), &f->err);
	assert_int_equal(pipeline.last_good, 1);
}

static void fifty_revisions_are_kept_and_the_last_good_one(void **state)
{
	struct fixture *f = *state;
	const char *id = create_pipeline(f, "edge", "");
	struct store_put_result result;
	struct store_revisions list;
	char config[32];

	expect_done(store_revision_set_result(f->store, id, 1, STORE_READY, &f->err), &f->err);
	for (int i = 2; i <= 60; i++) {
		struct store_secret secret = { KEY_FIELD, config };
		struct store_put put = with_secret(config, &secret);

		snprintf(config, sizeof(config), "{\"v\":%d}", i);
		expect_done(do_put(f, &put, &result), &f->err);
	}
	expect_done(store_revisions_list(f->store, id, &list, &f->arena, &f->err), &f->err);
	assert_int_equal(list.count, STORE_REVISIONS + 1);
	assert_int_equal(list.items[0].number, 60);
	assert_int_equal(list.items[49].number, 11);
	assert_int_equal(list.items[50].number, 1);
	expect_secret(f, id, 11, "{\"v\":11}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(a_secret_is_kept_when_it_is_not_given_and_changes_make_a_revision),
		TEST(a_secret_to_be_kept_must_be_there),
		TEST(the_fields_that_have_a_secret_are_known_without_reading_them),
		TEST(no_secret_stands_in_any_file),
		TEST(a_secret_moved_to_another_field_or_changed_is_not_read),
		TEST(a_restored_revision_is_a_copy_with_its_secrets),
		TEST(what_came_of_a_revision_is_kept),
		TEST(fifty_revisions_are_kept_and_the_last_good_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
