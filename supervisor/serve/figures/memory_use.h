/* What memory a process uses; of its CPU see supervisor/process.h. */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_MEMORY_USE_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_MEMORY_USE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_use {
	uint64_t private_bytes;       /* its own: clean and dirty */
	uint64_t rss_bytes;           /* with what it shares */
};

/* False: it has gone. */
bool memory_use(pid_t pid, struct memory_use *use);

#endif
