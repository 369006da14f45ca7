/* In the child, between vfork and exec: async-signal-safe calls only, and the memory is the supervisor's own. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisor/child_private.h"

/* Moves fds[i] to descriptor i. First all of them out of the way, so that none is overwritten before its turn. */
static void place_fds(int *fds)
{
	for (int i = 0; i < FD_CHILD_END; i++) {
		if (fds[i] >= 0)
			fds[i] = fcntl(fds[i], F_DUPFD, FD_CHILD_END);
	}
	for (int i = 0; i < FD_CHILD_END; i++) {
		if (fds[i] >= 0)
			dup2(fds[i], i);
		else
			close(i);
	}
	close_range(FD_CHILD_END, ~0u, 0);
}

static void limit_memory(uint64_t bytes)
{
	const struct rlimit limit = { bytes, bytes };

	if (bytes != 0)
		setrlimit(RLIMIT_DATA, &limit);
}

static void enclose(const struct child_options *options)
{
	struct sandbox sandbox = options->sandbox;
	const char *failed, *texts[] = { "the sandbox cannot be entered: ", "", ": ", "", "\n" };

	if (!sandbox.means.on)
		return;
	sandbox.program = options->program;
	failed = sandbox_enter(&sandbox);
	if (failed == NULL)
		return;
	texts[1] = failed;
	texts[3] = strerrordesc_np(errno);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && write(STDERR_FILENO, texts[i], strlen(texts[i])) > 0; i++)
		continue;
	_exit(ENCLOSING_FAILED);
}

_Noreturn void child_exec(const struct child_options *options, int *fds)
{
	static char *const environment[] = { NULL };
	char *none_given[] = { (char *)(uintptr_t)options->program, NULL };
	sigset_t none;

	/* what a terminal sends to all of its processes is for the supervisor; ignored stays ignored over exec */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	place_fds(fds);
	limit_memory(options->memory_bytes);
	enclose(options);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execve(options->program, options->arguments != NULL ? options->arguments : none_given, environment);
	_exit(EXEC_FAILED);
}
