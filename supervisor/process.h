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
/* The line of /proc/PID/stat; false: it is none. */
bool process_parse(const char *line, struct process_figures *figures);

#endif
