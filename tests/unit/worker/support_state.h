/* What the tests of the stages' memory share: memory in place of the supervisor's, a scratch folder, and a worker that
 * is killed. */
#ifndef TESTS_WORKER_SUPPORT_STATE_H
#define TESTS_WORKER_SUPPORT_STATE_H

#include <stdint.h>

#include "worker/state.h"

/* A pseudo-random sequence; the same for the same seed (!= 0). */
uint64_t support_random(uint64_t *seed);

int support_memory(void);
/* A new folder below TMPDIR; removed with what is in it by support_folder_remove. */
int support_folder(char *path);
void support_folder_remove(int dirfd, const char *path);
enum { SUPPORT_PATH_SIZE = 64 };

/* The part of a commit record that the memory depends on, shared between a worker and those who come after it. */
struct support_record {
	_Atomic uint64_t commit;
	uint64_t generation;
};

/* Runs `worker` (which commits for ever) in children that are killed after a random time, `kills` times, and calls
 * `check` in between, but not each time: a kill may meet the next worker's start. */
void support_kill_run(unsigned kills, void (*worker)(void *context), void (*check)(void *context), void *context);

#endif
