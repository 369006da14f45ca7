/* Compression of an object's content, streamed. gzip: one member, no name, mtime 0, so that nothing but the content
 * decides the bytes. Sealed objects are compressed once and kept. */
#ifndef SLUICE_WORKER_COMPRESS_H
#define SLUICE_WORKER_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

struct compressor;

/* Takes the compressed bytes; an error it returns ends the compression. */
typedef int compress_sink(void *owner, const void *bytes, size_t length, struct err *err);

/* type: enum compress_type; level: 1–9, GZIP_FAST, GZIP_AUTO; total: bytes that will be written, at most; behind: the
 * pipeline has more to seal than it can keep up with, so `auto` chooses speed. Takes at most 3.3 MB, of content that hardly
 * compresses 5 MB, until compressor_free. */
int compressor_new(struct compressor **compressor, int type, int level, size_t total, bool behind, compress_sink *sink,
	void *owner, struct err *err);
/* Any sizes: they do not change the result. ERR_LIMIT: more than `total`. */
int compressor_write(struct compressor *compressor, const void *bytes, size_t length, struct err *err);
/* Writes what is left. Afterwards only compressor_free. */
int compressor_finish(struct compressor *compressor, struct err *err);
void compressor_free(struct compressor **compressor);

#endif
