/* A new master key, and kills while it is put in place. */
#include "support_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/random.h"

#define FIELD "a.secret"

static const char *pipeline_with_secret(struct fixture *f, const char *name)
{
	struct store_secret secret = { FIELD, "hunter2" };
	struct store_put put = put_of(name, "{}", "");
	struct store_put_result result;

	put.secrets = &secret;
	put.secret_count = 1;
	expect_done(do_put(f, &put, &result), &f->err);
	return result.pipeline.id;
}

static void expect_secret(struct fixture *f, const char *id)
{
	struct store_secrets secrets;

	expect_done(store_secrets_read(f->store, id, 1, &secrets, &f->err), &f->err);
	assert_string_equal(store_secrets_value(&secrets, FIELD), "hunter2");
	store_secrets_fini(&secrets);
}

static void read_key(struct fixture *f, const char *name, unsigned char *key)
{
	int fd = open(store_file(f, name), O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, key, STORE_KEY_SIZE), STORE_KEY_SIZE);
	close(fd);
}

static void write_key(struct fixture *f, const char *name, const unsigned char *key, size_t length)
{
	int fd = open(store_file(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, key, length), length);
	close(fd);
}

static bool is_there(struct fixture *f, const char *name)
{
	return access(store_file(f, name), F_OK) == 0;
}

static void a_new_key_opens_everything_and_the_old_one_nothing(void **state)
{
	struct fixture *f = *state;
	const char *one = pipeline_with_secret(f, "one"), *two = pipeline_with_secret(f, "two");
	unsigned char old[STORE_KEY_SIZE], new[STORE_KEY_SIZE], key[STORE_KEY_SIZE];

	read_key(f, "master.key", old);
	random_bytes(new, sizeof(new));
	expect_done(store_rekey(f->store, &by_ann, new, &f->err), &f->err);
	expect_secret(f, one);
	read_key(f, "master.key", key);
	assert_memory_equal(key, new, sizeof(new));
	assert_false(is_there(f, "master.key.next"));
	store_reopen(f);
	expect_secret(f, one);
	expect_secret(f, two);
	expect_secret(f, pipeline_with_secret(f, "three"));
	store_close(&f->store);
	write_key(f, "master.key", old, sizeof(old));
	expect_refused(f, ERR_INVALID);
}

enum { SEALED = 7 + 28, SECRETS = 30 };

static void read_sealed(struct fixture *f, unsigned char sealed[SECRETS][SEALED])
{
	sqlite3_stmt *statement;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(store_file(f, "sluice.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT sealed FROM secrets", -1, &statement, NULL), SQLITE_OK);
	for (int i = 0; i < SECRETS; i++) {
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_int_equal(sqlite3_column_bytes(statement, 0), SEALED);
		memcpy(sealed[i], sqlite3_column_blob(statement, 0), SEALED);
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

static size_t read_file(struct fixture *f, const char *name, char *bytes, size_t size)
{
	FILE *file = fopen(store_file(f, name), "rb");
	size_t length = file ? fread(bytes, 1, size, file) : 0;

	if (file != NULL)
		fclose(file);
	return length;
}

static void nothing_is_left_that_the_old_key_opens(void **state)
{
	struct fixture *f = *state;
	unsigned char sealed[SECRETS][SEALED];
	char name[16], *bytes = malloc(1 << 20);
	size_t length;

	for (int i = 0; i < SECRETS; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		pipeline_with_secret(f, name);
	}
	store_close(&f->store);
	read_sealed(f, sealed);
	length = read_file(f, "sluice.db", bytes, 1 << 20);
	assert_non_null(memmem(bytes, length, sealed[0], SEALED));
	store_reopen(f);
	expect_done(store_rekey(f->store, &by_ann, NULL, &f->err), &f->err);
	length = read_file(f, "sluice.db", bytes, 1 << 20);
	length += read_file(f, "sluice.db-wal", bytes + length, (1 << 20) - length);
	for (int i = 0; i < SECRETS; i++)
		assert_null(memmem(bytes, length, sealed[i] + 12, 16));
	free(bytes);
}

/* The states that a kill can leave, made by hand. */
static void cut_short_before_the_commit_the_old_key_stays(void **state)
{
	struct fixture *f = *state;
	const char *id = pipeline_with_secret(f, "one");
	unsigned char next[STORE_KEY_SIZE];

	store_close(&f->store);
	random_bytes(next, sizeof(next));
	write_key(f, "master.key.next.tmp", next, 10);
	store_reopen(f);
	expect_secret(f, id);
	store_close(&f->store);
	write_key(f, "master.key.next", next, sizeof(next));
	store_reopen(f);
	expect_secret(f, id);
	assert_false(is_there(f, "master.key.next"));
	expect_done(store_rekey(f->store, &by_ann, NULL, &f->err), &f->err);
	assert_false(is_there(f, "master.key.next.tmp"));
}

static void cut_short_after_the_commit_the_new_key_takes_its_place(void **state)
{
	struct fixture *f = *state;
	const char *id = pipeline_with_secret(f, "one");
	unsigned char old[STORE_KEY_SIZE], new[STORE_KEY_SIZE], key[STORE_KEY_SIZE];

	read_key(f, "master.key", old);
	random_bytes(new, sizeof(new));
	expect_done(store_rekey(f->store, &by_ann, new, &f->err), &f->err);
	store_close(&f->store);
	write_key(f, "master.key.next", new, sizeof(new));
	write_key(f, "master.key", old, sizeof(old));
	store_reopen(f);
	expect_secret(f, id);
	read_key(f, "master.key", key);
	assert_memory_equal(key, new, sizeof(new));
	assert_false(is_there(f, "master.key.next"));
	store_close(&f->store);
	unlink(store_file(f, "master.key"));
	write_key(f, "master.key.next", new, sizeof(new));
	store_reopen(f);
	expect_secret(f, id);
}

static void killed_at_any_moment_everything_can_be_read(void **state)
{
	struct fixture *f = *state;
	const char *ids[20];
	char name[16];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		ids[i] = pipeline_with_secret(f, name);
	}
	store_close(&f->store);
	for (int round = 0; round < 60; round++) {
		int ready[2];
		pid_t child;
		char byte;

		assert_int_equal(pipe(ready), 0);
		child = fork();
		if (child == 0) {
			if (store_open(&f->store, f->folder, NULL, &f->err) != 0 || write(ready[1], "a", 1) != 1)
				_exit(1);
			for (;;) {
				if (store_rekey(f->store, &by_ann, NULL, &f->err) != 0)
					_exit(2);
			}
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
		usleep((useconds_t)(random_u64() % 6000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		close(ready[0]);
		close(ready[1]);
		store_reopen(f);
		for (int i = 0; i < 20; i++)
			expect_secret(f, ids[i]);
		assert_false(is_there(f, "master.key.next"));
		store_close(&f->store);
	}
}

static void a_dry_run_and_a_group_change_no_key(void **state)
{
	struct fixture *f = *state;
	const char *id = pipeline_with_secret(f, "one");
	struct store_change dry = by_ann;
	unsigned char before[STORE_KEY_SIZE], after[STORE_KEY_SIZE];

	read_key(f, "master.key", before);
	dry.dry_run = true;
	expect_done(store_rekey(f->store, &dry, NULL, &f->err), &f->err);
	expect_done(store_group_begin(f->store, &f->err), &f->err);
	assert_int_equal(store_rekey(f->store, &by_ann, NULL, &f->err), ERR_BUSY);
	expect_done(store_group_end(f->store, true, &f->err), &f->err);
	read_key(f, "master.key", after);
	assert_memory_equal(before, after, sizeof(before));
	store_reopen(f);
	expect_secret(f, id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		TEST(a_new_key_opens_everything_and_the_old_one_nothing),
		TEST(nothing_is_left_that_the_old_key_opens),
		TEST(cut_short_before_the_commit_the_old_key_stays),
		TEST(cut_short_after_the_commit_the_new_key_takes_its_place),
		TEST(killed_at_any_moment_everything_can_be_read),
		TEST(a_dry_run_and_a_group_change_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
