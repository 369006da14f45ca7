/* The page that a worker shares with the supervisor: written by the worker's loop after each commit, read at any time.
 *
 * Guarded by a sequence lock: `version` is odd while the rest changes. All words are relaxed atomics. Reading status so
 * costs the worker nothing. */
#ifndef SLUICE_COMMON_WORKER_PAGE_H
#define SLUICE_COMMON_WORKER_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/account.h"
#include "common/ring.h"
#include "common/write_figures.h"

struct worker_figures {
	struct ring_position position;
	struct account account;
	uint64_t commit_number;
	uint64_t segments, objects;   /* in the spool now */
	uint64_t spool_bytes;
	int64_t oldest_ms;            /* wall clock of the oldest object or segment in the spool; 0: empty */
	int64_t last_flow_ms, last_write_ms;
	uint64_t laps;                /* times this worker was overtaken */
	uint64_t held;                /* 1 while a slice waits (no room, no answer) */
	struct write_figures writes;
};

struct worker_page;

enum { WORKER_PAGE_SIZE = 4096 };

/* Makes the memfd (supervisor). */
int worker_page_create(int *fd, struct err *err);
int worker_page_open(struct worker_page **page, int fd, bool writable, struct err *err);
void worker_page_close(struct worker_page **page);
void worker_page_write(struct worker_page *page, const struct worker_figures *figures);
/* A consistent copy. False when the writer died half-way through a change (the copy is then what could be read). */
bool worker_page_read(const struct worker_page *page, struct worker_figures *figures);

#endif
