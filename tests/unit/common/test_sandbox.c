/* What a process has left that is enclosed, where its supervisor is not root: a service may have been given capabilities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sandbox.h"

enum { NOBODY = 65534, CANNOT = 3 };

/* As systemd's AmbientCapabilities= does it. */
static bool become_nobody_with(const unsigned *capabilities, size_t count)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	for (size_t i = 0; i < count; i++)
		caps[0].inheritable |= UINT32_C(1) << capabilities[i];
	caps[0].permitted = caps[0].effective = caps[0].inheritable;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0 || syscall(SYS_capset, &header, caps) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capabilities[i], 0, 0) != 0)
			return false;
	}
	return true;
}

/* What a program can do that such a process executes, from its /proc/self/status: "0000000000000000". */
static void effective_after_exec(const struct sandbox *sandbox, char text[static 17])
{
	static const unsigned given[] = { CAP_NET_BIND_SERVICE, CAP_DAC_OVERRIDE, CAP_KILL };
	int ends[2];
	pid_t child;
	FILE *output;
	char line[256];
	int status;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		if (!become_nobody_with(given, sizeof(given) / sizeof(given[0])) || sandbox_enter(sandbox) != NULL)
			_exit(CANNOT);
		execl("/bin/cat", "cat", "/proc/self/status", NULL);
		_exit(CANNOT);
	}
	close(ends[1]);
	output = fdopen(ends[0], "r");
	assert_non_null(output);
	text[0] = '\0';
	while (fgets(line, sizeof(line), output) != NULL)
		sscanf(line, "CapEff: %16s", text);
	fclose(output);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void capabilities_of_a_service_that_is_not_root_stay_with_it(void **state)
{
	struct sandbox sandbox = { .means.on = true };
	char effective[17];

	(void)state;
	if (geteuid() != 0)
		skip();
	effective_after_exec(&sandbox, effective);
	assert_string_equal(effective, "0000000000000000");
}

static void what_a_child_needs_of_them_it_keeps(void **state)
{
	struct sandbox sandbox = { .means.on = true, .port = 443 };
	char effective[17], wanted[17];

	(void)state;
	if (geteuid() != 0)
		skip();
	effective_after_exec(&sandbox, effective);
	snprintf(wanted, sizeof(wanted), "%016x", 1u << CAP_NET_BIND_SERVICE);
	assert_string_equal(effective, wanted);

	sandbox = (struct sandbox){ .means.on = true, .anywhere = true };
	effective_after_exec(&sandbox, effective);
	snprintf(wanted, sizeof(wanted), "%016x", 1u << CAP_DAC_OVERRIDE);
	assert_string_equal(effective, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_of_a_service_that_is_not_root_stay_with_it),
		cmocka_unit_test(what_a_child_needs_of_them_it_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
