/* A worker whose records somebody looks at: what is shown, when, and what it costs the rest. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/file_ops.h"

enum { RING = 16 << 20, ALL = 1000000 };

static struct stand stand;
static struct file_ops files;
static bool disk_full;

static int set_up(void **state)
{
	(void)state;
	files = file_ops_system;
	disk_full = false;
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static void look(uint32_t session, uint32_t records_s)
{
	const struct ipc_tap order = { .records_s = records_s, .bytes_s = UINT32_MAX };

	assert_int_equal(ipc_send(stand.peer, IPC_TAP, session, &order, sizeof(order), NULL), 0);
	if (stand.inside)
		stand_until(&stand, stand.worker.tap.session == session);
}

static void pass(uint32_t count)
{
	stand_publish(&stand, count);
	stand_until(&stand, stand_account(&stand)->passed == stand.published);
}

static void nothing_is_shown_unless_somebody_looks(void **state)
{
	(void)state;
	stand_begin(&stand, 10);
	pass(50);
	look(1, ALL);
	pass(3);
	stand_until(&stand, stand.tapped == 3);
	look(2, 0);
	pass(50);
	stand_drain(&stand, DRAIN_HANDOVER, true, 5000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand.tapped, 3);
	assert_int_equal(stand.worker.tap.taken.size, 0);
}

static void a_record_is_shown_as_it_is_written(void **state)
{
	int64_t before = clock_wall_ms();

	(void)state;
	stand_begin(&stand, 10);
	look(77, ALL);
	pass(2);
	stand_until(&stand, stand.tapped == 2);

	assert_int_equal(stand.tap_session, 77);
	assert_string_equal(stand.tapped_text, "{\"UUID\":\"0000000000000001\",\"Application\":\"test\"}");
	assert_int_equal(stand.tapped_record.tag, TAG_INTERNAL);
	assert_int_equal(stand.tapped_record.skipped, 0);
	assert_in_range(stand.tapped_record.wall_ms, before, clock_wall_ms());
}

static void one_that_is_looked_at_before_it_is_ready_shows_its_first_record(void **state)
{
	(void)state;
	stand_start(&stand, stand_config(10));
	look(1, ALL);
	stand_until(&stand, stand.ready);
	pass(1);
	stand_until(&stand, stand.tapped == 1);
}

static ssize_t full_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
	char link[64], path[256] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (disk_full && readlink(link, path, sizeof(path) - 1) > 0 && strstr(path, ".segment") != NULL) {
		errno = ENOSPC;
		return -1;
	}
	return file_ops_system.pwrite(context, fd, bytes, length, offset);
}

static void what_is_not_committed_is_not_shown_and_then_once(void **state)
{
	(void)state;
	files.pwrite = full_pwrite;
	stand_start(&stand, stand_config(10));
	stand.worker.files = &files;
	stand_until(&stand, stand.ready);
	look(1, ALL);
	disk_full = true;
	stand_publish(&stand, 40);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SPOOL], "NoSpace") != NULL);
	assert_int_equal(stand.tapped, 0);

	disk_full = false;
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);
	assert_int_equal(stand.tapped, 40);
	assert_int_equal(stand.tap_passed, 40);
}

/* The first try of a transaction ends at a slice that has no room: those before it are done again. */
static void what_is_undone_for_a_slice_without_room_is_shown_once(void **state)
{
	(void)state;
	stand.settings = ",\"quota_bytes\":5000";
	stand_begin(&stand, 1000);
	look(1, ALL);
	stand_publish(&stand, 1); /* where nothing waits, no quota holds anything up */
	stand_until(&stand, stand_account(&stand)->waiting_spool > 0);
	for (unsigned i = 0; i < 5; i++)
		stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->waiting_spool > 1 && stand.figures.held == 1);
	stand_run_ms(&stand, 100);

	assert_in_range(stand_account(&stand)->waiting_spool, 21, 81);
	assert_int_equal(stand.tapped, stand_account(&stand)->waiting_spool);
	assert_int_equal(stand.tap_passed, stand.tapped);
}

/* The supervisor does not listen at all, while much more passes than its socket and the queue hold. */
static void a_supervisor_that_does_not_listen_keeps_nothing_from_its_way(void **state)
{
	struct worker_figures figures = { 0 };
	int64_t deadline = clock_boottime_ns() + 20 * NS_PER_S;

	(void)state;
	stand_spawn(&stand, stand_config(100000));
	stand_until(&stand, stand.ready);
	look(1, ALL);
	while (figures.account.passed < 100000) {
		assert_true(clock_boottime_ns() < deadline);
		if (stand.published < figures.account.passed + 10000)
			stand_publish(&stand, 100);
		worker_page_read(stand.page, &figures);
	}
	assert_int_equal(figures.account.lost_ring, 0);
	/* it listens again: what else is said arrives, and how much it has missed */
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);
	assert_in_range(stand.tapped, 100, 20000);
	assert_int_equal(stand_wait(&stand), WORKER_DONE);
	assert_true(stand.tap_passed <= stand.published);
}

#define tap_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tap_test(nothing_is_shown_unless_somebody_looks),
		tap_test(a_record_is_shown_as_it_is_written),
		tap_test(one_that_is_looked_at_before_it_is_ready_shows_its_first_record),
		tap_test(what_is_not_committed_is_not_shown_and_then_once),
		tap_test(what_is_undone_for_a_slice_without_room_is_shown_once),
		tap_test(a_supervisor_that_does_not_listen_keeps_nothing_from_its_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
