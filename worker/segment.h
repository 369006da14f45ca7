/* A segment: encoded records on their way to becoming an object. A head that says how to close it under any later
 * configuration, then the records with their separators; what stands around them is added when it is sealed.
 *
 * Head: magic, version, sizes, the position when it was begun, CRC-32C; then the format as texts, each a 32-bit length
 * and its bytes with a NUL (version 1, which is read too, has no key layout). Little-endian. The commit record says how many bytes of the file count. */
#ifndef SLUICE_WORKER_SEGMENT_H
#define SLUICE_WORKER_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"
#include "common/ring.h"
#include "worker/spool.h"

enum { SEGMENT_VERSION = 2, SEGMENT_HEAD_MAX = 60 * 1024 };   /* with all of its texts, so that one read has it */

struct segment_head {
	struct spool_format format;   /* its texts lie in the bytes that were decoded */
	struct ring_position position;
	size_t size;                  /* of the head: the first record's offset */
};

/* The part of a head that the configuration decides, to be kept and compared. ERR_CONFIG: a text is too long for an
 * object's head, or all of them for a segment's. */
int segment_format_encode(const struct spool_format *format, struct buffer *out, struct err *err);

/* Size of a whole head with this format part. */
size_t segment_head_size(const struct buffer *format);
/* Appends a whole head (room reserved by the caller): format part as made above, position of the first record. */
void segment_head_put(struct buffer *out, const struct buffer *format, const struct ring_position *position);

/* Decodes a head from the first `length` bytes of a file (SEGMENT_HEAD_MAX, or all of it). Every size is checked.
 * ERR_CORRUPT. */
int segment_head_decode(struct segment_head *head, const char *bytes, size_t length, struct err *err);
/* Whether the head in `bytes`, which decodes, has this format part. */
bool segment_head_has(const char *bytes, const struct buffer *format);

#endif
