/* The stages' memory as it lies in the memfd; for state*.c and their tests only.
 *
 *   page 0          struct state_header
 *   page 1 …        undo log: struct undo_entry with the slot's old bytes behind it, STATE_UNDO_ENTRIES at most
 *   region offsets  slots, each region from a page of its own on; sparse
 *
 * The snapshot: struct snapshot_header, extents (struct snapshot_extent with its bytes behind it), an extent of length 0,
 * and the CRC-32C of all that (4 bytes). Offsets are those of the memory; undo log and header are no part of it. */
#ifndef SLUICE_WORKER_STATE_LAYOUT_H
#define SLUICE_WORKER_STATE_LAYOUT_H

#include <stdatomic.h>

#include "worker/state.h"

#define STATE_MAGIC 0x3145544154534c53ull         /* "SLSTATE1" in memory */
#define SNAPSHOT_MAGIC 0x31504e5354534c53ull      /* "SLSTSNP1" */
#define STATE_MAPPED_MAX ((uint64_t)1 << 36)      /* of address space: 64 GiB */

enum {
	STATE_VERSION = 1, STATE_PAGE = 4096, STATE_REGIONS = 16, STATE_NAME = 32, STATE_SLOT_MAX = 1024,
	STATE_CHANGED_SIZE = 2 * STATE_UNDO_ENTRIES,
};

struct state_header {
	uint64_t magic;
	uint32_t version;
	uint32_t layout;              /* CRC-32C of the regions' names and sizes, in order */
	uint64_t generation;
	uint64_t mark;                /* commit number that the memory has with its undo log applied */
	uint64_t undo_bytes;          /* of the log that count; an entry is written before this grows */
};

struct undo_entry {
	uint32_t region, slot;        /* then slot_size bytes */
};

struct state_region {
	char name[STATE_NAME];
	uint32_t slot_size, slots;
	uint64_t offset;              /* in the memory */
};

struct state {
	int fd;                       /* borrowed */
	struct state_region regions[STATE_REGIONS];
	int region_count;
	uint32_t largest_slot;
	char *map;                    /* NULL until opened */
	uint64_t regions_offset, total;
	uint32_t undo_entries;        /* in the log, this transaction's */
	/* Which slots this transaction has saved: open addressing; stamp << 40 | region << 32 | slot. What carries
	 * another stamp is free, so that a new transaction need not clear it. */
	uint64_t *changed;            /* owned; STATE_CHANGED_SIZE */
	uint32_t stamp;
};

static inline struct state_header *state_header(const struct state *state)
{
	return (struct state_header *)state->map;
}

struct snapshot_header {
	uint64_t magic;
	uint32_t version, layout;
	uint64_t generation, commit_number;
};

struct snapshot_extent {
	uint64_t offset, length;      /* length 0: the last */
};

/* What stands before it is in memory before what stands behind it, for whoever looks after a kill. */
static inline void state_kill_barrier(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

/* Bytes that STATE_UNDO_ENTRIES entries of the largest slots take. */
static inline uint64_t state_undo_size(const struct state *state)
{
	return (uint64_t)STATE_UNDO_ENTRIES * (sizeof(struct undo_entry) + state->largest_slot);
}

/* Whether the whole log can be applied. */
bool state_undo_valid(const struct state *state);
/* Applies the log, then empties it. A kill on the way leaves the log as it is: it is applied again. */
void state_roll_back(struct state *state);
/* CRC of what has been claimed. */
uint32_t state_layout(const struct state *state);
/* Fills the emptied, mapped memory from the folder's snapshot, if that is the one of this commit. Anything else leaves
 * the memory in an undefined state and gives ERR_NOT_FOUND (no such snapshot), ERR_CORRUPT or ERR_IO. */
int state_snapshot_load(struct state *state, uint64_t commit_number, uint64_t generation, int dirfd, struct err *err);

#endif
