/* Lines that nobody took are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static void every_line_that_was_dropped_is_counted(void **state)
{
	char text[70000];
	int pipes[2], old = dup(STDERR_FILENO);
	ssize_t length;

	(void)state;
	assert_int_equal(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	memset(text, 'x', sizeof(text));
	while (write(pipes[1], text, sizeof(text)) > 0)
		continue;
	dup2(pipes[1], STDERR_FILENO);
	for (unsigned i = 0; i < 5; i++)
		log_info("nobody takes this");
	while (read(pipes[0], text, sizeof(text)) > 0)
		continue;
	log_info("somebody takes this");
	log_info("and this");
	dup2(old, STDERR_FILENO);
	close(old);

	length = read(pipes[0], text, sizeof(text) - 1);
	assert_true(length > 0);
	text[length] = '\0';
	assert_non_null(strstr(text, "somebody takes this dropped=5\n"));
	assert_non_null(strstr(text, "and this\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_that_was_dropped_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
