#include "worker/segment.h"

#include <stddef.h>
#include <string.h>

#include "common/config/pipeline_config.h"
#include "common/crc32c.h"
#include "worker/key.h"
#include "worker/object.h"

#define SEGMENT_MAGIC 0x314d474553554c53ULL   /* "SLUSEGM1" */

/* The fixed part, as in the file. */
struct fixed {
	uint64_t magic;
	uint32_t version;
	uint32_t crc;                 /* of the whole head with this field zero */
	uint32_t size;                /* of the whole head */
	int32_t compress_type;
	int32_t gzip_level;
	uint32_t texts;
	struct ring_position position;
};
_Static_assert(sizeof(struct fixed) == 64, "no padding");

enum {
	TEXTS = 10,
	TEXTS_1 = 9,                  /* of version 1, without key_layout */
	FORMAT_OFFSET = offsetof(struct fixed, compress_type), FORMAT_NUMBERS = 3 * sizeof(uint32_t),
};

static void format_texts(struct spool_format *format, const char ***texts)
{
	const char **all[TEXTS] = { &format->open, &format->separator, &format->close, &format->prefix, &format->bucket,
		&format->ending, &format->content_type, &format->content_encoding, &format->host_id, &format->key_layout };

	memcpy(texts, all, sizeof(all));
}

static int format_check(const struct spool_format *format, struct err *err)
{
	const struct object_head *head = NULL;
	const struct commit_entry longest = { .stream_number = UINT32_MAX };
	char key[OBJECT_KEY_SIZE];
	int error;

	if (strlen(format->bucket) >= sizeof(head->bucket))
		return err_set(err, ERR_CONFIG, "dirname has more than %zu bytes", sizeof(head->bucket) - 1);
	if (strlen(format->content_type) >= sizeof(head->content_type) ||
		strlen(format->content_encoding) >= sizeof(head->content_encoding))
		return err_set(err, ERR_CONFIG, "content type or encoding too long");
	error = key_make(format, TAG_INTERNAL, &longest, key, err);
	/* anything else is no matter of the format */
	if (error == ERR_LIMIT || error == ERR_INVALID)
		error = err->code = ERR_CONFIG;
	return error;
}

/* The format part: the three numbers of struct fixed, then the texts. */
int segment_format_encode(const struct spool_format *format, struct buffer *out, struct err *err)
{
	struct spool_format copy = *format;
	const int32_t numbers[] = { format->compress_type, format->gzip_level, TEXTS };
	const char **texts[TEXTS];
	int error = format_check(format, err);

	if (error != 0)
		return error;
	format_texts(&copy, texts);
	error = buffer_append(out, numbers, sizeof(numbers));
	for (unsigned i = 0; i < TEXTS && error == 0; i++) {
		uint32_t length = (uint32_t)strlen(*texts[i]);

		error = buffer_append(out, &length, sizeof(length));
		if (error == 0)
			error = buffer_append(out, *texts[i], length + 1);
	}
	if (error == 0 && segment_head_size(out) > SEGMENT_HEAD_MAX)
		error = ERR_LIMIT;
	if (error == ERR_LIMIT)
		return err_set(err, ERR_CONFIG, "what stands around an object's records is too long");
	return error == 0 ? 0 : err_set(err, error, "no memory for the objects' format");
}

size_t segment_head_size(const struct buffer *format)
{
	return sizeof(struct fixed) + format->length - FORMAT_NUMBERS;
}

static uint32_t head_crc(const char *head, size_t size)
{
	return crc32c_around(head, size, offsetof(struct fixed, crc));
}

void segment_head_put(struct buffer *out, const struct buffer *format, const struct ring_position *position)
{
	struct fixed fixed = { .magic = SEGMENT_MAGIC, .version = SEGMENT_VERSION, .position = *position };
	char *head = out->bytes + out->length;

	fixed.size = (uint32_t)segment_head_size(format);
	memcpy((char *)&fixed + FORMAT_OFFSET, format->bytes, FORMAT_NUMBERS);
	buffer_put(out, &fixed, sizeof(fixed));
	buffer_put(out, format->bytes + FORMAT_NUMBERS, format->length - FORMAT_NUMBERS);
	fixed.crc = head_crc(head, fixed.size);
	memcpy(head, &fixed, sizeof(fixed));
}

static int damaged(struct err *err, const char *what)
{
	return err_set(err, ERR_CORRUPT, "segment head: %s", what);
}

static int texts_decode(struct spool_format *format, unsigned count, const char *at, const char *end, struct err *err)
{
	const char **texts[TEXTS];

	format->key_layout = "";
	format_texts(format, texts);
	for (unsigned i = 0; i < count; i++) {
		uint32_t length;

		if ((size_t)(end - at) < sizeof(length))
			return damaged(err, "cut off");
		memcpy(&length, at, sizeof(length));
		at += sizeof(length);
		if (length >= (size_t)(end - at) || at[length] != '\0' || strlen(at) != length)
			return damaged(err, "a text that does not end");
		*texts[i] = at;
		at += length + 1;
	}
	return at == end ? 0 : damaged(err, "longer than its texts");
}

static bool version_known(const struct fixed *fixed)
{
	return (fixed->version == SEGMENT_VERSION && fixed->texts == TEXTS) || (fixed->version == 1 && fixed->texts == TEXTS_1);
}

static bool compression_known(const struct fixed *fixed)
{
	if (fixed->compress_type != COMPRESS_NONE && fixed->compress_type != COMPRESS_GZIP)
		return false;
	return fixed->gzip_level >= GZIP_AUTO && fixed->gzip_level <= 9;
}

int segment_head_decode(struct segment_head *head, const char *bytes, size_t length, struct err *err)
{
	struct fixed fixed;
	int error;

	if (length < sizeof(fixed))
		return damaged(err, "cut off");
	memcpy(&fixed, bytes, sizeof(fixed));
	if (fixed.magic != SEGMENT_MAGIC)
		return damaged(err, "no magic");
	if (fixed.size < sizeof(fixed) || fixed.size > SEGMENT_HEAD_MAX || fixed.size > length)
		return damaged(err, "impossible size");
	if (head_crc(bytes, fixed.size) != fixed.crc)
		return damaged(err, "wrong CRC");
	if (!version_known(&fixed) || !compression_known(&fixed))
		return damaged(err, "of a version or form that this program does not know");
	error = texts_decode(&head->format, fixed.texts, bytes + sizeof(fixed), bytes + fixed.size, err);
	if (error == 0)
		error = format_check(&head->format, err);
	if (error == ERR_CONFIG)
		error = damaged(err, "a text too long for an object");
	head->format.compress_type = fixed.compress_type;
	head->format.gzip_level = fixed.gzip_level;
	head->position = fixed.position;
	head->size = fixed.size;
	return error;
}

bool segment_head_has(const char *bytes, const struct buffer *format)
{
	struct fixed fixed;

	memcpy(&fixed, bytes, sizeof(fixed));
	return fixed.size == segment_head_size(format) &&
		memcmp(bytes + FORMAT_OFFSET, format->bytes, FORMAT_NUMBERS) == 0 &&
		memcmp(bytes + sizeof(fixed), format->bytes + FORMAT_NUMBERS, format->length - FORMAT_NUMBERS) == 0;
}
