/* The file `commit`: the commit record (common/commit_record.h) written and read, durable where it has to be. */
#ifndef SLUICE_WORKER_COMMIT_H
#define SLUICE_WORKER_COMMIT_H

#include <stdint.h>

#include "common/commit_record.h"
#include "common/err.h"

struct file_ops;

/* Writes a record into a slot; the page cache has it then. ERR_IO, ERR_NO_SPACE. */
int commit_write(const struct file_ops *files, int fd, unsigned index, const struct commit *commit, struct err *err);
/* The same into a cold slot, with fdatasync; a slot of which it is not known what the disk has is invalidated. */
int commit_write_durable(const struct file_ops *files, int fd, unsigned index, const struct commit *commit,
	struct err *err);

/* What the file `commit` holds. */
struct commit_found {
	struct commit commit;                 /* the valid one with the highest number */
	unsigned index;                       /* its slot */
	uint64_t numbers[COMMIT_SLOTS];       /* 0: no valid record in that slot */
};
/* ERR_CORRUPT: no slot is valid. ERR_IO: a slot cannot be read, so that it is not known which is the truth. */
int commit_read(const struct file_ops *files, int fd, struct commit_found *found, struct err *err);

/* Makes the file with its first record (slot 0): temporary file, fsync, rename, fsync of the folder and its parent.
 * *fd is open for reading and writing. */
int commit_create(const struct file_ops *files, int dirfd, const struct commit *commit, int *fd, struct err *err);

/* The cold slot that does not hold what was durable last. numbers: of each slot. */
static inline unsigned commit_older_cold(const uint64_t numbers[COMMIT_SLOTS])
{
	return numbers[COMMIT_HOT] <= numbers[COMMIT_HOT + 1] ? COMMIT_HOT : COMMIT_HOT + 1;
}

#endif
