/* What `sluiced run` keeps beside the spools, the restart delays and the conditions of children. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "supervisor/backoff.h"
#include "supervisor/conditions.h"
#include "supervisor/json_file.h"
#include "supervisor/run_store.h"

static char folder[] = "/tmp/sluice-test-XXXXXX";

/* The last folder that was synced in this process. */
static ino_t synced;

int fsync(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0)
		synced = status.st_ino;
	return (int)syscall(SYS_fsync, fd);
}

static bool without_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return without_memory ? NULL : __real_malloc(size);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void a_second_run_on_a_folder_is_refused_with_the_pid_of_the_first(void **state)
{
	struct run_store *first, *second;
	char pid[32];
	struct err err;

	(void)state;
	assert_int_equal(run_store_open(&first, folder, &err), 0);
	assert_int_equal(run_store_open(&second, folder, &err), ERR_BUSY);
	snprintf(pid, sizeof(pid), "process %d", (int)getpid());
	assert_non_null(strstr(err.message, pid));
	assert_null(second);
	run_store_close(&first, true);
	assert_int_equal(run_store_open(&first, folder, &err), 0);
	run_store_close(&first, true);
}

static void a_stream_name_is_never_given_twice_even_when_the_clock_is_set_back(void **state)
{
	struct run_store *store;
	int64_t name;

	(void)state;
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	assert_int_equal(run_store_stream_name(store, "a|b|c", 5000999, &name, NULL), 0);
	assert_int_equal(name, 5000000);
	assert_int_equal(run_store_stream_name(store, "a|b|c", 5000999, &name, NULL), 0);
	assert_int_equal(name, 5001000);
	run_store_close(&store, true);
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	assert_int_equal(run_store_stream_name(store, "a|b|c", 1000, &name, NULL), 0);
	assert_int_equal(name, 5002000);
	assert_int_equal(run_store_stream_name(store, "other", 1000, &name, NULL), 0);
	assert_int_equal(name, 1000);
	run_store_close(&store, true);
}

static void one_destination_has_one_name_however_its_parts_are_cut(void **state)
{
	static const char *const same[][3] = { { "file:/x", "a", "b/c" }, { "file:/x", "a/b", "c" }, { "file:/x", "a/b/c/", "" },
		{ "file:/x", "", "/a//b/c" }, { "file:/x/", "a", "b/c" } };
	char destination[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(run_store_destination(same[i][0], same[i][1], same[i][2], destination, sizeof(destination)), 0);
		assert_string_equal(destination, "file:/x/a/b/c");
	}
	assert_int_equal(run_store_destination("file:/x", "a", "b/c", destination, 13), ERR_LIMIT);
}

static void epochs_are_known_after_a_restart_in_their_order(void **state)
{
	struct ipc_epoch epoch = { .epoch = UINT64_MAX - 5, .last_sequence = UINT64_MAX, .first_wall_ms = 7, .boot_id = { 0xab, 0, 1 } };
	const struct ipc_epoch *epochs;
	struct run_store *store;
	size_t count;

	(void)state;
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	assert_int_equal(run_store_add_epoch(store, "key", &epoch, NULL), 0);
	epoch.last_sequence = UINT64_MAX - 9;
	assert_int_equal(run_store_end_epoch(store, "key", &epoch, NULL), 0);
	epoch.epoch = 2;
	assert_int_equal(run_store_add_epoch(store, "key", &epoch, NULL), 0);
	run_store_close(&store, true);
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	assert_int_equal(run_store_epochs(store, "key", &epochs, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_true(epochs[0].epoch == UINT64_MAX - 5 && epochs[0].last_sequence == UINT64_MAX - 9);
	assert_int_equal(epochs[0].boot_id[0], 0xab);
	assert_int_equal(epochs[1].epoch, 2);
	run_store_close(&store, true);
}

static void an_end_is_noted_with_its_own_epoch_and_no_other(void **state)
{
	struct ipc_epoch first = { .epoch = 1, .last_sequence = UINT64_MAX }, second = { .epoch = 2, .last_sequence = UINT64_MAX };
	const struct ipc_epoch *epochs;
	struct run_store *store;
	size_t count;

	(void)state;
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	assert_int_equal(run_store_add_epoch(store, "ends", &first, NULL), 0);
	assert_int_equal(run_store_add_epoch(store, "ends", &second, NULL), 0);
	first.last_sequence = 100;
	assert_int_equal(run_store_end_epoch(store, "ends", &first, NULL), 0);
	assert_int_equal(run_store_epochs(store, "ends", &epochs, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_true(epochs[0].epoch == 1 && epochs[0].last_sequence == 100);
	assert_true(epochs[1].epoch == 2 && epochs[1].last_sequence == UINT64_MAX);
	run_store_close(&store, true);
}

static void a_damaged_file_is_set_aside_and_not_overwritten(void **state)
{
	struct run_store *store;
	char path[128];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/streams.json", folder);
	file = fopen(path, "w");
	fputs("{\"a|b|c\": 12, trunc", file);
	fclose(file);
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	run_store_close(&store, true);
	snprintf(path, sizeof(path), "%s/streams.json.damaged", folder);
	assert_int_equal(access(path, F_OK), 0);
}

static void one_that_there_is_no_memory_for_is_not_taken_for_damaged(void **state)
{
	json_t *document;
	int dirfd;

	(void)state;
	dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(json_file_read(dirfd, "streams.json", &document, NULL), 0);
	json_decref(document);
	without_memory = true;
	assert_int_equal(json_file_read(dirfd, "streams.json", &document, NULL), ERR_NO_MEMORY);
	without_memory = false;

	assert_null(document);
	close(dirfd);
}

static void a_temporary_folder_goes_only_when_everything_was_written(void **state)
{
	struct run_store *store;
	char path[256];
	int spool;

	(void)state;
	assert_int_equal(run_store_open(&store, NULL, NULL), 0);
	assert_int_equal(run_store_spool(store, "edge", &spool, NULL), 0);
	snprintf(path, sizeof(path), "%s", run_store_path(store));
	close(openat(spool, "commit", O_CREAT | O_WRONLY, 0600));
	close(spool);
	run_store_close(&store, false);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(run_store_open(&store, path, NULL), 0);
	run_store_close(&store, true);
	assert_int_equal(access(path, F_OK), 0);        /* it was named: it is the user's */
	assert_int_equal(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* ---- restart delays ---- */

static void the_first_restart_is_at_once_and_the_others_wait_longer_and_longer(void **state)
{
	struct backoff backoff = { 0 };
	int64_t now = 1000 * NS_PER_S;
	int64_t expected = NS_PER_S;

	(void)state;
	backoff_started(&backoff, now);
	assert_int_equal(backoff_delay(&backoff, now), 0);
	for (int i = 0; i < 10; i++) {
		int64_t delay = backoff_delay(&backoff, now);

		assert_in_range(delay, expected * 8 / 10, expected * 12 / 10);
		expected = expected * 2 > 60 * NS_PER_S ? 60 * NS_PER_S : expected * 2;
	}
	assert_int_equal(backoff_delay(&backoff, now + 61 * NS_PER_S), 0);
}

/* ---- conditions ---- */

static void a_condition_is_told_once_for_each_change(void **state)
{
	static const char bad[] = "{\"type\":\"SinkReachable\",\"status\":false,\"reason\":\"denied\",\"message\":\"no right to "
		"write\",\"field\":\"pipeline.write.file.root\"}";
	static const char good[] = "{\"type\":\"SinkReachable\",\"status\":true}";
	struct conditions conditions = { .count = 0 };
	char text[200];

	(void)state;
	assert_non_null(conditions_take(&conditions, bad, strlen(bad)));
	assert_null(conditions_take(&conditions, bad, strlen(bad)));
	condition_describe(conditions_problem(&conditions), text, sizeof(text));
	assert_string_equal(text, "no right to write (pipeline.write.file.root)");
	assert_non_null(conditions_take(&conditions, good, strlen(good)));
	assert_null(conditions_problem(&conditions));
	assert_null(conditions_take(&conditions, "nonsense", 8));
}

static void take(struct conditions *conditions, const char *payload)
{
	conditions_take(conditions, payload, strlen(payload));
}

static void retry(struct conditions *conditions, const char *payload)
{
	conditions_retry(conditions, payload, strlen(payload));
}

static void tries_belong_to_a_condition_that_is_false(void **state)
{
	static const char bad[] = "{\"type\":\"SinkReachable\",\"status\":false,\"reason\":\"busy\"}";
	static const char worse[] = "{\"type\":\"SinkReachable\",\"status\":false,\"reason\":\"denied\"}";
	static const char good[] = "{\"type\":\"SinkReachable\",\"status\":true}";
	struct conditions conditions = { .count = 0 };
	const struct condition *sink;

	(void)state;
	retry(&conditions, "{\"type\":\"SinkReachable\",\"tries\":3,\"next_ns\":5}");
	assert_null(conditions_find(&conditions, "SinkReachable"));
	take(&conditions, bad);
	sink = conditions_find(&conditions, "SinkReachable");
	retry(&conditions, "nonsense");
	retry(&conditions, "{\"type\":\"SinkReachable\",\"tries\":-1,\"next_ns\":5}");
	assert_int_equal(sink->next_ns, 0);
	retry(&conditions, "{\"type\":\"SinkReachable\",\"tries\":3,\"next_ns\":9007199254740993}");
	take(&conditions, worse);
	assert_int_equal(sink->tries, 3);
	assert_true(sink->next_ns == 9007199254740993);
	take(&conditions, good);
	assert_int_equal(sink->tries, 0);
	assert_int_equal(sink->next_ns, 0);
	retry(&conditions, "{\"type\":\"SinkReachable\",\"tries\":3,\"next_ns\":5}");
	assert_int_equal(sink->tries, 0);
}

/* A run that was killed between making and syncing has left it; a disk has its name only now. Later ones are synced as
 * they are made, and none twice. */
static void the_name_of_a_spool_that_was_there_is_made_durable(void **state)
{
	struct run_store *store;
	struct stat above;
	char path[128];
	int spool;

	(void)state;
	snprintf(path, sizeof(path), "%s/spool", folder);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/spool/left", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	synced = 0;
	assert_int_equal(run_store_open(&store, folder, NULL), 0);
	snprintf(path, sizeof(path), "%s/spool", folder);
	assert_int_equal(stat(path, &above), 0);
	assert_int_equal(synced, above.st_ino);

	synced = 0;
	assert_int_equal(run_store_spool(store, "left", &spool, NULL), 0);
	close(spool);
	assert_int_equal(synced, 0);
	assert_int_equal(run_store_spool(store, "new", &spool, NULL), 0);
	close(spool);
	assert_int_equal(synced, above.st_ino);
	run_store_close(&store, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_run_on_a_folder_is_refused_with_the_pid_of_the_first),
		cmocka_unit_test(a_stream_name_is_never_given_twice_even_when_the_clock_is_set_back),
		cmocka_unit_test(one_destination_has_one_name_however_its_parts_are_cut),
		cmocka_unit_test(epochs_are_known_after_a_restart_in_their_order),
		cmocka_unit_test(an_end_is_noted_with_its_own_epoch_and_no_other),
		cmocka_unit_test(a_damaged_file_is_set_aside_and_not_overwritten),
		cmocka_unit_test(one_that_there_is_no_memory_for_is_not_taken_for_damaged),
		cmocka_unit_test(the_name_of_a_spool_that_was_there_is_made_durable),
		cmocka_unit_test(a_temporary_folder_goes_only_when_everything_was_written),
		cmocka_unit_test(the_first_restart_is_at_once_and_the_others_wait_longer_and_longer),
		cmocka_unit_test(a_condition_is_told_once_for_each_change),
		cmocka_unit_test(tries_belong_to_a_condition_that_is_false),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
