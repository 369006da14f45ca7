/* A slot table's memory: its head, its entries and the chains they form; for slot_*.c only. */
#ifndef SLUICE_WORKER_SLOT_CHAIN_H
#define SLUICE_WORKER_SLOT_CHAIN_H

#include "worker/state.h"

enum {
	SLOT_CHAIN_MAX = 24,          /* entries of a bucket: beyond, one gives way. Hashing is keyed: no one can aim at it */
	SLOT_BUCKETS = 2,             /* in a slot of the index */
};

struct slot_table {
	struct state *state;          /* borrowed */
	int entries, index;           /* regions */
	uint32_t slot_size;
	uint32_t capacity;
};

/* Slot 0 of the entries. All zero: nothing was ever put in. */
struct table_head {
	uint32_t count;               /* entries that have a key */
	uint32_t used;                /* slots 1 … used have been given out */
	uint32_t free;                /* first of the free list; 0: none */
	uint32_t buckets;
	uint32_t cursor;              /* slot that housekeeping looked at last */
	uint32_t probes;              /* made so far, looking for one that gives way */
};

/* The end of each entry's slot, behind what is the stage's. */
struct table_link {
	uint32_t next;                /* entry of the same bucket, or of the free list; 0: none */
	uint32_t reserved;
};

_Static_assert(sizeof(struct table_head) <= sizeof(struct slot_entry) + sizeof(struct table_link), "fits into slot 0");

static inline const struct table_head *slot_head(const struct slot_table *table)
{
	return state_slots(table->state, table->entries);
}

static inline const struct slot_entry *slot_entry_at(const struct slot_table *table, uint32_t slot)
{
	return (const void *)((const char *)state_slots(table->state, table->entries) + (size_t)slot * table->slot_size);
}

static inline uint32_t slot_of(const struct slot_table *table, const void *entry)
{
	return (uint32_t)((size_t)((const char *)entry - (const char *)slot_entry_at(table, 0)) / table->slot_size);
}

static inline uint32_t slot_next(const struct slot_table *table, uint32_t slot)
{
	const char *end = (const char *)slot_entry_at(table, slot) + table->slot_size;

	return ((const struct table_link *)(const void *)(end - sizeof(struct table_link)))->next;
}

static inline uint32_t slot_first(const struct slot_table *table, uint32_t bucket)
{
	return ((const uint32_t *)state_slots(table->state, table->index))[bucket];
}

static inline uint64_t slot_fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keyed with the memory's generation, which lives exactly as long as what lies in it. */
static inline uint64_t slot_hash(const struct slot_table *table, const uint64_t key[2])
{
	return slot_fold(key[0] ^ state_generation(table->state), key[1] ^ 0x9e3779b97f4a7c15ull);
}

/* Linear hashing: buckets beyond the last power of two have been split off from those that many below. */
static inline uint32_t slot_bucket(uint64_t hash, uint32_t buckets)
{
	uint32_t half = 1u << (31 - (unsigned)__builtin_clz(buckets));
	uint32_t bucket = (uint32_t)hash & (2 * half - 1);

	return bucket < buckets ? bucket : bucket & (half - 1);
}

/* ---- changing; false or NULL: the undo log is full, and what was changed before is to be undone ---- */

static inline struct table_head *slot_head_change(const struct slot_table *table)
{
	return state_change(table->state, table->entries, 0);
}

static inline void *slot_entry_change(const struct slot_table *table, uint32_t slot)
{
	return state_change(table->state, table->entries, slot);
}

static inline struct table_link *slot_link_change(const struct slot_table *table, uint32_t slot)
{
	char *entry = slot_entry_change(table, slot);

	return entry == NULL ? NULL : (void *)(entry + table->slot_size - sizeof(struct table_link));
}

/* Makes slot `to` follow `before` in the bucket, or be its first when before is 0. */
bool slot_link_to(const struct slot_table *table, uint32_t bucket, uint32_t before, uint32_t to);
/* Takes an entry out of its bucket; its slot is then nobody's. */
bool slot_unlink(const struct slot_table *table, uint32_t slot);
/* The same, and the slot goes to the free list. */
bool slot_release(const struct slot_table *table, uint32_t slot);
/* Adds one bucket and moves the entries that belong there from the one it is split off from. Links are written only
 * where they change. */
bool slot_grow(const struct slot_table *table, struct table_head *head);

#endif
