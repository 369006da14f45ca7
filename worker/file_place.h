/* Where the file writer's objects go: <root>/<dirname>/<key>. */
#ifndef SLUICE_WORKER_FILE_PLACE_H
#define SLUICE_WORKER_FILE_PLACE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"
#include "worker/object.h"
#include "worker/writer.h"

enum { PLACE_PATH_SIZE = PATH_MAX + OBJECT_KEY_SIZE };

/* The descriptor that place_path's paths are relative to. */
int place_base(const struct writer_context *context);
/* <root>/<dirname>/<below> into path[PLACE_PATH_SIZE]; below: length bytes of a key, or "". ERR_LIMIT. */
int place_path(const struct writer_context *context, const char *below, size_t length, char *path);

/* Whether a file could be written there, and folders made; leaves nothing. Waits for the disk. */
int place_try(const struct writer_context *context, struct err *err);

/* Appends the root's path as it is without links, "." and "..", wherever it was called from: two writers with one such
 * path write to one place. What is not there yet is taken by its letters. */
int place_root(const struct writer_context *context, struct buffer *out);
/* The newest stream that has a folder at this place, in wall clock milliseconds; 0: none. A supervisor that began with
 * an empty memory must not give its name again. Waits for the disk. */
int64_t place_newest_stream(const struct writer_context *context);

/* What tells this pipeline's temporary names from those of all others. */
uint64_t place_pipeline(const struct writer_context *context);
/* The name under which the file `name` is written, this pipeline's alone: into temporary[NAME_MAX + 1]. ERR_LIMIT. */
int place_temporary(uint64_t pipeline, const char *name, char *temporary);

#endif
