#include "worker/object.h"

#include <stddef.h>
#include <string.h>

#include "common/crc32c.h"
#include "worker/file_ops.h"

#define OBJECT_MAGIC 0x31454a424f554c53ULL    /* "SLUOBJE1" */
enum { OBJECT_VERSION = 1 };

/* The head as in the file: little-endian, zero up to OBJECT_HEAD_SIZE. */
struct layout {
	uint64_t magic;
	uint32_t version;
	uint32_t crc;                 /* of OBJECT_HEAD_SIZE bytes with this field zero */
	uint64_t records, flows, bytes;
	int64_t first_timestamp_ms, last_timestamp_ms;
	struct ring_position first_position, last_position;
	uint8_t sha256[32], md5[16];
	char key[OBJECT_KEY_SIZE];
	char bucket[256];
	char tag[16];
	char content_type[64], content_encoding[16];
};
_Static_assert(sizeof(struct layout) == 56 + 64 + 48 + OBJECT_KEY_SIZE + 352, "no padding");
_Static_assert(sizeof(struct layout) <= OBJECT_HEAD_SIZE, "the head fits");

static uint32_t head_crc(const unsigned char *bytes)
{
	return crc32c_around(bytes, OBJECT_HEAD_SIZE, offsetof(struct layout, crc));
}

void object_head_encode(const struct object_head *head, unsigned char *bytes)
{
	struct layout layout = {
		.magic = OBJECT_MAGIC,
		.version = OBJECT_VERSION,
		.records = head->records,
		.flows = head->flows,
		.bytes = head->bytes,
		.first_timestamp_ms = head->first_timestamp_ms,
		.last_timestamp_ms = head->last_timestamp_ms,
		.first_position = head->first_position,
		.last_position = head->last_position,
	};

	memcpy(layout.sha256, head->sha256, sizeof(layout.sha256));
	memcpy(layout.md5, head->md5, sizeof(layout.md5));
	memcpy(layout.key, head->key, strnlen(head->key, sizeof(layout.key) - 1));
	memcpy(layout.bucket, head->bucket, strnlen(head->bucket, sizeof(layout.bucket) - 1));
	memcpy(layout.tag, head->tag, strnlen(head->tag, sizeof(layout.tag) - 1));
	memcpy(layout.content_type, head->content_type, strnlen(head->content_type, sizeof(layout.content_type) - 1));
	memcpy(layout.content_encoding, head->content_encoding,
		strnlen(head->content_encoding, sizeof(layout.content_encoding) - 1));
	memset(bytes, 0, OBJECT_HEAD_SIZE);
	memcpy(bytes, &layout, sizeof(layout));
	layout.crc = head_crc(bytes);
	memcpy(bytes, &layout, sizeof(layout));
}

static int damaged(struct err *err, const char *what)
{
	return err_set(err, ERR_CORRUPT, "object head: %s", what);
}

#define TEXT_ENDS(text) (memchr(text, '\0', sizeof(text)) != NULL)

int object_head_decode(struct object_head *head, const unsigned char *bytes, struct err *err)
{
	struct layout layout;

	memcpy(&layout, bytes, sizeof(layout));
	if (layout.magic != OBJECT_MAGIC)
		return damaged(err, "no magic");
	if (layout.crc != head_crc(bytes))
		return damaged(err, "wrong CRC");
	if (layout.version != OBJECT_VERSION)
		return damaged(err, "of a version that this program does not know");
	if (!TEXT_ENDS(layout.key) || !TEXT_ENDS(layout.bucket) || !TEXT_ENDS(layout.tag) ||
		!TEXT_ENDS(layout.content_type) || !TEXT_ENDS(layout.content_encoding))
		return damaged(err, "a text that does not end");
	memset(head, 0, sizeof(*head));
	memcpy(head->key, layout.key, sizeof(head->key));
	memcpy(head->bucket, layout.bucket, sizeof(head->bucket));
	memcpy(head->tag, layout.tag, sizeof(head->tag));
	memcpy(head->content_type, layout.content_type, sizeof(head->content_type));
	memcpy(head->content_encoding, layout.content_encoding, sizeof(head->content_encoding));
	memcpy(head->sha256, layout.sha256, sizeof(head->sha256));
	memcpy(head->md5, layout.md5, sizeof(head->md5));
	head->records = layout.records;
	head->flows = layout.flows;
	head->bytes = layout.bytes;
	head->first_timestamp_ms = layout.first_timestamp_ms;
	head->last_timestamp_ms = layout.last_timestamp_ms;
	head->first_position = layout.first_position;
	head->last_position = layout.last_position;
	return 0;
}

int object_head_read(int fd, const struct file_ops *files, struct object_head *head, struct err *err)
{
	unsigned char bytes[OBJECT_HEAD_SIZE];
	int error = file_read(files, fd, bytes, sizeof(bytes), 0, "object head", err);

	return error != 0 ? error : object_head_decode(head, bytes, err);
}
