/* What stands in a spool's folder is input after a crash: names, heads of segments and of objects (commit records:
 * fuzz_commit). Any bytes are refused or keep their own bounds.
 *
 * Input: a byte that says which of the three is tried, its highest bit whether magic, sizes and CRC are put right first. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc32c.h"
#include "worker/object.h"
#include "worker/segment.h"
#include "worker/spool.h"
#include "worker/spool_name.h"
#include "worker/wrapper.h"

/* of both heads (segment.c, object.c), and of a segment's */
enum { VERSION_AT = 8, CRC_AT = 12, SIZE_AT = 16, TEXTS_AT = 28, FIXED = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any file's name: one of ours is what its numbers are written as. */
static void try_name(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), again[SPOOL_NAME_SIZE];
	struct spool_name name;

	spool_name_parse(text, &name);
	if (name.kind == NAME_SEGMENT)
		spool_name_segment(again, name.lane, name.number);
	if (name.kind == NAME_OBJECT)
		spool_name_object(again, name.lane, name.number, name.records, name.flows);
	if ((name.kind == NAME_SEGMENT || name.kind == NAME_OBJECT) && (name.lane >= SPOOL_LANES || strcmp(text, again) != 0))
		abort();
	free(text);
}

/* What no change of bytes would find: magic, version, for a segment its size and number of texts, and a CRC that is right. */
static void mend(char *head, size_t size, const char *magic, bool segment)
{
	uint32_t version = 1, length = (uint32_t)size, texts = 9, crc;

	memcpy(head, magic, 8);
	if (segment) {
		version += (unsigned char)head[VERSION_AT] % 2;
		texts += version == 2;
		memcpy(head + SIZE_AT, &length, sizeof(length));
		memcpy(head + TEXTS_AT, &texts, sizeof(texts));
	}
	memcpy(head + VERSION_AT, &version, sizeof(version));
	crc = crc32c_around(head, size, CRC_AT);
	memcpy(head + CRC_AT, &crc, sizeof(crc));
}

/* What is sealed with a head: its places are filled in with any figures. */
static void fill_wrapper(const struct segment_head *head, const uint8_t *data, size_t size)
{
	struct commit_entry entry = { 0 };
	struct buffer out;

	memcpy(&entry, data, size < sizeof(entry) ? size : sizeof(entry));
	buffer_init(&out, 8u << 20);
	if (wrapper_fill(&out, head->format.open, &entry, size % 2 == 0) != 0 ||
		wrapper_fill(&out, head->format.close, &entry, false) != 0)
		abort();
	buffer_fini(&out);
}

static void try_segment(const uint8_t *data, size_t size, bool whole)
{
	char *bytes = malloc(size + 1);
	struct segment_head head;
	struct err err;

	memcpy(bytes, data, size);
	if (whole && size >= FIXED)
		mend(bytes, size, "SLUSEGM1", true);
	if (segment_head_decode(&head, bytes, size, &err) == 0) {
		size_t texts = strlen(head.format.open) + strlen(head.format.separator) + strlen(head.format.close) +
			strlen(head.format.prefix) + strlen(head.format.bucket) + strlen(head.format.ending);

		if (texts > size)
			abort();
		fill_wrapper(&head, data, size);
	}
	free(bytes);
}

static void try_object(const uint8_t *data, size_t size, bool whole)
{
	unsigned char *bytes = calloc(1, OBJECT_HEAD_SIZE), *again = calloc(1, OBJECT_HEAD_SIZE);
	struct object_head head;
	struct err err;

	memcpy(bytes, data, size < OBJECT_HEAD_SIZE ? size : OBJECT_HEAD_SIZE);
	if (whole)
		mend((char *)bytes, OBJECT_HEAD_SIZE, "SLUOBJE1", false);
	if (object_head_decode(&head, bytes, &err) == 0) {
		struct object_head second;

		if (strlen(head.key) >= sizeof(head.key))
			abort();
		object_head_encode(&head, again);
		if (object_head_decode(&second, again, &err) != 0 || strcmp(head.key, second.key) != 0 ||
			strcmp(head.content_type, second.content_type) != 0 || head.records != second.records)
			abort();
	}
	free(bytes);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 0x80 % 3) {
	case 0:
		try_name(data + 1, size - 1);
		break;
	case 1:
		try_segment(data + 1, size - 1, data[0] >= 0x80);
		break;
	default:
		try_object(data + 1, size - 1, data[0] >= 0x80);
	}
	return 0;
}
