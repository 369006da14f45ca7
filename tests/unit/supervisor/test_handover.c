/* What goes over to the next image of a process. The exec itself is tests/integration/test_serve_upgrade.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/handover.h"

struct things {
	bool yes;
	int32_t narrow;
	uint32_t flags;
	int64_t wide;
	uint64_t epoch;
	char text[8];
};

static const struct handover_field fields[] = {
	HANDOVER_ROW(struct things, HANDOVER_BOOL, yes),
	HANDOVER_ROW(struct things, HANDOVER_NUMBER, narrow),
	HANDOVER_ROW(struct things, HANDOVER_NUMBER, flags),
	HANDOVER_ROW(struct things, HANDOVER_NUMBER, wide),
	HANDOVER_ROW(struct things, HANDOVER_NUMBER, epoch),
	HANDOVER_ROW(struct things, HANDOVER_TEXT, text),
	{ 0 },
};

static const struct things full = { true, -7, UINT32_MAX - 1, INT64_MIN, UINT64_MAX, "text" };

static struct handover *make(void)
{
	struct handover *handover;

	assert_int_equal(handover_new(&handover, NULL), 0);
	return handover;
}

static void assert_same(const struct things *one, const struct things *other)
{
	assert_int_equal(one->yes, other->yes);
	assert_int_equal(one->narrow, other->narrow);
	assert_int_equal(one->flags, other->flags);
	assert_int_equal(one->wide, other->wide);
	assert_true(one->epoch == other->epoch);
	assert_string_equal(one->text, other->text);
}

static void every_kind_of_field_comes_as_it_went(void **state)
{
	struct handover *handover = make();
	struct things taken = { 0 };

	(void)state;
	handover_put_fields(handover, handover_root(handover), fields, &full);
	handover_take_fields(handover_root(handover), fields, &taken);
	assert_same(&taken, &full);
	handover_free(&handover);
}

static void what_is_missing_or_of_another_kind_stays(void **state)
{
	struct handover *handover = make();
	struct things taken = full;

	(void)state;
	handover_take_fields(handover_root(handover), fields, &taken);
	handover_put(handover, handover_root(handover), "narrow", json_string("7"));
	handover_put(handover, handover_root(handover), "text", json_integer(7));
	handover_take_fields(handover_root(handover), fields, &taken);
	assert_same(&taken, &full);
	handover_free(&handover);
}

static void a_text_is_cut_and_made_valid(void **state)
{
	struct handover *handover = make();
	struct things taken = { 0 };

	(void)state;
	handover_put_text(handover, handover_root(handover), "text", "longer than its place");
	handover_take_fields(handover_root(handover), fields, &taken);
	assert_string_equal(taken.text, "longer ");
	handover_put_text(handover, handover_root(handover), "text", "a\xff");
	assert_int_equal(handover_text(handover_root(handover), "text")[0], 'a');
	assert_string_equal(handover_text(handover_root(handover), "nothing"), "");
	handover_free(&handover);
}

static void a_list_comes_in_its_order_and_no_longer_than_its_place(void **state)
{
	struct things given[3] = { full, full, full }, taken[2] = { { 0 } };
	struct handover *handover = make();

	(void)state;
	given[1].wide = 1;
	handover_put_list(handover, handover_root(handover), "list", fields, given, 3, sizeof(given[0]));
	assert_int_equal(handover_take_list(handover_root(handover), "list", fields, taken, 2, sizeof(taken[0])), 2);
	assert_same(&taken[0], &given[0]);
	assert_same(&taken[1], &given[1]);
	handover_free(&handover);
}

static void what_cannot_be_executed_leaves_everything_as_it_was(void **state)
{
	char *arguments[] = { "/nowhere", NULL };
	struct handover *handover = make();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), next;
	struct err err;

	(void)state;
	handover_put_fd(handover, handover_root(handover), "null", fd);
	handover_put_fd(handover, handover_root(handover), "none", -1);
	assert_int_equal(handover_execute(handover, "/nowhere", arguments, &err), ERR_NOT_FOUND);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_null(getenv("SLUICE_HANDOVER"));
	handover_free(&handover);
	/* nothing of it is left open, and what is not its own is */
	next = dup(fd);
	assert_int_equal(next, fd + 1);
	close(next);
	close(fd);
}

/* As the image behind an exec does; in a process of its own, as what is damaged closes everything. The exit status: 0 for
 * nothing, 1 for a handover, 2 for an error. */
static int receive(const char *text)
{
	struct handover *handover;
	pid_t pid = fork();
	char number[16];
	int status, fd;

	if (pid != 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		return WEXITSTATUS(status);
	}
	fd = memfd_create("test", 0);
	if (dprintf(fd, text, (int)getpid()) < 0)
		_exit(9);
	snprintf(number, sizeof(number), "%d", fd);
	setenv("SLUICE_HANDOVER", number, 1);
	status = handover_receive(&handover, NULL) != 0 ? 2 : handover != NULL;
	/* taken once */
	/* a copy leaves it where it is; there is no way back behind a descriptor that was taken, or to no program */
	if (status == 1 && (handover_copy_fd(handover, handover_root(handover), "one") <= STDERR_FILENO ||
		handover_return(handover, "why", NULL, NULL) != ERR_UNSUPPORTED))
		status = 5;
	if (status == 1 && (handover_take_fd(handover, handover_root(handover), "one") != 0 ||
		handover_take_fd(handover, handover_root(handover), "one") != -1))
		status = 3;
	_exit(getenv("SLUICE_HANDOVER") == NULL ? status : 4);
}

static void what_is_damaged_or_another_s_is_refused(void **state)
{
	(void)state;
	assert_int_equal(receive("{\"format\":2,\"process\":%d,\"descriptors\":[0],\"one\":0}"), 1);
	assert_int_equal(receive("{\"format\":2,\"process\":%d0,\"descriptors\":[0],\"one\":0}"), 2);
	assert_int_equal(receive("{\"format\":999,\"process\":%d}"), 2);
	assert_int_equal(receive("{\"format\":2,\"process\":%d"), 2);
	assert_int_equal(receive(""), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_field_comes_as_it_went),
		cmocka_unit_test(what_is_missing_or_of_another_kind_stays),
		cmocka_unit_test(a_text_is_cut_and_made_valid),
		cmocka_unit_test(a_list_comes_in_its_order_and_no_longer_than_its_place),
		cmocka_unit_test(what_cannot_be_executed_leaves_everything_as_it_was),
		cmocka_unit_test(what_is_damaged_or_another_s_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
