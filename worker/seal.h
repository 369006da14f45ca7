/* A seal job: all that the sealer thread needs to make an object of a segment, and what came of it. */
#ifndef SLUICE_WORKER_SEAL_H
#define SLUICE_WORKER_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "worker/commit.h"

struct seal_job {
	const struct file_ops *files;
	int dirfd;
	bool direct, behind;
	unsigned lane;
	uint64_t number;
	struct commit_entry entry;            /* as committed */
	bool lossy;                           /* flows were lost in its time */
	struct ring_position last_position;
	uint64_t content_bytes;               /* result: bytes of the object without its head */
};

#endif
