/* How much the analyzer simulator sends to a client that throws everything away: it must outrun the subscriber.
 * Usage: bench_simulator [SECONDS] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 4096, PATH_SIZE = 4096 };

/* The simulator beside this program. */
static const char *simulator(void)
{
	static char path[PATH_SIZE];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash != NULL ? slash + 1 : path, 64, "analyzer-simulator");
	return path;
}

/* Starts it with these arguments, its stdout being ours to read. */
static pid_t start(const char *const *arguments, FILE **out)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execv(simulator(), (char *const *)(void *)arguments);
		_exit(127);
	}
	close(ends[1]);
	*out = fdopen(ends[0], "r");
	return pid;
}

static int measure(const char *url, const char *seconds)
{
	const char *arguments[] = { "analyzer-simulator", "--discard-client", url, "--seconds", seconds, NULL };
	char line[LINE_SIZE] = "";
	FILE *out = NULL;
	pid_t pid = start(arguments, &out);
	const char *rate;

	if (pid < 0 || fgets(line, sizeof(line), out) == NULL || (rate = strstr(line, "\"gb_per_s\":")) == NULL)
		return 1;
	fclose(out);
	waitpid(pid, NULL, 0);
	printf("simulator: %.2f GB/s generated and taken by a client that discards it (aim: 2)\n", strtod(rate + 11, NULL));
	return 0;
}

int main(int argc, char **argv)
{
	const char *arguments[] = { "analyzer-simulator", "--recording", TEST_DATA "/recordings/burst.jsonl", "--loop", "forever",
		NULL };
	char line[LINE_SIZE] = "", url[64];
	const char *port;
	FILE *out = NULL;
	pid_t pid = start(arguments, &out);
	struct rusage usage;
	int error = 1;

	if (pid > 0 && fgets(line, sizeof(line), out) != NULL && (port = strstr(line, "\"port\":")) != NULL) {
		snprintf(url, sizeof(url), "ws://127.0.0.1:%ld", strtol(port + 7, NULL, 10));
		error = measure(url, argc > 1 ? argv[1] : "3");
		kill(pid, SIGTERM);
		wait4(pid, NULL, 0, &usage);
		printf("simulator: %.2f s CPU of its own for that\n",
			(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
				(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	}
	if (error != 0)
		fprintf(stderr, "bench_simulator: %s cannot be run\n", simulator());
	return error;
}
