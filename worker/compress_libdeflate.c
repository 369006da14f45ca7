#include <libdeflate.h>
#include <stdlib.h>

#include "worker/compress_codec.h"

enum { LIKELY_RATIO = 4, LEAST_OUTPUT = 4096 };

static void *deflate_open(int level)
{
	return libdeflate_alloc_compressor(level);
}

/* 0: did not fit. */
static int compress_into(struct libdeflate_compressor *compressor, const void *bytes, size_t length, size_t room,
	const struct codec_output *output, size_t *made, struct err *err)
{
	void *out = malloc(room);
	int error = 0;

	if (out == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to compress %zu bytes", length);
	*made = libdeflate_gzip_compress(compressor, bytes, length, out, room);
	if (*made > 0)
		error = output->sink(output->owner, out, *made, err);
	free(out);
	return error;
}

/* Flow logs become a tenth: memory for a quarter is tried first, for the worst case only when that was not enough. */
static int deflate_piece(void *opaque, const void *bytes, size_t length, bool last, const struct codec_output *output,
	struct err *err)
{
	size_t worst = libdeflate_gzip_compress_bound(opaque, length);
	size_t likely = length / LIKELY_RATIO + LEAST_OUTPUT;
	size_t made = 0;
	int error = 0;

	if (!last)
		return err_set(err, ERR_LIMIT, "more bytes to compress than were announced");
	if (likely < worst)
		error = compress_into(opaque, bytes, length, likely, output, &made, err);
	if (error == 0 && made == 0)
		error = compress_into(opaque, bytes, length, worst, output, &made, err);
	if (error == 0 && made == 0)
		error = err_set(err, ERR_INVALID, "libdeflate: %zu bytes do not fit into their bound", length);
	return error;
}

static void deflate_close(void *opaque)
{
	libdeflate_free_compressor(opaque);
}

const struct codec codec_libdeflate = { .open = deflate_open, .piece = deflate_piece, .close = deflate_close };
