/* What a running process uses, from /proc. */
#ifndef SLUICE_SUPERVISOR_PROCESS_H
#define SLUICE_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_figures {
	uint64_t cpu_us;              /* user and system, of all its threads */
	uint64_t resident_bytes;
};

/* False, and zeros, when there is no such process. One file is read: cheap enough for each child at each scrape. */
bool process_read(pid_t pid, struct process_figures *figures);
/* Whether it executes the file that stands at this path now; false also when that cannot be seen. */
bool process_runs(pid_t pid, const char *path);
/* How busy a process was between two looks at it. Zero: it was not looked at. */
struct process_meter {
	pid_t pid;                    /* that was looked at last */
	uint64_t cpu_us;              /* that it had used by then */
	int64_t at_ns;
	double percent;               /* of one CPU, between the last two looks; negative: there was only one */
};

/* pid 0: there is none now. now_ns: of any clock that does not jump. */
void process_meter_look(struct process_meter *meter, pid_t pid, int64_t now_ns);
/* The line of /proc/PID/stat; false: it is none. */
bool process_parse(const char *line, struct process_figures *figures);

#endif
