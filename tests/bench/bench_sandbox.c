/* What the sandbox of workers and subscribers costs: entering it, and a system call inside it. Each in a process of its own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/sandbox.h"

enum { CALLS = 1000000, ENTRIES = 50, FD_FILE = FD_CHILD_END };

struct figures {
	double enter_us, seal_us, getpid_ns, pread_ns, fstat_ns, open_ns;
};

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void measure_calls(struct figures *figures)
{
	int64_t begin = cpu_ns();
	struct stat stat;
	char byte = 0;

	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getpid);
	figures->getpid_ns = (double)(cpu_ns() - begin) / CALLS;
	begin = cpu_ns();
	for (int i = 0; i < CALLS; i++) {
		if (pread(FD_FILE, &byte, 1, 0) != 1)
			_exit(1);
	}
	figures->pread_ns = (double)(cpu_ns() - begin) / CALLS;
	begin = cpu_ns();
	for (int i = 0; i < CALLS; i++)
		fstat(FD_FILE, &stat);
	figures->fstat_ns = (double)(cpu_ns() - begin) / CALLS;
	begin = cpu_ns();
	for (int i = 0; i < CALLS / 10; i++)
		close(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
	figures->open_ns = (double)(cpu_ns() - begin) / (CALLS / 10);
}

static void run(struct figures *figures, const struct sandbox *sandbox, bool calls)
{
	pid_t pid = fork();
	int64_t begin;
	int status;

	if (pid == 0) {
		begin = cpu_ns();
		if (sandbox->means.on && sandbox_enter(sandbox) != NULL)
			_exit(1);
		figures->enter_us = (double)(cpu_ns() - begin) / 1000;
		begin = cpu_ns();
		sandbox_seal();
		figures->seal_us = (double)(cpu_ns() - begin) / 1000;
		if (calls)
			measure_calls(figures);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "bench_sandbox: it cannot be entered\n");
		exit(1);
	}
}

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int main(void)
{
	struct figures *figures = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), without;
	struct sandbox sandbox = { .program = "/proc/self/exe" }, none = { 0 };
	double enter[ENTRIES];

	if (figures == MAP_FAILED || dup2(open("/tmp", O_RDONLY | O_DIRECTORY), FD_SPOOL) < 0 ||
		dup2(memfd_create("bench", MFD_CLOEXEC), FD_FILE) < 0 || write(FD_FILE, "x", 1) != 1)
		return 1;
	sandbox_find(&sandbox.means);
	for (int i = 0; i < ENTRIES; i++) {
		run(figures, &sandbox, false);
		enter[i] = figures->enter_us + figures->seal_us;
	}
	qsort(enter, ENTRIES, sizeof(*enter), by_size);
	run(figures, &none, true);
	without = *figures;
	run(figures, &sandbox, true);
	printf("sandbox: Landlock version %d, filter of system calls: %s\n", sandbox.means.landlock, sandbox.means.filter ? "yes" : "no");
	printf("entering and sealing it: median %.0f us CPU of %d\n", enter[ENTRIES / 2], ENTRIES);
	printf("a call        inside  without\n");
	printf("getpid     %6.0f ns  %6.0f ns\n", figures->getpid_ns, without.getpid_ns);
	printf("pread      %6.0f ns  %6.0f ns\n", figures->pread_ns, without.pread_ns);
	printf("fstat      %6.0f ns  %6.0f ns\n", figures->fstat_ns, without.fstat_ns);
	printf("open+close %6.0f ns  %6.0f ns\n", figures->open_ns, without.open_ns);
	return 0;
}
