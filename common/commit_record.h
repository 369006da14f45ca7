/* The commit record: what a pipeline has done, in one slot of 4 KiB that is written whole (docs/durability.md, "The
 * commit record"). What it does not name does not exist. The worker writes it; the supervisor reads from it what a
 * pipeline that does not run has done.
 *
 * The structs below are the slot's bytes: fixed widths, no padding, little-endian (checked at compile time). Whoever
 * changes them, or struct account or struct ring_position inside, raises COMMIT_VERSION. Behind the struct a slot is zero:
 * what is added at the end is zero in older records, which can still be read.
 *
 *     1   without write_ms
 *     2   without lossy
 *     3   without place
 *     4   this */
#ifndef SLUICE_COMMON_COMMIT_RECORD_H
#define SLUICE_COMMON_COMMIT_RECORD_H

#include <stdint.h>

#include "common/account.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/ring.h"
#include "common/tag.h"

enum {
	SPOOL_LANES = TAG_COUNT,
	SPOOL_IN_FLIGHT = 4,                  /* objects of a lane in flight at most */
	SPOOL_ENTRIES = 16,                   /* segments of a lane from sealed to open that a record can name */
};
#define SPOOL_OBJECT_BYTES (256u << 20)       /* an object is cut at this size */
#define COMMIT_FILE "commit"                  /* its name in a spool folder: COMMIT_SLOTS slots */

enum {
	COMMIT_VERSION = 4,
	COMMIT_VERSION_OLDEST = 1,            /* that is read */
	COMMIT_SLOT_SIZE = 4096,
	COMMIT_SLOTS = 4,
	COMMIT_HOT = 2,                       /* slots 0 and 1 are hot: each commit; 2 and 3 cold: durable commits */
	COMMIT_OBJECTS_MAX = 1 << 24,         /* sealed objects of a lane: more is no record of ours */
};

enum { COMMIT_DIRECT = 1 };                   /* flags: objects are sealed without fsync */

/* A segment from sealed to open. */
struct commit_entry {
	uint32_t bytes;                       /* of the file that count, its head included; 0: a hole, or open and empty */
	uint32_t crc;                         /* CRC-32C of them */
	uint32_t records;
	uint32_t stream_number;               /* of a cut one: its number in the stream */
	uint64_t flows;
	int64_t first_ms, last_ms;            /* wall clock: previous cut (or first arrival), this cut */
	int64_t stream_ms;                    /* of a cut one: the stream's name */
};

struct commit_flight {
	uint64_t number, flows;
	uint32_t records, bytes;              /* bytes of the content */
};

struct commit_lane {
	uint64_t claimed, sealed, open;
	struct commit_flight flights[SPOOL_IN_FLIGHT];        /* in order of number */
	uint32_t in_flight;
	uint32_t stream_number;               /* of the next object in the stream */
	int64_t stream_ms;                    /* 0: none yet */
	int64_t stream_begin_ns;              /* these three: CLOCK_BOOTTIME of the record's boot id */
	int64_t last_cut_ns;
	int64_t first_record_ns;
	int64_t last_cut_ms;                  /* wall clock; 0: never */
	struct commit_entry entries[SPOOL_ENTRIES];           /* segment n at n % SPOOL_ENTRIES */
};

struct commit {
	uint64_t magic;
	uint32_t version;
	uint32_t crc;                         /* CRC-32C of the whole slot with this field zero */
	uint64_t number;                      /* from 1 */
	uint8_t boot_id[BOOT_ID_SIZE];
	uint64_t generation;                  /* of the stages' memory */
	uint64_t flags;
	struct ring_position position;
	int64_t batch_ms;                     /* time of the last batch, wall clock */
	struct account account;
	/* flows of all objects ever sealed, and of those since dropped or lost: the rest is written or present */
	uint64_t sealed_flows, dropped_flows, lost_flows;
	struct commit_lane lanes[SPOOL_LANES];
	int64_t write_ms;                     /* when an object was last stored, wall clock; 0: never, or not known */
	/* of each lane, bit n % SPOOL_ENTRIES: flows were lost in the time that segment n covers */
	uint16_t lossy[SPOOL_LANES];
	uint64_t place;                       /* hash of the bucket's folder that the streams' names were given for; 0: not known */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the record's bytes are little-endian");
_Static_assert(sizeof(struct account) == 20 * 8, "a changed account needs another COMMIT_VERSION");
_Static_assert(sizeof(struct ring_position) == 4 * 8, "a changed position needs another COMMIT_VERSION");
_Static_assert(sizeof(struct commit_entry) == 48 && sizeof(struct commit_flight) == 24, "no padding");
_Static_assert(sizeof(struct commit_lane) == 8 * (3 + 3 * SPOOL_IN_FLIGHT + 6 + 6 * SPOOL_ENTRIES), "no padding");
_Static_assert(sizeof(struct commit) == 304 + SPOOL_LANES * sizeof(struct commit_lane), "no padding");
_Static_assert(SPOOL_ENTRIES <= 16 && SPOOL_LANES % 4 == 0, "lossy has a bit for each entry and needs no padding");
_Static_assert(sizeof(struct commit) <= COMMIT_SLOT_SIZE, "a record fits its slot with all lanes full");

static inline struct commit_entry *commit_entry(struct commit_lane *lane, uint64_t number)
{
	return &lane->entries[number % SPOOL_ENTRIES];
}

static inline uint16_t commit_lossy_bit(uint64_t number)
{
	return (uint16_t)(1u << number % SPOOL_ENTRIES);
}

/* Into COMMIT_SLOT_SIZE bytes, with magic, version and CRC. */
void commit_encode(const struct commit *commit, unsigned char *slot);
/* ERR_CORRUPT: no valid record (magic, version, CRC, or figures that cannot be). */
int commit_decode(struct commit *commit, const unsigned char *slot, struct err *err);

#endif
