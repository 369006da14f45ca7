/* What a program tries that was started in a worker's or a subscriber's place. */
#ifndef SLUICE_TESTS_TOOLS_HOSTILE_HOSTILE_H
#define SLUICE_TESTS_TOOLS_HOSTILE_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Written by the test behind the program's own bytes, as lines NAME=VALUE (README.md). */
struct targets {
	char data[512];               /* the supervisor's data folder */
	char spool[512], log[512], file[512];         /* another tenant's: its spool, its log, one of its files */
	char outside[512];            /* a folder of nobody's, with a file "secret" */
	char abstract[108];           /* name of an abstract socket that somebody listens at */
	pid_t sibling;                /* another tenant's worker */
	pid_t supervisor;
	bool worker;                  /* it stands in a worker's place: nothing of the ring is its own */
};

struct probe {
	const char *name;
	/* Whether it has got what it wanted; errno says why not. */
	bool (*succeeds)(const struct targets *targets);
	bool always_refused;          /* also without a sandbox: other means than that stand before it, or not every machine has it */
};

extern const struct probe file_probes[], process_probes[], socket_probes[], memory_probes[];

/* Whether the file can be opened; flags as of open(2). */
bool opens(const char *path, int flags);
/* The same below a folder: "folder/name", printf. */
bool opens_below(const char *folder, const char *name, int flags);

#endif
