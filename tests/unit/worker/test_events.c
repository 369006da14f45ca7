/* What is told, and how often: once for what happened once. And what is refused without being touched. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/crc32c.h"
#include "worker/commit.h"
#include "worker/file_ops.h"

enum { RING = 256 << 10 };

static struct stand stand;
static struct file_ops files;
static unsigned slot_writes;          /* of the commit record, until they fail */

static int set_up(void **state)
{
	(void)state;
	files = file_ops_system;
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static unsigned told(const char *code)
{
	unsigned count = 0;

	for (const char *at = stand.events; (at = strstr(at, code)) != NULL; at++)
		count++;
	return count;
}

static void overtake(void)
{
	uint64_t laps = stand.worker.reader.laps.count;

	for (unsigned i = 0; i < 100; i++)
		stand_publish(&stand, 10);
	stand_until(&stand, stand_account(&stand)->passed == stand.published);
	assert_true(stand.worker.reader.laps.count > laps);
}

static void the_last_lap_is_told_too(void **state)
{
	(void)state;
	stand_begin(&stand, 1000);
	overtake();
	overtake();
	overtake();
	assert_int_equal(told("ring.lapped"), 1);
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(told("ring.lapped"), 2);
}

static void a_worker_that_is_overtaken_says_so_until_it_ends(void **state)
{
	(void)state;
	stand_begin(&stand, 1000);
	stand_publish(&stand, 10);
	stand_until(&stand, stand_account(&stand)->passed == 10);
	assert_non_null(strstr(stand.conditions[0], "\"status\":true"));
	overtake();
	stand_until(&stand, strstr(stand.conditions[0], "Overtaken") != NULL);
	assert_non_null(strstr(stand.conditions[0], "\"status\":false"));
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);

	assert_non_null(strstr(stand.conditions[0], "\"status\":true"));
}

/* It was away: that is told as an event, and it keeps up now. */
static void what_was_overwritten_before_a_worker_began_says_nothing_of_its_speed(void **state)
{
	(void)state;
	stand_begin(&stand, 1000);
	stand_publish(&stand, 10);
	stand_until(&stand, stand_account(&stand)->passed == 10);
	stand_drop(&stand);
	for (unsigned i = 0; i < 100; i++)
		stand_publish(&stand, 10);
	stand_begin(&stand, 1000);
	stand_until(&stand, stand_account(&stand)->passed == stand.published);

	assert_int_equal(told("ring.lapped"), 1);
	assert_null(strstr(stand.not_ready, "Overtaken"));
}

static ssize_t failing_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
	if (length == COMMIT_SLOT_SIZE && slot_writes-- == 0) {
		errno = EIO;
		return -1;
	}
	return file_ops_system.pwrite(context, fd, bytes, length, offset);
}

/* The ring is another one, and nobody knows how the first has ended. */
static void change_ring(void)
{
	bool restarted;

	stand.epochs[0] = (struct ipc_epoch){ .epoch = stand.epoch, .last_sequence = UINT64_MAX, .last_wall_ms = clock_wall_ms() };
	ring_writer_close(&stand.writer);
	close(stand.ring_fd);
	close(stand.ring_read_fd);
	assert_int_equal(ring_create(RING, &stand.ring_fd, &stand.epoch, NULL), 0);
	assert_int_equal(ring_reopen_read(stand.ring_fd, &stand.ring_read_fd, NULL), 0);
	assert_int_equal(ring_writer_open(&stand.writer, stand.ring_fd, stand.wake_fd, &restarted, NULL), 0);
	stand.epochs[1] = (struct ipc_epoch){ .epoch = stand.epoch, .last_sequence = UINT64_MAX };
	stand.epoch_count = 2;
}

static void what_a_start_has_found_is_told_when_it_is_committed(void **state)
{
	(void)state;
	stand_begin(&stand, 1000);
	stand_drop(&stand);
	change_ring();
	/* the record found is made durable, then the start's own commit fails */
	slot_writes = 1;
	files.pwrite = failing_pwrite;
	stand_start(&stand, stand_config(1000));
	stand.worker.files = &files;
	stand_until(&stand, stand.worker.life == LIFE_ENDED);
	loop_run_once(stand.loop, 100, NULL);
	assert_int_equal(stand.worker.exit_status, WORKER_FAILED);
	assert_int_equal(told("epoch.gap"), 0);
	stand_drop(&stand);

	stand_begin(&stand, 1000);
	assert_int_equal(told("epoch.gap"), 1);
	assert_int_equal(stand_account(&stand)->gaps, 1);
}

/* As another version of this program would have left it: what came later is zero there. */
static void write_records_of(uint32_t version)
{
	size_t known = version == 1 ? offsetof(struct commit, write_ms) :
		version == 2 ? offsetof(struct commit, lossy) :
		version == 3 ? offsetof(struct commit, place) : sizeof(struct commit);
	unsigned char slot[COMMIT_SLOT_SIZE];
	const uint32_t zero = 0;
	uint32_t crc;
	int fd = openat(stand.spool_fd, "commit", O_RDWR);

	for (unsigned i = 0; i < COMMIT_SLOTS; i++) {
		assert_int_equal(pread(fd, slot, sizeof(slot), i * COMMIT_SLOT_SIZE), sizeof(slot));
		memcpy(slot + offsetof(struct commit, version), &version, sizeof(version));
		memset(slot + known, 0, COMMIT_SLOT_SIZE - known);
		memcpy(slot + offsetof(struct commit, crc), &zero, sizeof(zero));
		crc = crc32c(0, slot, sizeof(slot));
		memcpy(slot + offsetof(struct commit, crc), &crc, sizeof(crc));
		assert_int_equal(pwrite(fd, slot, sizeof(slot), i * COMMIT_SLOT_SIZE), sizeof(slot));
	}
	close(fd);
}

static void the_spool_of_a_newer_version_is_refused_and_left_as_it_is(void **state)
{
	unsigned char before[COMMIT_SLOTS * COMMIT_SLOT_SIZE], after[sizeof(before)];
	int fd;

	(void)state;
	stand_begin(&stand, 1000);
	stand_drop(&stand);
	write_records_of(COMMIT_VERSION + 1);
	fd = openat(stand.spool_fd, "commit", O_RDONLY);
	assert_int_equal(pread(fd, before, sizeof(before), 0), sizeof(before));
	stand_start(&stand, stand_config(1000));
	stand_until(&stand, stand.worker.life == LIFE_ENDED);

	assert_int_equal(stand.worker.exit_status, WORKER_CONFIG);
	assert_int_equal(pread(fd, after, sizeof(after), 0), sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
	close(fd);
	assert_int_equal(told("spool.set_aside"), 0);
}

static void goes_on_with_records_of(uint32_t version)
{
	struct worker_figures figures;

	stand_begin(&stand, 1);
	stand_publish(&stand, 3);
	stand_until(&stand, stand_account(&stand)->written == 3);
	stand_drain(&stand, DRAIN_HANDOVER, true, 5000);
	stand_until(&stand, stand.told_drained);
	stand_drop(&stand);
	write_records_of(version);
	stand_begin(&stand, 1);

	assert_int_equal(told("spool.set_aside"), 0);
	assert_int_equal(stand_account(&stand)->written, 3);
	assert_true(worker_page_read(stand.worker.page, &figures));
	assert_int_equal(figures.last_write_ms != 0, version > 1);
	assert_true(figures.last_flow_ms > 0);
	stand_publish(&stand, 1);
	stand_until(&stand, stand_account(&stand)->written == 4);
}

static void the_spool_of_the_first_version_goes_on(void **state)
{
	(void)state;
	goes_on_with_records_of(1);
}

static void the_spool_of_the_second_version_goes_on(void **state)
{
	(void)state;
	goes_on_with_records_of(2);
}

static void the_spool_of_the_third_version_goes_on(void **state)
{
	(void)state;
	goes_on_with_records_of(3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_last_lap_is_told_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_worker_that_is_overtaken_says_so_until_it_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_overwritten_before_a_worker_began_says_nothing_of_its_speed, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(what_a_start_has_found_is_told_when_it_is_committed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_spool_of_a_newer_version_is_refused_and_left_as_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_spool_of_the_first_version_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_spool_of_the_second_version_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_spool_of_the_third_version_goes_on, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
