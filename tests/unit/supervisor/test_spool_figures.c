/* What a spool folder tells of a pipeline that has no worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/commit_record.h"
#include "supervisor/spool_figures.h"

static int make_folder(void **state)
{
	char *path = strdup("/tmp/spool-figures-XXXXXX");

	*state = path;
	return path != NULL && mkdtemp(path) != NULL ? 0 : -1;
}

static int open_folder(void **state)
{
	int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { COMMIT_FILE, "internal.7.10.9.object", "internal.8.segment", "lock" };
	int fd = open_folder(state);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(fd, names[i], 0);
	close(fd);
	rmdir(*state);
	free(*state);
	return 0;
}

static void write_slot(int folder, unsigned index, uint64_t number, uint64_t written)
{
	int fd = openat(folder, COMMIT_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct commit commit = { .number = number, .account = { .passed = written, .written = written },
		.batch_ms = (int64_t)number * 10, .write_ms = (int64_t)number * 11 };
	unsigned char slot[COMMIT_SLOT_SIZE];

	commit_encode(&commit, slot);
	assert_int_equal(pwrite(fd, slot, sizeof(slot), (off_t)index * COMMIT_SLOT_SIZE), sizeof(slot));
	close(fd);
}

static void write_file(int folder, const char *name, size_t size)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void the_newest_valid_slot_counts_and_files_are_what_waits(void **state)
{
	int fd = open_folder(state);
	struct worker_figures figures;

	write_slot(fd, 0, 6, 600);
	write_slot(fd, 1, 5, 500);
	write_slot(fd, 3, 4, 400);
	write_file(fd, "internal.7.10.9.object", 5000);
	write_file(fd, "internal.8.segment", 300);
	write_file(fd, "lock", 9);
	assert_true(spool_figures_read(fd, &figures));
	assert_int_equal(figures.commit_number, 6);
	assert_int_equal(figures.account.written, 600);
	assert_int_equal(figures.objects, 1);
	assert_int_equal(figures.spool_bytes, 5300);
	assert_true(figures.oldest_ms > 0);
	assert_int_equal(figures.last_flow_ms, 60);
	assert_int_equal(figures.last_write_ms, 66);
	close(fd);
}

static void a_torn_slot_is_left_out_and_without_a_record_there_are_zeros(void **state)
{
	int fd = open_folder(state);
	struct worker_figures figures;
	int file;

	assert_false(spool_figures_read(fd, &figures));
	assert_int_equal(figures.account.passed, 0);
	write_slot(fd, 0, 6, 600);
	write_slot(fd, 1, 5, 500);
	file = openat(fd, COMMIT_FILE, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(file, "torn", 4, 200), 4);
	close(file);
	assert_true(spool_figures_read(fd, &figures));
	assert_int_equal(figures.commit_number, 5);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_newest_valid_slot_counts_and_files_are_what_waits, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_torn_slot_is_left_out_and_without_a_record_there_are_zeros, make_folder,
			remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
