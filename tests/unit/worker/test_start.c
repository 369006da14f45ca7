/* The way to readiness: what a worker says while it cannot be ready yet. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "worker/file_ops.h"
#include "worker/spool.h"

static struct stand stand;

static int set_up(void **state)
{
	(void)state;
	stand_init(&stand, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

/* A disk that takes its time with each segment. */
static int slow_openat(void *context, int dirfd, const char *name, int flags, mode_t mode)
{
	if (strstr(name, ".segment") != NULL)
		usleep(400 * 1000);
	return file_ops_system.openat(context, dirfd, name, flags, mode);
}

static void a_recovery_tells_that_it_gets_on(void **state)
{
	static struct file_ops slow;

	(void)state;
	stand_begin(&stand, 1000);
	assert_string_equal(stand.not_ready, "Recovering ");
	stand_publish(&stand, 4);             /* a segment of each tag stays open */
	stand_until(&stand, stand_account(&stand)->waiting_spool == 4);
	stand_drop(&stand);
	stand.not_ready[0] = '\0';
	stand_start(&stand, stand_config(1000));
	slow = file_ops_system;
	slow.openat = slow_openat;
	stand.worker.files = &slow;
	stand_until(&stand, stand.ready);

	assert_string_equal(stand.not_ready, "Recovering Recovering ");
	assert_non_null(strstr(stand.conditions[0], "\"status\":true"));
}

static void a_name_that_was_refused_is_asked_for_again(void **state)
{
	(void)state;
	stand.refusing = true;
	stand_start(&stand, stand_config(1));
	stand_until(&stand, stand.asked == 2);
	assert_false(stand.ready);
	assert_non_null(strstr(stand.conditions[0], "NoStreamName"));
	assert_non_null(strstr(stand.conditions[0], "disk full"));
	stand.refusing = false;
	stand_until(&stand, stand.ready);

	assert_non_null(strstr(stand.conditions[0], "\"status\":true"));
	stand_publish(&stand, 4);
	stand_until(&stand, stand_account(&stand)->written == 4);
}

/* As long as the supervisor takes nothing, the channel takes no more. */
static void a_question_that_could_not_be_put_is_put_later(void **state)
{
	static const char much[IPC_PAYLOAD_MAX] = "";

	(void)state;
	stand_start(&stand, stand_config(1));
	for (size_t length = sizeof(much); length > 0; length /= 2) {
		while (control_say(&stand.worker, IPC_EVENT, 0, much, length))
			continue;
	}
	stand_until(&stand, stand.worker.stream_request != 0);
	assert_int_equal(stand.asked, 0);
	stand_until(&stand, stand.ready);
}

static void without_a_new_name_the_old_stream_goes_on(void **state)
{
	(void)state;
	stand_begin(&stand, 2);
	stand.refusing = true;
	spool_set_stream_seconds(stand.worker.spool, 0);
	stand_publish(&stand, 12);            /* of each tag one object, and a record of the next one */
	stand_until(&stand, strstr(stand.conditions[0], "NoStreamName") != NULL);
	stand_publish(&stand, 8);
	stand_until(&stand, stand_account(&stand)->written == 16);
	stand.refusing = false;
	stand_until(&stand, strstr(stand.conditions[0], "\"status\":true") != NULL);
	stand_check_account(&stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_recovery_tells_that_it_gets_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_that_was_refused_is_asked_for_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_question_that_could_not_be_put_is_put_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_new_name_the_old_stream_goes_on, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
