#include <stdlib.h>
#include <zlib.h>

#include "worker/compress_codec.h"

/* 15 bits of window; + 16: a gzip head and tail, without name and with mtime 0. */
enum { ZLIB_WINDOW = 15 + 16, ZLIB_MEMORY = 8 };

struct zlib_stream {
	z_stream zlib;
	unsigned char output[CODEC_OUTPUT_SIZE];
};

static void *zlib_open(int level)
{
	struct zlib_stream *stream = malloc(sizeof(*stream));

	if (stream == NULL)
		return NULL;
	stream->zlib = (z_stream){ .zalloc = Z_NULL };
	if (deflateInit2(&stream->zlib, level, Z_DEFLATED, ZLIB_WINDOW, ZLIB_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(stream);
		return NULL;
	}
	return stream;
}

static int zlib_piece(void *opaque, const void *bytes, size_t length, bool last, const struct codec_output *output,
	struct err *err)
{
	struct zlib_stream *stream = opaque;
	int status;

	stream->zlib.next_in = (Bytef *)(size_t)bytes;
	stream->zlib.avail_in = (uInt)length;
	do {
		size_t made;
		int error;

		stream->zlib.next_out = stream->output;
		stream->zlib.avail_out = sizeof(stream->output);
		status = deflate(&stream->zlib, last ? Z_FINISH : Z_NO_FLUSH);
		if (status == Z_STREAM_ERROR)
			return err_set(err, ERR_INVALID, "zlib: stream error");
		made = sizeof(stream->output) - stream->zlib.avail_out;
		error = made > 0 ? output->sink(output->owner, stream->output, made, err) : 0;
		if (error != 0)
			return error;
	} while (last ? status != Z_STREAM_END : stream->zlib.avail_out == 0);
	return 0;
}

static void zlib_close(void *opaque)
{
	struct zlib_stream *stream = opaque;

	deflateEnd(&stream->zlib);
	free(stream);
}

const struct codec codec_zlib = { .open = zlib_open, .piece = zlib_piece, .close = zlib_close };
