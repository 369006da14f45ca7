/* The spool's quota, while nothing can be written: whole objects go, oldest first, counted; where none can go, reading
 * waits. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

static struct stand stand;

/* Where the file writer wants its folder there is a file. */
static int set_up(void **state)
{
	int fd;

	(void)state;
	stand_init(&stand, 4 << 20);
	fd = openat(stand.files_fd, "out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static void start(const char *quota)
{
	stand.settings = quota;
	stand_begin(&stand, 5);
}

static void end_with_a_working_sink(void)
{
	uint64_t stored;

	assert_int_equal(unlinkat(stand.files_fd, "out", 0), 0);
	stand_drain(&stand, DRAIN_HANDOVER, true, 20000);
	stand_until(&stand, stand.told_drained);
	stand_check_account(&stand);
	stand_stored(&stand, &stored);
	assert_int_equal(stored, stand_account(&stand)->written);
}

static void beyond_the_quota_the_oldest_objects_are_dropped_and_counted(void **state)
{
	(void)state;
	start(",\"quota_bytes\":262144");
	for (unsigned i = 0; i < 40; i++) {
		stand_publish(&stand, 40);
		stand_until(&stand, stand_account(&stand)->passed == stand.published);
	}
	stand_until(&stand, stand_account(&stand)->lost_spool > 0 && stand.figures.spool_bytes <= 262144);

	assert_non_null(strstr(stand.events, "spool.quota"));
	assert_int_equal(stand_account(&stand)->lost_overflow, 0);
	assert_int_equal(stand_account(&stand)->passed, stand_account(&stand)->waiting_spool + stand_account(&stand)->lost_spool);
	end_with_a_working_sink();
	assert_int_equal(stand_account(&stand)->passed, stand.published);
	assert_int_equal(stand_account(&stand)->written + stand_account(&stand)->lost_spool, stand.published);
}

/* Objects in flight are in doubt: they are not dropped, so there is nothing to be had by dropping. An object takes 4 KiB and
 * some bytes: the second one of each lane is beyond the quota, and all eight find room in flight. */
static void where_nothing_can_be_dropped_reading_waits_and_nothing_is_lost(void **state)
{
	(void)state;
	start(",\"quota_bytes\":20000");
	stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->waiting_spool == 20 && stand.figures.objects == 4);
	stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->waiting_spool == 40 && stand.figures.objects == 8);
	stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->passed < stand.published && stand.figures.held);
	assert_int_equal(stand_account(&stand)->passed, 40);
	stand_until(&stand, strstr(stand.conditions[2], "QuotaFull") != NULL);
	assert_non_null(strstr(stand.conditions[2], "\"status\":false"));
	assert_non_null(strstr(stand.conditions[2], "limits.spool_bytes"));

	end_with_a_working_sink();
	assert_int_equal(stand_account(&stand)->lost_spool, 0);
	assert_int_equal(stand_account(&stand)->written, 60);
}

/* Less than a single object takes: what is stored makes room for what follows. */
static void a_quota_smaller_than_a_batch_does_not_stop_a_pipeline_whose_sink_works(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(stand.files_fd, "out", 0), 0);
	start(",\"quota_bytes\":100");
	for (unsigned i = 0; i < 3; i++) {
		stand_publish(&stand, 20);
		stand_until(&stand, stand_account(&stand)->written == stand.published);
	}
	stand_drain(&stand, DRAIN_HANDOVER, true, 20000);
	stand_until(&stand, stand.told_drained);
	stand_check_account(&stand);
	assert_int_equal(stand_account(&stand)->written, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(beyond_the_quota_the_oldest_objects_are_dropped_and_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(where_nothing_can_be_dropped_reading_waits_and_nothing_is_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_quota_smaller_than_a_batch_does_not_stop_a_pipeline_whose_sink_works, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
