#include "worker/compress.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "worker/compress_codec.h"

/* libdeflate is twice as fast as zlib and compresses better, but cannot stream: it is used where the whole content is
 * small enough to be held. Larger content, and all content while a pipeline is behind, is streamed. */
enum { WHOLE_MAX = 2 << 20, PIECE_SIZE = 64 * 1024, LEVEL_AUTO = 6, ISAL_LEVEL = 1 };

struct compressor {
	const struct codec *codec;            /* NULL: not compressed */
	void *stream;
	struct codec_output output;
	size_t length, size;                  /* of piece: what is the same whatever sizes are written in */
	char piece[];
};

struct choice {
	const struct codec *codec;
	int level;
};

static struct choice choose(int type, int level, size_t total, bool behind)
{
	bool whole = total <= WHOLE_MAX;

	if (type == COMPRESS_NONE)
		return (struct choice){ NULL, 0 };
	/* ISA-L's level 0 is a tenth faster than 1, but its output a third larger: not worth it */
	if (level == GZIP_FAST || (level == GZIP_AUTO && (behind || !whole)))
		return (struct choice){ &codec_isal, ISAL_LEVEL };
	if (level == GZIP_AUTO)
		return (struct choice){ &codec_libdeflate, LEVEL_AUTO };
	return (struct choice){ whole ? &codec_libdeflate : &codec_zlib, level };
}

int compressor_new(struct compressor **compressor, int type, int level, size_t total, bool behind, compress_sink *sink,
	void *owner, struct err *err)
{
	struct choice choice = choose(type, level, total, behind);
	size_t size = choice.codec == NULL ? 0 : choice.codec == &codec_libdeflate ? total : PIECE_SIZE;
	struct compressor *new;

	*compressor = NULL;
	if (level < GZIP_AUTO || level > 9)
		return err_set(err, ERR_INVALID, "no such compression level: %d", level);
	new = malloc(sizeof(*new) + size);
	if (new == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory to compress %zu bytes", total);
	*new = (struct compressor){ .codec = choice.codec, .output = { sink, owner }, .size = size };
	if (choice.codec != NULL) {
		new->stream = choice.codec->open(choice.level);
		if (new->stream == NULL) {
			free(new);
			return err_set(err, ERR_NO_MEMORY, "no memory for a compressor");
		}
	}
	*compressor = new;
	return 0;
}

static int pass_piece(struct compressor *compressor, bool last, struct err *err)
{
	size_t length = compressor->length;

	compressor->length = 0;
	return compressor->codec->piece(compressor->stream, compressor->piece, length, last, &compressor->output, err);
}

int compressor_write(struct compressor *compressor, const void *bytes, size_t length, struct err *err)
{
	const char *from = bytes;

	if (compressor->codec == NULL)
		return length > 0 ? compressor->output.sink(compressor->output.owner, bytes, length, err) : 0;
	while (length > 0) {
		size_t room = compressor->size - compressor->length;
		size_t part = length < room ? length : room;

		if (room == 0) {
			int error = pass_piece(compressor, false, err);

			if (error != 0)
				return error;
			continue;
		}
		memcpy(compressor->piece + compressor->length, from, part);
		compressor->length += part;
		from += part;
		length -= part;
	}
	return 0;
}

int compressor_finish(struct compressor *compressor, struct err *err)
{
	return compressor->codec != NULL ? pass_piece(compressor, true, err) : 0;
}

void compressor_free(struct compressor **compressor)
{
	struct compressor *old = *compressor;

	*compressor = NULL;
	if (old == NULL)
		return;
	if (old->codec != NULL)
		old->codec->close(old->stream);
	free(old);
}
