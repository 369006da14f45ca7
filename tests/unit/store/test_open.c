/* What store_open says of folders that are not as they should be. */
#include "support_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_message(struct fixture *f, const char *part)
{
	if (strstr(f->err.message, part) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", f->err.message, part);
}

static void write_file(struct fixture *f, const char *name, const void *bytes, size_t length)
{
	int fd = open(store_file(f, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

static void run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(store_file(f, "sluice.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void the_first_start_makes_everything_private(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "sluice.db", "sluice.db-wal", "sluice.db-shm", "master.key", "admin.token",
		"lock" };
	char path[512];
	struct stat status;

	store_close(&f->store);
	assert_true((size_t)snprintf(path, sizeof(path), "%s/new", f->folder) < sizeof(path));
	snprintf(f->folder, sizeof(f->folder), "%s", path);
	umask(0);
	store_reopen(f);
	umask(022);
	assert_string_equal(store_path(f->store), path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(stat(store_file(f, names[i]), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
	store_close(&f->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(store_file(f, names[i]));
	assert_int_equal(rmdir(path), 0);
	*strrchr(f->folder, '/') = '\0';
}

static void a_second_supervisor_is_told_the_pid_of_the_first(void **state)
{
	struct fixture *f = *state;
	struct store *second;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(store_open(&second, f->folder, NULL, &f->err), ERR_BUSY);
	assert_null(second);
	expect_message(f, pid);
}

static void beside_a_supervisor_a_token_can_be_made(void **state)
{
	struct fixture *f = *state;
	const struct store_options beside = { .beside = true };
	struct store_token token = { .role = STORE_ADMIN };
	char text[TOKEN_TEXT_SIZE];
	struct store *second;

	expect_done(store_open(&second, f->folder, &beside, &f->err), &f->err);
	expect_done(store_token_create(second, &by_ann, &token, text, NULL, &f->arena, &f->err), &f->err);
	assert_int_equal(store_rekey(second, &by_ann, NULL, &f->err), ERR_BUSY);
	store_close(&second);
	expect_done(store_token_verify(f->store, text, strlen(text), 1, &token, &f->arena, &f->err), &f->err);
}

static void nothing_is_made_beside(void **state)
{
	struct fixture *f = *state;
	const struct store_options beside = { .beside = true };
	struct stat status;

	assert_int_equal(store_open(&f->store, f->folder, &beside, &f->err), ERR_NOT_FOUND);
	assert_int_equal(stat(store_file(f, "sluice.db"), &status), -1);
}

static void a_folder_that_others_may_enter_is_refused(void **state)
{
	struct fixture *f = *state;

	chmod(f->folder, 0750);
	expect_refused(f, ERR_DENIED);
	expect_message(f, "chmod 700");
	chmod(f->folder, 0700);
	store_reopen(f);
}

static void a_newer_database_is_refused(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	run_sql(f, "PRAGMA user_version = 9999");
	expect_refused(f, ERR_UNSUPPORTED);
	expect_message(f, "9999");
}

static void another_programs_database_is_refused_and_left_alone(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	run_sql(f, "CREATE TABLE theirs (a); PRAGMA user_version = 1");
	expect_refused(f, ERR_CORRUPT);
	expect_message(f, "another program");
	assert_int_equal(sqlite3_open(store_file(f, "sluice.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT a FROM theirs", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void what_is_no_database_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char zeros[8192];

	write_file(f, "sluice.db", "this is a text file, not a database, and long enough to be looked at as one: "
		"SQLite reads a head of 100 bytes", 109);
	expect_refused(f, ERR_CORRUPT);
	write_file(f, "sluice.db", zeros, sizeof(zeros));
	expect_refused(f, ERR_CORRUPT);
	unlink(store_file(f, "sluice.db"));
	mkdir(store_file(f, "sluice.db"), 0700);
	expect_refused(f, ERR_DENIED);
}

static void a_database_that_is_gone_or_empty_beside_a_key_is_refused(void **state)
{
	struct fixture *f = *state;

	store_close(&f->store);
	write_file(f, "sluice.db", "", 0);
	expect_refused(f, ERR_CORRUPT);
	expect_message(f, "restore a backup");
	unlink(store_file(f, "sluice.db"));
	expect_refused(f, ERR_CORRUPT);
	run_sql(f, "PRAGMA journal_mode = WAL; CREATE TABLE t (a); DROP TABLE t");
	expect_refused(f, ERR_CORRUPT);
	unlink(store_file(f, "sluice.db"));
	unlink(store_file(f, "master.key"));
	store_reopen(f);
}

static void a_database_that_was_cut_short_is_refused(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	create_pipeline(f, "edge", "auto");
	store_close(&f->store);
	assert_int_equal(stat(store_file(f, "sluice.db"), &status), 0);
	for (off_t size = status.st_size - 1; size > 0; size -= 1511) {
		assert_int_equal(truncate(store_file(f, "sluice.db"), size), 0);
		expect_refused(f, ERR_CORRUPT);
		expect_message(f, "restore a backup");
	}
}

/* Everything that reads, so that damage which the check does not see is met. */
static void use(struct fixture *f)
{
	struct store_pipelines pipelines;
	struct store_tenants tenants;
	struct store_audits audits;
	struct store_revisions revisions;
	struct store_secrets secrets;
	struct store_put put = put_of("more", "{}", "auto");
	struct store_put_result result;

	arena_reset(&f->arena);
	store_tenants_list(f->store, NULL, 0, &tenants, &f->arena, &f->err);
	store_audit_list(f->store, NULL, 0, 0, &audits, &f->arena, &f->err);
	if (store_pipelines_list(f->store, NULL, NULL, 0, true, &pipelines, &f->arena, &f->err) == 0) {
		for (size_t i = 0; i < pipelines.count; i++) {
			store_revisions_list(f->store, pipelines.items[i].id, &revisions, &f->arena, &f->err);
			if (store_secrets_read(f->store, pipelines.items[i].id, 1, &secrets, &f->err) == 0)
				store_secrets_fini(&secrets);
		}
	}
	do_put(f, &put, &result);
}

static char *read_file(struct fixture *f, const char *name, size_t *length)
{
	FILE *file = fopen(store_file(f, name), "rb");
	char *bytes = malloc(1 << 20);

	assert_non_null(file);
	*length = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static void damaged_pages_give_an_error_and_never_a_crash(void **state)
{
	struct fixture *f = *state;
	struct store_secret secret = { "a.secret", "value" };
	struct store_put put = put_of("edge", "{\"a\":[1,2,3]}", "auto");
	struct store_put_result result;
	size_t length, refused = 0, rounds = 250;
	unsigned seed = 7;
	char *bytes, *damaged;

	put.secrets = &secret;
	put.secret_count = 1;
	put.labels = "{\"a\":\"b\"}";
	expect_done(do_put(f, &put, &result), &f->err);
	store_close(&f->store);
	bytes = read_file(f, "sluice.db", &length);
	damaged = malloc(length);
	for (size_t round = 0; round < rounds; round++) {
		memcpy(damaged, bytes, length);
		for (int flips = 0; flips < 1 + (int)(round % 20); flips++)
			damaged[(size_t)rand_r(&seed) % length] ^= (char)(1 << (rand_r(&seed) % 8));
		if (round % 10 == 0)
			memset(damaged + (size_t)rand_r(&seed) % (length / 4096) * 4096, round % 20 ? 0 : 0xff, 4096);
		write_file(f, "sluice.db", damaged, length);
		unlink(store_file(f, "sluice.db-wal"));
		unlink(store_file(f, "sluice.db-shm"));
		if (store_open(&f->store, f->folder, NULL, &f->err) == 0) {
			use(f);
			store_close(&f->store);
		} else {
			refused++;
			assert_int_not_equal(f->err.message[0], '\0');
		}
	}
	assert_true(refused > rounds / 4);
	free(damaged);
	free(bytes);
}

/* SQLite would take an empty file for a new database and remove the log, which may be all that is left. */
static void the_log_of_a_lost_database_is_not_thrown_away(void **state)
{
	struct fixture *f = *state;
	struct stat status;
	size_t length;
	char *log;

	create_pipeline(f, "edge", "auto");
	log = read_file(f, "sluice.db-wal", &length);
	assert_true(length > 0);
	store_close(&f->store);
	write_file(f, "sluice.db", "", 0);
	write_file(f, "sluice.db-wal", log, length);
	free(log);
	expect_refused(f, ERR_CORRUPT);
	assert_int_equal(stat(store_file(f, "sluice.db-wal"), &status), 0);
	assert_int_equal(status.st_size, length);
}

static void read_key(struct fixture *f, unsigned char *key)
{
	int fd = open(store_file(f, "master.key"), O_RDONLY);

	assert_int_equal(read(fd, key, STORE_KEY_SIZE), STORE_KEY_SIZE);
	close(fd);
}

static void a_master_key_that_does_not_fit_is_told_from_a_damaged_one(void **state)
{
	struct fixture *f = *state;
	unsigned char other[STORE_KEY_SIZE] = { 1, 2, 3 }, key[STORE_KEY_SIZE];

	store_close(&f->store);
	read_key(f, key);
	unlink(store_file(f, "master.key"));
	expect_refused(f, ERR_NOT_FOUND);
	expect_message(f, "master.key is gone");
	write_file(f, "master.key", other, sizeof(other));
	expect_refused(f, ERR_INVALID);
	expect_message(f, "not the key of this database");
	write_file(f, "master.key", other, 31);
	expect_refused(f, ERR_CORRUPT);
	expect_message(f, "must have 32 bytes and has 31");
	write_file(f, "master.key", key, sizeof(key));
	chmod(store_file(f, "master.key"), 0640);
	expect_refused(f, ERR_DENIED);
	expect_message(f, "chmod 600");
	chmod(store_file(f, "master.key"), 0600);
	store_reopen(f);
}

static void a_first_start_that_was_cut_short_is_finished(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	store_close(&f->store);
	run_sql(f, "DELETE FROM master_key; DELETE FROM settings; DELETE FROM tokens");
	unlink(store_file(f, "admin.token"));
	store_reopen(f);
	assert_int_equal(stat(store_file(f, "admin.token"), &status), 0);
	store_close(&f->store);
	run_sql(f, "DELETE FROM master_key");
	unlink(store_file(f, "master.key"));
	store_reopen(f);
	store_reopen(f);
}

static void a_database_that_may_not_be_written_is_refused(void **state)
{
	struct fixture *f = *state;
	int status;

	if (geteuid() != 0)
		skip();
	store_close(&f->store);
	assert_int_equal(chown(store_file(f, "lock"), 65534, 65534), 0);
	assert_int_equal(chown(f->folder, 65534, 65534), 0);
	if (fork() == 0) {
		/* as somebody whom permissions bind */
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(90);
		_exit(store_open(&f->store, f->folder, NULL, &f->err) == ERR_DENIED && strstr(f->err.message, "sluice.db") ? 0 : 91);
	}
	wait(&status);
	assert_int_equal(WEXITSTATUS(status), 0);
	expect_refused(f, ERR_DENIED);
	expect_message(f, "belongs to user 65534");
	assert_int_equal(chown(f->folder, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
#define CLOSED(name) cmocka_unit_test_setup_teardown(name, folder_setup, store_teardown)
		CLOSED(the_first_start_makes_everything_private),
		TEST(a_second_supervisor_is_told_the_pid_of_the_first),
		TEST(beside_a_supervisor_a_token_can_be_made),
		CLOSED(nothing_is_made_beside),
		CLOSED(a_folder_that_others_may_enter_is_refused),
		TEST(a_newer_database_is_refused),
		CLOSED(another_programs_database_is_refused_and_left_alone),
		CLOSED(what_is_no_database_is_refused),
		TEST(a_database_that_is_gone_or_empty_beside_a_key_is_refused),
		TEST(a_database_that_was_cut_short_is_refused),
		TEST(damaged_pages_give_an_error_and_never_a_crash),
		TEST(the_log_of_a_lost_database_is_not_thrown_away),
		TEST(a_master_key_that_does_not_fit_is_told_from_a_damaged_one),
		TEST(a_first_start_that_was_cut_short_is_finished),
		TEST(a_database_that_may_not_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
