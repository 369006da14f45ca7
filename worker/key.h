/* The key of an object: "<prefix>/<tag>/<stream>/<number, 8 digits><ending>". It follows from the segment's head and the
 * commit record alone and is fixed when the object is cut. Percent-encoding is the writer's. */
#ifndef SLUICE_WORKER_KEY_H
#define SLUICE_WORKER_KEY_H

#include <stdint.h>

#include "common/err.h"
#include "worker/spool.h"

/* Into OBJECT_KEY_SIZE bytes, NUL-terminated, without a leading slash. stream_ms: the stream's name (clock_stamp).
 * ERR_LIMIT: longer than a key may be. */
int key_make(const struct spool_format *format, unsigned lane, int64_t stream_ms, uint32_t number, char *key,
	struct err *err);

#endif
