/* What stands in a spool's files is input after a crash: commit records, heads of segments and of objects. Any bytes are
 * refused or give a record that keeps its own bounds; the first byte says which of the three is tried. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/commit.h"
#include "worker/object.h"
#include "worker/segment.h"
#include "worker/spool.h"
#include "worker/wrapper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_commit(const unsigned char *slot)
{
	struct commit commit;
	struct err err;

	if (commit_decode(&commit, slot, &err) != 0)
		return;
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		const struct commit_lane *lane = &commit.lanes[i];

		if (lane->claimed > lane->sealed || lane->sealed > lane->open || lane->open - lane->sealed >= SPOOL_ENTRIES ||
			lane->in_flight > SPOOL_IN_FLIGHT)
			abort();
	}
}

/* As it stands, and as figures under a CRC that is right. */
static void try_commit(const uint8_t *data, size_t size)
{
	unsigned char *slot = calloc(1, COMMIT_SLOT_SIZE);
	struct commit commit = { .number = 1 };

	memcpy(slot, data, size < COMMIT_SLOT_SIZE ? size : COMMIT_SLOT_SIZE);
	check_commit(slot);
	memcpy(&commit, data, size < sizeof(commit) ? size : sizeof(commit));
	commit_encode(&commit, slot);
	check_commit(slot);
	free(slot);
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

static void try_segment(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	struct segment_head head;
	struct err err;

	memcpy(bytes, data, size);
	if (segment_head_decode(&head, bytes, size, &err) == 0) {
		size_t texts = strlen(head.format.open) + strlen(head.format.separator) + strlen(head.format.close) +
			strlen(head.format.prefix) + strlen(head.format.bucket) + strlen(head.format.ending);

		if (texts > size)
			abort();
		fill_wrapper(&head, data, size);
	}
	free(bytes);
}

static void try_object(const uint8_t *data, size_t size)
{
	unsigned char *bytes = calloc(1, OBJECT_HEAD_SIZE);
	struct object_head head;
	struct err err;

	memcpy(bytes, data, size < OBJECT_HEAD_SIZE ? size : OBJECT_HEAD_SIZE);
	if (object_head_decode(&head, bytes, &err) == 0 && (strlen(head.key) >= sizeof(head.key) || head.records == 0))
		abort();
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		try_commit(data + 1, size - 1);
		break;
	case 1:
		try_segment(data + 1, size - 1);
		break;
	default:
		try_object(data + 1, size - 1);
	}
	return 0;
}
