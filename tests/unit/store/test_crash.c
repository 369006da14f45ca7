/* Kills, races, full disks. */
#include "support_store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/random.h"

/* ---- a kill at any moment ---- */

/* Creates w0, w1, … and reports each one over the pipe when the store has answered. */
static void write_until_killed(struct fixture *f, int report)
{
	struct store_put_result result;
	struct store_secret secret = { "a.secret", "value" };
	char name[16];

	if (store_open(&f->store, f->folder, NULL, &f->err) != 0)
		_exit(1);
	for (unsigned number = 0;; number++) {
		struct store_put put = put_of(name, "{}", "auto");

		put.secrets = &secret;
		put.secret_count = 1;
		snprintf(name, sizeof(name), "w%u", number);
		if (store_pipeline_put(f->store, &by_ann, &put, &result, &f->arena, &f->err) != 0)
			_exit(2);
		arena_reset(&f->arena);
		if (write(report, &number, sizeof(number)) != sizeof(number))
			_exit(3);
	}
}

static void kill_at_random(struct fixture *f, unsigned *answered)
{
	unsigned number, least = (unsigned)(random_u64() % 60);
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		write_until_killed(f, ends[1]);
	}
	close(ends[1]);
	*answered = 0;
	while (*answered < least && read(ends[0], &number, sizeof(number)) == sizeof(number))
		++*answered;
	usleep((useconds_t)(random_u64() % 2000));
	kill(child, SIGKILL);
	while (read(ends[0], &number, sizeof(number)) == sizeof(number))
		++*answered;
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	close(ends[0]);
}

static void expect_exactly(struct fixture *f, unsigned answered)
{
	struct store_secrets secrets;
	struct store_audits audits;
	size_t count;
	char name[16];

	count = count_pipelines(f, NULL);
	assert_in_range(count, answered, answered + 1);
	for (unsigned number = 0; number < count; number++) {
		struct store_pipeline pipeline;

		snprintf(name, sizeof(name), "w%u", number);
		expect_done(store_pipeline_get(f->store, "default", name, &pipeline, &f->arena, &f->err), &f->err);
		assert_string_equal(pipeline.config, "{}");
		expect_done(store_secrets_read(f->store, pipeline.id, 1, &secrets, &f->err), &f->err);
		assert_int_equal(secrets.count, 1);
		store_secrets_fini(&secrets);
	}
	expect_done(store_audit_list(f->store, NULL, 0, 1000, &audits, &f->arena, &f->err), &f->err);
	assert_int_equal(audits.count, count + 1);    /* the first one is the admin token's */
}

static void after_a_kill_exactly_the_answered_writes_are_there(void **state)
{
	for (int round = 0; round < 25; round++) {
		struct fixture *f;
		unsigned answered;

		folder_setup(state);
		f = *state;
		kill_at_random(f, &answered);
		store_reopen(f);
		expect_exactly(f, answered);
		store_teardown(state);
	}
	folder_setup(state);
}

/* ---- a race ---- */

static int claim_in_child(const char *folder, const char *name, int go)
{
	const struct store_options beside = { .beside = true };
	struct store_put put = put_of(name, "{}", "wanted");
	struct store_put_result result;
	struct arena arena;
	struct err err;
	struct store *store;
	char byte;
	int error;

	arena_init(&arena, 1 << 20);
	if (store_open(&store, folder, &beside, &err) != 0 || read(go, &byte, 1) != 1)
		return 90;
	error = store_pipeline_put(store, &by_ann, &put, &result, &arena, &err);
	store_close(&store);
	if (error == 0)
		return 0;
	return result.refusal.kind == STORE_CLAIMED && strcmp(result.refusal.conflicts[0].suggestion, "wanted-2") == 0
		? 1 : 91;
}

static void of_two_processes_exactly_one_gets_a_host_id(void **state)
{
	struct fixture *f = *state;

	for (int round = 0; round < 40; round++) {
		int go[2], outcomes[2] = { 0, 0 };
		struct store_pipelines list;

		assert_int_equal(pipe(go), 0);
		for (int i = 0; i < 2; i++) {
			if (fork() == 0)
				_exit(claim_in_child(f->folder, i ? "one" : "two", go[0]));
		}
		assert_int_equal(write(go[1], "ab", 2), 2);
		for (int i = 0; i < 2; i++) {
			int status;

			wait(&status);
			assert_in_range(WEXITSTATUS(status), 0, 1);
			outcomes[WEXITSTATUS(status)]++;
		}
		assert_int_equal(outcomes[0], 1);
		assert_int_equal(outcomes[1], 1);
		expect_done(store_pipelines_list(f->store, NULL, NULL, 0, false, &list, &f->arena, &f->err), &f->err);
		assert_int_equal(list.count, 1);
		expect_done(store_pipeline_delete(f->store, &by_ann, list.items[0].id, NULL, NULL, &f->err), &f->err);
		close(go[0]);
		close(go[1]);
	}
}

/* ---- a full disk ---- */

static int fill(struct fixture *f, unsigned *made)
{
	static char config[32 * 1024];
	struct store_put_result result;
	char name[16];
	int error = 0;

	memset(config, ' ', sizeof(config) - 1);
	memcpy(config, "{}", 2);
	for (*made = 0; error == 0 && *made < 2000; ++*made) {
		struct store_put put = put_of(name, config, "auto");

		snprintf(name, sizeof(name), "f%u", *made);
		error = store_pipeline_put(f->store, &by_ann, &put, &result, &f->arena, &f->err);
		arena_reset(&f->arena);
	}
	--*made;
	return error;
}

static void expect_exactly_these(struct fixture *f, unsigned made)
{
	struct store_pipeline pipeline;
	char name[16];

	assert_int_equal(count_pipelines(f, NULL), made);
	snprintf(name, sizeof(name), "f%u", made);
	assert_int_equal(store_pipeline_get(f->store, "default", name, &pipeline, &f->arena, &f->err), ERR_NOT_FOUND);
}

static void past_the_limit_of_a_file_nothing_changes_and_reading_goes_on(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, small = { .rlim_cur = 3 << 20 };
	unsigned made;

	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(fill(f, &made), ERR_NO_SPACE);
	assert_true(made > 10);
	expect_exactly_these(f, made);
	setrlimit(RLIMIT_FSIZE, &old);
	create_pipeline(f, "room-again", "auto");
	store_reopen(f);
	expect_exactly_these(f, made + 1);
}

static void fill_disk(const char *path)
{
	static const char zeros[4096];
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
}

static void on_a_full_disk_nothing_changes_and_the_store_goes_on_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	const char *disk = strdup(store_file(f, "disk"));
	char folder[512], filler[600];
	unsigned made;

	store_close(&f->store);
	mkdir(disk, 0700);
	if (mount("tmpfs", disk, "tmpfs", 0, "size=3m,mode=0700") != 0) {
		free((char *)disk);
		skip();
	}
	snprintf(folder, sizeof(folder), "%s", f->folder);
	snprintf(f->folder, sizeof(f->folder), "%s", disk);
	snprintf(filler, sizeof(filler), "%s/filler", disk);
	store_reopen(f);
	assert_int_equal(fill(f, &made), ERR_NO_SPACE);
	assert_true(made > 10);
	expect_exactly_these(f, made);

	/* a group is undone whole and says so */
	expect_done(store_group_begin(f->store, &f->err), &f->err);
	assert_int_not_equal(fill(f, &made), 0);
	assert_int_not_equal(store_group_end(f->store, true, &f->err), 0);

	/* backup: no room either, nothing left behind */
	assert_int_equal(store_backup(f->store, store_file(f, "backup.db"), &f->err), ERR_NO_SPACE);
	assert_int_equal(access(store_file(f, "backup.db"), F_OK), -1);

	assert_int_equal(mount(NULL, disk, NULL, MS_REMOUNT, "size=12m"), 0);
	create_pipeline(f, "room-again", "auto");
	store_reopen(f);
	store_close(&f->store);

	/* a start on a full disk */
	assert_true((size_t)snprintf(f->folder, sizeof(f->folder), "%s/full", disk) < sizeof(f->folder));
	mkdir(f->folder, 0700);
	fill_disk(filler);
	expect_refused(f, ERR_NO_SPACE);
	unlink(filler);
	store_reopen(f);
	store_close(&f->store);

	umount(disk);
	snprintf(f->folder, sizeof(f->folder), "%s", folder);
	free((char *)disk);
}

static void a_backup_is_a_private_copy_that_opens_with_the_same_key(void **state)
{
	struct fixture *f = *state;
	char path[600], other[600];
	struct stat status;
	struct store_pipeline pipeline;

	create_pipeline(f, "edge", "auto");
	snprintf(path, sizeof(path), "%s", store_file(f, "backup.db"));
	expect_done(store_backup(f->store, path, &f->err), &f->err);
	assert_int_equal(store_backup(f->store, path, &f->err), ERR_BUSY);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	create_pipeline(f, "later", "auto");
	store_close(&f->store);
	snprintf(other, sizeof(other), "%s", store_file(f, "sluice.db"));
	assert_int_equal(rename(path, other), 0);
	store_reopen(f);
	expect_done(store_pipeline_get(f->store, "default", "edge", &pipeline, &f->arena, &f->err), &f->err);
	assert_int_equal(store_pipeline_get(f->store, "default", "later", &pipeline, &f->arena, &f->err), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)
		cmocka_unit_test_teardown(after_a_kill_exactly_the_answered_writes_are_there, store_teardown),
		TEST(of_two_processes_exactly_one_gets_a_host_id),
		TEST(past_the_limit_of_a_file_nothing_changes_and_reading_goes_on),
		TEST(on_a_full_disk_nothing_changes_and_the_store_goes_on_when_there_is_room),
		TEST(a_backup_is_a_private_copy_that_opens_with_the_same_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
