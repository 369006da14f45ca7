#include "common/commit_record.h"

#include <stddef.h>
#include <stdbool.h>
#include <string.h>

#include "common/crc32c.h"

#define COMMIT_MAGIC 0x314d4d4f43554c53ULL    /* "SLUCOMM1" */

static uint32_t slot_crc(const unsigned char *slot)
{
	return crc32c_around(slot, COMMIT_SLOT_SIZE, offsetof(struct commit, crc));
}

void commit_encode(const struct commit *commit, unsigned char *slot)
{
	const uint64_t magic = COMMIT_MAGIC;
	const uint32_t version = COMMIT_VERSION;
	uint32_t crc;

	memcpy(slot, commit, sizeof(*commit));
	memset(slot + sizeof(*commit), 0, COMMIT_SLOT_SIZE - sizeof(*commit));
	memcpy(slot + offsetof(struct commit, magic), &magic, sizeof(magic));
	memcpy(slot + offsetof(struct commit, version), &version, sizeof(version));
	crc = slot_crc(slot);
	memcpy(slot + offsetof(struct commit, crc), &crc, sizeof(crc));
}

/* The cursors' order is what every loop over a lane relies on. */
static bool lane_valid(const struct commit_lane *lane)
{
	if (lane->claimed > lane->sealed || lane->sealed > lane->open || lane->open == UINT64_MAX)
		return false;
	if (lane->sealed - lane->claimed > COMMIT_OBJECTS_MAX || lane->open - lane->sealed >= SPOOL_ENTRIES)
		return false;
	if (lane->in_flight > SPOOL_IN_FLIGHT)
		return false;
	for (unsigned i = 0; i < lane->in_flight; i++) {
		if (lane->flights[i].number >= lane->claimed)
			return false;
		if (i > 0 && lane->flights[i].number <= lane->flights[i - 1].number)
			return false;
	}
	for (unsigned i = 0; i < SPOOL_ENTRIES; i++) {
		if (lane->entries[i].bytes > SPOOL_OBJECT_BYTES || (lane->entries[i].bytes == 0) != (lane->entries[i].records == 0))
			return false;
	}
	return true;
}

int commit_decode(struct commit *commit, const unsigned char *slot, struct err *err)
{
	memcpy(commit, slot, sizeof(*commit));
	if (commit->magic != COMMIT_MAGIC)
		return err_set(err, ERR_CORRUPT, "commit record: no magic");
	if (commit->crc != slot_crc(slot))
		return err_set(err, ERR_CORRUPT, "commit record: wrong CRC");
	/* whole, and by a program that knows more: nothing of it may be touched */
	if (commit->version > COMMIT_VERSION)
		return err_set(err, ERR_UNSUPPORTED, "the spool was written by a newer version of this program (format %u, known: %d)",
			commit->version, COMMIT_VERSION);
	if (commit->version < COMMIT_VERSION_OLDEST)
		return err_set(err, ERR_CORRUPT, "commit record: version %u, this program knows %d to %d", commit->version,
			COMMIT_VERSION_OLDEST, COMMIT_VERSION);
	if (commit->number == 0 || commit->number == UINT64_MAX)
		return err_set(err, ERR_CORRUPT, "commit record: impossible number");
	for (unsigned i = 0; i < SPOOL_LANES; i++) {
		if (!lane_valid(&commit->lanes[i]))
			return err_set(err, ERR_CORRUPT, "commit record: impossible figures of lane %s", flow_tag_names[i]);
	}
	return 0;
}
