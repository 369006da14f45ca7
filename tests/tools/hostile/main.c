/* hostile-child: stands under the name of sluice-worker or sluice-subscriber and tries what these must not be able to. For each
 * probe it logs a line "probe NAME succeeded" or "probe NAME refused: why", and at its end "probes are over". */
#include "tests/tools/hostile/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/sandbox.h"

enum { GIVEN_MAX = 8192, CANNOT_WORK = 2 };

static const char mark[] = "\n--targets--\n";

bool opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool opens_below(const char *folder, const char *name, int flags)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return opens(path, flags);
}

static void take(struct targets *targets, const char *name, const char *value)
{
	const struct { const char *name; char *field; size_t size; } texts[] = {
		{ "DATA", targets->data, sizeof(targets->data) }, { "SPOOL", targets->spool, sizeof(targets->spool) },
		{ "LOG", targets->log, sizeof(targets->log) }, { "FILE", targets->file, sizeof(targets->file) },
		{ "OUTSIDE", targets->outside, sizeof(targets->outside) },
		{ "ABSTRACT", targets->abstract, sizeof(targets->abstract) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].name, name) == 0)
			snprintf(texts[i].field, texts[i].size, "%s", value);
	}
	if (strcmp(name, "SIBLING") == 0)
		targets->sibling = (pid_t)strtol(value, NULL, 10);
}

/* The end of this program's file, which is the one thing beside its own folders that it can read. */
static bool read_targets(struct targets *targets, const char *program)
{
	char text[GIVEN_MAX + 1], *line;
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	ssize_t length = end > GIVEN_MAX ? pread(fd, text, GIVEN_MAX, end - GIVEN_MAX) : -1;

	if (length <= 0)
		return false;
	close(fd);
	text[length] = '\0';
	line = memmem(text, (size_t)length, mark, sizeof(mark) - 1);
	if (line == NULL)
		return false;
	for (line += sizeof(mark) - 1; *line != '\0'; line += strlen(line) + 1) {
		char *equals = strchr(line, '='), *stop = strchr(line, '\n');

		if (equals == NULL || stop == NULL)
			break;
		*equals = *stop = '\0';
		take(targets, line, equals + 1);
		line = stop;
	}
	return true;
}

static void report(const struct probe *probe, bool succeeded, int number)
{
	if (succeeded)
		fprintf(stderr, "probe %s succeeded\n", probe->name);
	else
		fprintf(stderr, "probe %s refused: %s%s\n", probe->name, strerrorname_np(number) != NULL ? strerrorname_np(number) : "0",
			probe->always_refused ? " (as without a sandbox)" : "");
}

static bool run(const struct probe *probe, const struct targets *targets, int *number)
{
	bool succeeded;

	errno = 0;
	succeeded = probe->succeeds(targets);
	*number = errno;
	return succeeded;
}

/* In a process of its own where there can be one, so that no probe changes what the next ones find. */
static void try(const struct probe *probe, const struct targets *targets)
{
	int status = 0, number = 0;
	pid_t child = fork();
	bool succeeded;

	if (child == 0) {
		succeeded = run(probe, targets, &number);
		_exit(succeeded ? 0 : number > 0 && number < 255 ? number : 255);
	}
	if (child > 0) {
		waitpid(child, &status, 0);
		succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		number = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	} else {
		succeeded = run(probe, targets, &number);
	}
	report(probe, succeeded, number);
}

int main(int argc, char **argv)
{
	static const struct probe *const tables[] = { file_probes, process_probes, socket_probes, memory_probes };
	static struct targets targets;

	(void)argc;
	/* what it stands for was honest when it started */
	sandbox_seal();
	targets.supervisor = getppid();
	targets.worker = fcntl(FD_PAGE, F_GETFD) >= 0;
	if (!read_targets(&targets, argv[0])) {
		fprintf(stderr, "hostile-child: it was given no targets\n");
		return CANNOT_WORK;
	}
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct probe *probe = tables[i]; probe->name != NULL; probe++)
			try(probe, &targets);
	}
	fprintf(stderr, "probes are over\n");
	return CANNOT_WORK;
}
