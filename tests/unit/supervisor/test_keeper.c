/* Children that are kept running, and those that cannot be started. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "supervisor/keeper.h"

struct stand {
	struct loop *loop;
	struct keeper keeper;
	int configure_result;
	unsigned starts, ends, failures;
	unsigned lines;
	int log_fd;                   /* our end of what it logs into */
	int status;
};

static void options(void *owner, struct child_options *options)
{
	struct stand *stand = owner;

	stand->starts++;
	options->program = "/bin/sleep";      /* without an argument it fails at once */
}

static void log_line(void *owner, const char *line)
{
	(void)owner;
	(void)line;
}

static void quiet_options(void *owner, struct child_options *child_options)
{
	options(owner, child_options);
	child_options->log_line = log_line;
}

static int configure(void *owner, struct child *child, struct err *err)
{
	struct stand *stand = owner;

	assert_non_null(child);
	return stand->configure_result == 0 ? 0 : err_set(err, stand->configure_result, "it cannot be told");
}

static void message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	(void)owner;
	(void)type;
	(void)id;
	(void)payload;
	(void)length;
}

static void ended(void *owner, int status, const char *reason)
{
	struct stand *stand = owner;

	assert_non_null(reason);
	stand->ends++;
	stand->status = status;
}

static void failed(void *owner, const char *reason)
{
	struct stand *stand = owner;

	assert_string_equal(reason, "it cannot be told");
	stand->failures++;
	keeper_again(&stand->keeper, INT64_MAX);
}

static const struct keeper_handler handler = { quiet_options, configure, message, ended, failed, NULL };

static void stand_init(struct stand *stand)
{
	*stand = (struct stand){ .loop = NULL };
	assert_int_equal(loop_new(&stand->loop, NULL), 0);
	keeper_init(&stand->keeper, stand->loop, &handler, stand);
}

static void stand_fini(struct stand *stand)
{
	keeper_fini(&stand->keeper);
	loop_free(&stand->loop);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void run_ms(struct stand *stand, int64_t ms)
{
	int64_t end = clock_boottime_ns() + ms * NS_PER_MS;

	while (clock_boottime_ns() < end)
		loop_run_once(stand->loop, 20, NULL);
}

static void a_child_that_cannot_be_told_what_to_do_is_ended(void **state)
{
	struct stand stand;
	struct err err;

	(void)state;
	stand_init(&stand);
	stand.configure_result = ERR_NO_MEMORY;
	assert_int_equal(keeper_start(&stand.keeper, &err), ERR_NO_MEMORY);

	assert_null(stand.keeper.child);
	assert_int_equal(stand.failures, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	stand_fini(&stand);
}

static void what_cannot_be_started_is_not_tried_without_a_pause(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	/* a long life before: the count has begun anew */
	backoff_started(&stand.keeper.backoff, clock_boottime_ns() - 100 * NS_PER_S);
	stand.configure_result = ERR_NO_MEMORY;
	keeper_at(&stand.keeper, 0);
	run_ms(&stand, 500);

	assert_int_equal(stand.starts, 2);            /* at once, and again after 1 s */
	assert_int_equal(stand.failures, 2);
	stand_fini(&stand);
}

static void a_delay_is_cut_to_what_is_left(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	backoff_started(&stand.keeper.backoff, clock_boottime_ns());
	assert_int_equal(keeper_again(&stand.keeper, INT64_MAX), 0);
	assert_int_equal(keeper_again(&stand.keeper, 5 * NS_PER_MS), 5 * NS_PER_MS);
	keeper_forget(&stand.keeper);
	run_ms(&stand, 50);
	assert_int_equal(stand.starts, 0);
	stand_fini(&stand);
}

static void an_end_is_told_with_its_status(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	assert_int_equal(keeper_start(&stand.keeper, NULL), 0);
	while (stand.ends == 0)
		loop_run_once(stand.loop, 1000, NULL);

	assert_true(WIFEXITED(stand.status));
	assert_int_equal(WEXITSTATUS(stand.status), 1);
	assert_null(stand.keeper.child);
	stand_fini(&stand);
}

static void one_that_has_ended_before_it_was_told_anything_is_no_failed_start(void **state)
{
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand.configure_result = ERR_CLOSED;
	assert_int_equal(keeper_start(&stand.keeper, NULL), 0);
	while (stand.ends == 0)
		loop_run_once(stand.loop, 1000, NULL);

	assert_int_equal(WEXITSTATUS(stand.status), 1);
	assert_int_equal(stand.failures, 0);
	stand_fini(&stand);
}

/* ---- a child that stands behind ---- */

enum { BEHIND = 3 };

static void patient_options(void *owner, struct child_options *options)
{
	static char *const arguments[] = { "sleep", "1000", NULL };

	quiet_options(owner, options);
	options->arguments = arguments;
	options->nice = BEHIND;
}

static void a_child_stands_behind_and_its_supervisor_does_not(void **state)
{
	static const struct keeper_handler patient = { patient_options, configure, message, ended, failed, NULL };
	int before = getpriority(PRIO_PROCESS, 0);
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand.keeper.handler = &patient;
	assert_int_equal(keeper_start(&stand.keeper, NULL), 0);

	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)child_pid(stand.keeper.child)), before + BEHIND);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
	keeper_kill(&stand.keeper);
	while (stand.ends == 0)
		loop_run_once(stand.loop, 1000, NULL);
	stand_fini(&stand);
}

/* ---- a child that logs without an end: its pipe has another line whenever one is taken ---- */

enum { LINES = 100000 };

/* By the child's own descriptor, which is in its place with its first line. */
static void open_log(struct stand *stand)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/2", (int)child_pid(stand->keeper.child));
	stand->log_fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(stand->log_fd >= 0);
}

static void log_again(void *owner, const char *line)
{
	struct stand *stand = owner;

	assert_string_equal(line, "again");
	if (stand->lines == 0)
		open_log(stand);
	if (++stand->lines < LINES)
		assert_int_equal(write(stand->log_fd, "again\n", 6), 6);
}

static void endless_options(void *owner, struct child_options *options)
{
	static char *const arguments[] = { "sh", "-c", "echo again >&2; exec sleep 1000", NULL };

	options->program = "/bin/sh";
	options->arguments = arguments;
	options->log_line = log_again;
	options->log_owner = owner;
}

static void one_that_never_stops_logging_leaves_the_loop_to_others(void **state)
{
	static const struct keeper_handler endless = { endless_options, configure, message, ended, failed, NULL };
	struct stand stand;

	(void)state;
	stand_init(&stand);
	stand.keeper.handler = &endless;
	assert_int_equal(keeper_start(&stand.keeper, NULL), 0);
	while (stand.lines == 0)
		loop_run_once(stand.loop, 1000, NULL);
	assert_in_range(stand.lines, 1, LINES - 1);

	/* and the rest is taken in the rounds that follow */
	while (stand.lines < LINES)
		loop_run_once(stand.loop, 1000, NULL);
	close(stand.log_fd);
	keeper_kill(&stand.keeper);
	while (stand.ends == 0)
		loop_run_once(stand.loop, 1000, NULL);
	stand_fini(&stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_cannot_be_told_what_to_do_is_ended),
		cmocka_unit_test(what_cannot_be_started_is_not_tried_without_a_pause),
		cmocka_unit_test(a_delay_is_cut_to_what_is_left),
		cmocka_unit_test(an_end_is_told_with_its_status),
		cmocka_unit_test(one_that_has_ended_before_it_was_told_anything_is_no_failed_start),
		cmocka_unit_test(a_child_stands_behind_and_its_supervisor_does_not),
		cmocka_unit_test(one_that_never_stops_logging_leaves_the_loop_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
