/* Stages' memory: a memfd that the supervisor holds for the life of a pipeline's run, so that a killed worker's
 * successor finds it. Fixed-size slots without pointers; every change goes through state_change(), which first saves the
 * old bytes to an undo log (docs/durability.md, "Stages' memory").
 *
 * Undo log: an entry is written before its count, and the compiler must not reorder these (the kill of a process is the
 * only observer, so compiler barriers are enough). */
#ifndef SLUICE_WORKER_STATE_H
#define SLUICE_WORKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct state;

/* A transaction changes at most this many slots. A slice has at most 512 flows: 16 slots for each. */
enum { STATE_UNDO_ENTRIES = 8192 };

/* Makes an unopened memory on fd (borrowed, any size): regions are claimed, then state_open sizes and maps it. */
int state_new(struct state **state, int fd, struct err *err);
void state_free(struct state **state);

/* Claims a region of up to `slots` slots of `slot_size` bytes (multiple of 8, at most 1024) for a stage. Returns its
 * number >= 0 or an error. Name, sizes and order make up the layout, whose CRC must agree for memory to be taken over.
 * The memory is sparse: what is never touched costs nothing. */
int state_claim(struct state *state, const char *name, size_t slot_size, uint32_t slots, struct err *err);

enum state_origin { STATE_EMPTY, STATE_KEPT, STATE_ROLLED_BACK, STATE_LOADED };

/* Takes the memory over for the commit record (commit_number, generation), as docs/durability.md orders: rolled back,
 * kept, loaded from the snapshot (file `state` of `dirfd`, may be absent), or emptied under a new generation. *origin
 * tells which. A transaction is begun. generation 0: the record knows none. */
int state_open(struct state *state, uint64_t commit_number, uint64_t generation, int dirfd, enum state_origin *origin,
	struct err *err);
uint64_t state_generation(const struct state *state);

/* Empties the undo log and marks it with the present commit number. */
void state_begin(struct state *state, uint64_t commit_number);
/* Restores every slot changed since state_begin. */
void state_undo(struct state *state);
/* A read-only view of a region's slots. */
const void *state_slots(const struct state *state, int region);
/* The slot, writable until the transaction ends; its old bytes are saved first (once a transaction).
 * NULL when the undo log is full: the caller returns ERR_LIMIT (slices are sized so that this cannot happen). */
void *state_change(struct state *state, int region, uint32_t slot);
/* Slots that this transaction may still change. */
uint32_t state_undo_room(const struct state *state);
/* Snapshot to `state` in dirfd: temporary file `state.tmp`, fsync, rename, fsync of the folder. At an orderly end, after
 * the last commit; ERR_INVALID while there are changes that it does not cover. Waits for the disk. */
int state_save(const struct state *state, uint64_t commit_number, int dirfd, struct err *err);

/* ---- slot_table.c: a hash table on one region, with expiry ---- */

/* An entry begins with these; the rest of the slot is the stage's. Times: CLOCK_BOOTTIME ns as in batch->now_ns. */
struct slot_entry {
	uint64_t key[2];              /* 128-bit key; both zero: free. The table's: never written by the stage */
	int64_t expires_ns;           /* the stage's; from then on there is no such entry, and its slot is used again */
};

struct slot_table;

/* Claims its regions (name, shorter than 26 bytes, and name.index); capacity: most entries, up to 2^30. The memory that
 * is touched follows the most entries that were ever in use: 8 bytes a slot and 8 in the index on top of entry_size.
 * What it does depends on the operations and their times alone, but for who gives way when it is full.
 * Slots changed (of STATE_UNDO_ENTRIES a transaction): 1 by change of what is there, 4 of what is not, 3 by remove. A
 * transaction always has room for 1500 new entries of all tables together; a NULL or false below means that it is full
 * and must be undone. */
int slot_table_new(struct slot_table **table, struct state *state, const char *name, size_t entry_size,
	uint32_t capacity, struct err *err);
void slot_table_free(struct slot_table **table);
/* The entry of key if there is one that has not expired at now_ns; read-only. NULL: none. */
const void *slot_table_find(const struct slot_table *table, const uint64_t key[2], int64_t now_ns);
/* The entry of key for writing, made (zeroed but for the key) if there was none; *made tells. The caller sets expires_ns.
 * When full, the entry that expires first among those probed gives way; *evicted: one that had not expired did.
 * Valid until the next call for this table. NULL: undo log full. */
void *slot_table_change(struct slot_table *table, const uint64_t key[2], int64_t now_ns, bool *made, bool *evicted);
/* An entry that was found, for writing. NULL: undo log full. */
void *slot_table_write(struct slot_table *table, const void *entry);
/* Only a matter of speed, where the keys of many searches are known beforehand: has the processor fetch where the entry of
 * key is named, and, when that has come, the entry. */
void slot_table_fetch_index(const struct slot_table *table, const uint64_t key[2]);
void slot_table_fetch_entry(const struct slot_table *table, const uint64_t key[2]);
/* Whether an entry of a key that is not there can be made without another giving way, expired ones included. */
bool slot_table_has_room(const struct slot_table *table, const uint64_t key[2]);
/* Removes it if it is there. False: undo log full. */
bool slot_table_remove(struct slot_table *table, const uint64_t key[2]);
/* Slots 1 … this have been used. For looking at all entries: with slot_table_at, between transactions. */
uint32_t slot_table_used(const struct slot_table *table);
/* The entry in a slot; NULL: there is none, or it has expired at now_ns. */
const void *slot_table_at(const struct slot_table *table, uint32_t slot, int64_t now_ns);
/* Entries in use (expired ones not yet reused included). */
uint32_t slot_table_count(const struct slot_table *table);

/* 128-bit key of a text: never {0,0}. */
void slot_key(const char *text, size_t length, uint64_t key[2]);

#endif
