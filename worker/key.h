/* The key of an object, as the format's layout says; without one "<prefix>/<tag>/<stream>/<number, 8 digits><ending>". It
 * follows from the segment's head and the commit record alone and is fixed when the object is cut. Percent-encoding is the
 * writer's. */
#ifndef SLUICE_WORKER_KEY_H
#define SLUICE_WORKER_KEY_H

#include <stdint.h>

#include "common/err.h"
#include "worker/spool.h"

/* Into OBJECT_KEY_SIZE bytes, NUL-terminated, without a leading slash. Of entry: stream_ms, stream_number and last_ms (the
 * cut). ERR_LIMIT: longer than a key may be; ERR_INVALID: the layout is none. */
int key_make(const struct spool_format *format, unsigned lane, const struct commit_entry *entry, char *key,
	struct err *err);

#endif
