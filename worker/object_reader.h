/* Reading a sealed object's content, checked on the way. Sealer thread. */
#ifndef SLUICE_WORKER_OBJECT_READER_H
#define SLUICE_WORKER_OBJECT_READER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/object.h"

struct file_ops;
struct object_reader;

/* Opens the object `name` of the spool folder and reads its head. ERR_CORRUPT: missing or damaged; anything else (no
 * descriptor left, no right to read): it may be whole. err must be given, here and below. */
int object_reader_new(struct object_reader **reader, int dirfd, const char *name, const struct file_ops *files,
	struct object_head *head, struct err *err);
void object_reader_free(struct object_reader **reader);

/* The next bytes of the content, *length of them: size, or all that are left; 0 behind the last one, and then the
 * SHA-256 was right. ERR_CORRUPT: shorter than its head says, unreadable, or another SHA-256. */
int object_reader_next(struct object_reader *reader, void *bytes, size_t size, size_t *length, struct err *err);
/* Back to the content's first byte. */
int object_reader_rewind(struct object_reader *reader, struct err *err);

/* SHA-256 of what fd holds from its beginning, by pread. ERR_IO. */
int content_sha256(int fd, uint8_t digest[32], struct err *err);

#endif
