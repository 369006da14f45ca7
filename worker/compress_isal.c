#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "worker/compress_codec.h"

enum { GZIP_OS_UNKNOWN = 255 };

struct isal_stream {
	struct isal_zstream isal;
	unsigned char level_buffer[ISAL_DEF_LVL1_DEFAULT];
	unsigned char output[CODEC_OUTPUT_SIZE];
};

/* Level 0 or 1: 2 is much like 1, 3 worse than 1 in speed and size. */
static void *isal_open(int level)
{
	struct isal_stream *stream = malloc(sizeof(*stream));
	struct isal_gzip_header header;

	if (stream == NULL)
		return NULL;
	isal_deflate_init(&stream->isal);
	stream->isal.level = (uint32_t)level;
	stream->isal.level_buf = stream->level_buffer;
	stream->isal.level_buf_size = sizeof(stream->level_buffer);
	stream->isal.gzip_flag = IGZIP_GZIP_NO_HDR;   /* the tail, but not the head: that is written here */
	stream->isal.next_out = stream->output;
	stream->isal.avail_out = sizeof(stream->output);
	isal_gzip_header_init(&header);
	header.os = GZIP_OS_UNKNOWN;
	if (isal_write_gzip_header(&stream->isal, &header) != 0) {
		free(stream);
		return NULL;
	}
	return stream;
}

static int isal_emit(struct isal_stream *stream, const struct codec_output *output, struct err *err)
{
	size_t made = sizeof(stream->output) - stream->isal.avail_out;

	stream->isal.next_out = stream->output;
	stream->isal.avail_out = sizeof(stream->output);
	return made > 0 ? output->sink(output->owner, stream->output, made, err) : 0;
}

static int isal_piece(void *opaque, const void *bytes, size_t length, bool last, const struct codec_output *output,
	struct err *err)
{
	struct isal_stream *stream = opaque;

	stream->isal.next_in = (uint8_t *)(size_t)bytes;
	stream->isal.avail_in = (uint32_t)length;
	stream->isal.end_of_stream = last;
	while (last ? stream->isal.internal_state.state != ZSTATE_END : stream->isal.avail_in > 0) {
		int status = isal_deflate(&stream->isal);
		int error;

		if (status != COMP_OK)
			return err_set(err, ERR_INVALID, "ISA-L: status %d", status);
		error = isal_emit(stream, output, err);
		if (error != 0)
			return error;
	}
	return 0;
}

const struct codec codec_isal = { .open = isal_open, .piece = isal_piece, .close = free };
