/* What a compression library does for compress.c; one file a library. */
#ifndef SLUICE_WORKER_COMPRESS_CODEC_H
#define SLUICE_WORKER_COMPRESS_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "worker/compress.h"

/* Where a codec's output goes. */
struct codec_output {
	compress_sink *sink;
	void *owner;
};

struct codec {
	/* A stream at a level (the library's own numbers); NULL: no memory. */
	void *(*open)(int level);
	/* Compresses the next piece; `last` ends the gzip member. Pieces are of one fixed size but for the last. */
	int (*piece)(void *stream, const void *bytes, size_t length, bool last, const struct codec_output *output,
		struct err *err);
	void (*close)(void *stream);
};

/* zlib and ISA-L stream; libdeflate takes the whole content as one last piece. */
extern const struct codec codec_zlib, codec_isal, codec_libdeflate;

enum { CODEC_OUTPUT_SIZE = 64 * 1024 };       /* of a streaming codec's output buffer */

#endif
