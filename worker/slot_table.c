/* A hash table with expiry in the stages' memory.
 *
 * Two regions. `name`: slot 0 is the table's head, the others are entries, given out one behind the other and reused
 * through a free list, so that the memory touched follows the most entries ever in use. `name.index`: the first entry of
 * each bucket, two to a slot; entries of one bucket are chained. The index grows one bucket at a time (linear hashing),
 * so no operation stops to rehash. All of it is changed through state_change(), so all of it can be undone.
 *
 * Slots that an operation may change: change of an entry that is there 1, of a new one 4 (head, entry, index, and the
 * one that gives way or its neighbour), remove 3. Housekeeping (expired entries, growth of the index) comes on top only
 * while the undo log has more room than HOUSEKEEPING_ROOM, so that a transaction always has room for 1500 new entries. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "worker/state.h"

enum {
	FIRST_BUCKETS = 16,
	CHAIN_MAX = 24,               /* entries of a bucket: beyond, one gives way. Hashing is keyed: no one can aim at it */
	RECLAIM = 2,                  /* entries looked at for each new one */
	GROWTH = 2,                   /* buckets added at most for each new entry */
	PROBES = 16,                  /* entries of which the first to expire gives way when the table is full */
	BUCKETS_PER_SLOT = 2,
	HOUSEKEEPING_ROOM = STATE_UNDO_ENTRIES / 4 * 3,
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
	uint32_t cursor;              /* slot that housekeeping looks at next */
	uint32_t reserved;
};

/* The end of each entry's slot, behind what is the stage's. */
struct table_link {
	uint32_t next;                /* entry of the same bucket, or of the free list; 0: none */
	uint32_t reserved;
};

_Static_assert(sizeof(struct table_head) <= sizeof(struct slot_entry) + sizeof(struct table_link), "fits into slot 0");

int slot_table_new(struct slot_table **table, struct state *state, const char *name, size_t entry_size,
	uint32_t capacity, struct err *err)
{
	size_t slot_size = (entry_size + 7) / 8 * 8 + sizeof(struct table_link);
	struct slot_table *made;
	char index_name[64];

	if (entry_size < sizeof(struct slot_entry) || capacity == 0 || capacity >= UINT32_MAX / 2)
		return err_set(err, ERR_INVALID, "table %s cannot have %u entries of %zu bytes", name, capacity, entry_size);
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for table %s", name);
	snprintf(index_name, sizeof(index_name), "%s.index", name);
	made->state = state;
	made->slot_size = (uint32_t)slot_size;
	made->capacity = capacity;
	made->entries = state_claim(state, name, slot_size, capacity + 1, err);
	made->index = made->entries < 0 ? made->entries : state_claim(state, index_name,
		BUCKETS_PER_SLOT * sizeof(uint32_t), (capacity + FIRST_BUCKETS) / BUCKETS_PER_SLOT + 1, err);
	if (made->index < 0) {
		int result = made->index;

		free(made);
		return result;
	}
	*table = made;
	return 0;
}

void slot_table_free(struct slot_table **table)
{
	free(*table);
	*table = NULL;
}

/* ---- reading ---- */

static const struct table_head *head_of(const struct slot_table *table)
{
	return state_slots(table->state, table->entries);
}

static const struct slot_entry *entry_at(const struct slot_table *table, uint32_t slot)
{
	return (const void *)((const char *)state_slots(table->state, table->entries) + (size_t)slot * table->slot_size);
}

static uint32_t next_of(const struct slot_table *table, uint32_t slot)
{
	const char *end = (const char *)entry_at(table, slot) + table->slot_size;
	uint32_t next = ((const struct table_link *)(const void *)(end - sizeof(struct table_link)))->next;

	return next <= table->capacity ? next : 0;
}

static uint32_t first_of(const struct slot_table *table, uint32_t bucket)
{
	uint32_t first = ((const uint32_t *)state_slots(table->state, table->index))[bucket];

	return first <= table->capacity ? first : 0;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keyed with the memory's generation, which lives exactly as long as what lies in it. */
static uint64_t hash_of(const struct slot_table *table, const uint64_t key[2])
{
	return fold(key[0] ^ state_generation(table->state), key[1] ^ 0x9e3779b97f4a7c15ull);
}

/* Linear hashing: buckets beyond the last power of two have been split off from those that many below. */
static uint32_t bucket_of(uint64_t hash, uint32_t buckets)
{
	uint32_t half = 1u << (31 - (unsigned)__builtin_clz(buckets));
	uint32_t bucket = (uint32_t)hash & (2 * half - 1);

	return bucket < buckets ? bucket : bucket & (half - 1);
}

static bool key_is(const struct slot_entry *entry, const uint64_t key[2])
{
	return entry->key[0] == key[0] && entry->key[1] == key[1];
}

/* What the search for a key comes across; slots, 0: none. */
struct search {
	uint32_t found;
	uint32_t expired;             /* another entry of the bucket that has expired */
	uint32_t soonest;             /* the one that expires first */
	uint32_t length;              /* entries looked at */
};

static struct search search(const struct slot_table *table, const uint64_t key[2], int64_t now_ns)
{
	struct search search = { 0 };
	const struct slot_entry *soonest = NULL;
	uint32_t slot = first_of(table, bucket_of(hash_of(table, key), head_of(table)->buckets));

	for (; slot != 0 && search.length < CHAIN_MAX; slot = next_of(table, slot), search.length++) {
		const struct slot_entry *entry = entry_at(table, slot);

		if (key_is(entry, key)) {
			search.found = slot;
			return search;
		}
		if (entry->expires_ns <= now_ns)
			search.expired = slot;
		if (soonest == NULL || entry->expires_ns < soonest->expires_ns) {
			soonest = entry;
			search.soonest = slot;
		}
	}
	return search;
}

const void *slot_table_find(const struct slot_table *table, const uint64_t key[2], int64_t now_ns)
{
	const struct table_head *head = head_of(table);
	uint32_t slot, length = 0;

	if (head->buckets == 0)
		return NULL;
	slot = first_of(table, bucket_of(hash_of(table, key), head->buckets));
	for (; slot != 0 && length < CHAIN_MAX; slot = next_of(table, slot), length++) {
		const struct slot_entry *entry = entry_at(table, slot);

		if (key_is(entry, key))
			return entry->expires_ns > now_ns ? entry : NULL;
	}
	return NULL;
}

uint32_t slot_table_count(const struct slot_table *table)
{
	return head_of(table)->count;
}

/* ---- changing; false or NULL: the undo log is full ---- */

static struct table_head *head_change(const struct slot_table *table)
{
	return state_change(table->state, table->entries, 0);
}

static void *entry_change(const struct slot_table *table, uint32_t slot)
{
	return state_change(table->state, table->entries, slot);
}

static struct table_link *link_change(const struct slot_table *table, uint32_t slot)
{
	char *entry = entry_change(table, slot);

	return entry == NULL ? NULL : (void *)(entry + table->slot_size - sizeof(struct table_link));
}

/* Where the first entry of a bucket is named. */
static uint32_t *first_change(const struct slot_table *table, uint32_t bucket)
{
	uint32_t *firsts = state_change(table->state, table->index, bucket / BUCKETS_PER_SLOT);

	return firsts == NULL ? NULL : &firsts[bucket % BUCKETS_PER_SLOT];
}

/* Makes slot `to` follow `before` in the bucket, or be its first when before is 0. */
static bool link_to(const struct slot_table *table, uint32_t bucket, uint32_t before, uint32_t to)
{
	uint32_t *first;
	struct table_link *link;

	if (before == 0) {
		first = first_change(table, bucket);
		if (first != NULL)
			*first = to;
		return first != NULL;
	}
	link = link_change(table, before);
	if (link != NULL)
		link->next = to;
	return link != NULL;
}

/* Takes an entry out of its bucket; its slot is then nobody's. */
static bool unlink_entry(const struct slot_table *table, uint32_t slot)
{
	uint32_t bucket = bucket_of(hash_of(table, entry_at(table, slot)->key), head_of(table)->buckets);
	uint32_t before = 0, at = first_of(table, bucket), length = 0;

	for (; at != slot && at != 0 && length < CHAIN_MAX; at = next_of(table, at), length++)
		before = at;
	return at != slot || link_to(table, bucket, before, next_of(table, slot));
}

static bool release_entry(const struct slot_table *table, uint32_t slot)
{
	struct table_head *head = head_change(table);
	struct slot_entry *entry = entry_change(table, slot);

	if (head == NULL || entry == NULL || !unlink_entry(table, slot))
		return false;
	entry->key[0] = entry->key[1] = 0;
	link_change(table, slot)->next = head->free;
	head->free = slot;
	head->count--;
	return true;
}

static uint32_t cursor_next(struct table_head *head)
{
	head->cursor = head->cursor >= head->used ? 1 : head->cursor + 1;
	return head->cursor;
}

static bool entry_in_use(const struct slot_entry *entry)
{
	return (entry->key[0] | entry->key[1]) != 0;
}

static bool reclaim(const struct slot_table *table, struct table_head *head, int64_t now_ns)
{
	for (unsigned i = 0; i < RECLAIM && head->used > 0; i++) {
		uint32_t slot = cursor_next(head);
		const struct slot_entry *entry = entry_at(table, slot);

		if (entry_in_use(entry) && entry->expires_ns <= now_ns && !release_entry(table, slot))
			return false;
	}
	return true;
}

/* Adds one bucket and moves the entries that belong there from the one it is split off from. Links are written only
 * where they change. */
static bool grow(const struct slot_table *table, struct table_head *head)
{
	uint32_t added = head->buckets, half = 1u << (31 - (unsigned)__builtin_clz(added));
	uint32_t buckets[2] = { added - half, added }, last[2] = { 0 };
	uint32_t slot = first_of(table, buckets[0]), follows[2] = { slot, 0 };

	for (uint32_t length = 0; slot != 0 && length < CHAIN_MAX; length++) {
		uint32_t next = next_of(table, slot);
		unsigned side = bucket_of(hash_of(table, entry_at(table, slot)->key), added + 1) == added;

		if (follows[side] != slot && !link_to(table, buckets[side], last[side], slot))
			return false;
		last[side] = slot;
		follows[side] = next;
		slot = next;
	}
	for (unsigned side = 0; side < 2; side++)
		if (follows[side] != 0 && !link_to(table, buckets[side], last[side], 0))
			return false;
	head->buckets++;
	return true;
}

/* A little of what is due with each new entry, so that no operation has much of it to do. */
static bool keep_house(const struct slot_table *table, int64_t now_ns)
{
	struct table_head *head = head_change(table);

	if (head == NULL)
		return false;
	if (head->buckets == 0)
		head->buckets = FIRST_BUCKETS;
	if (state_undo_room(table->state) <= HOUSEKEEPING_ROOM)
		return true;
	if (!reclaim(table, head, now_ns))
		return false;
	for (unsigned i = 0; i < GROWTH && head->count >= head->buckets && head->buckets < table->capacity; i++)
		if (!grow(table, head))
			return false;
	return true;
}

/* Of a few entries the one that expires first; the table is full, so each slot has one. */
static uint32_t soonest_of(const struct slot_table *table, struct table_head *head)
{
	uint32_t soonest = cursor_next(head);

	for (unsigned i = 1; i < PROBES; i++) {
		uint32_t slot = cursor_next(head);

		if (entry_at(table, slot)->expires_ns < entry_at(table, soonest)->expires_ns)
			soonest = slot;
	}
	return soonest;
}

/* A slot that is in no bucket and no list; 0: the undo log is full. */
static uint32_t take_slot(const struct slot_table *table, int64_t now_ns, bool *evicted)
{
	struct table_head *head = head_change(table);
	uint32_t slot;

	if (head == NULL)
		return 0;
	if (head->free != 0) {
		slot = head->free;
		head->free = next_of(table, slot);
	} else if (head->used < table->capacity) {
		slot = ++head->used;
	} else {
		slot = soonest_of(table, head);
		*evicted = entry_at(table, slot)->expires_ns > now_ns;
		return unlink_entry(table, slot) ? slot : 0;
	}
	head->count++;
	return slot;
}

/* Makes the slot an empty entry of key; its link stays. */
static void *entry_reset(const struct slot_table *table, uint32_t slot, const uint64_t key[2])
{
	struct slot_entry *entry = entry_change(table, slot);

	if (entry == NULL)
		return NULL;
	memset(entry, 0, table->slot_size - sizeof(struct table_link));
	entry->key[0] = key[0];
	entry->key[1] = key[1];
	return entry;
}

static void *entry_add(const struct slot_table *table, const uint64_t key[2], int64_t now_ns, bool *evicted)
{
	uint32_t slot, bucket;
	struct table_link *link;
	void *entry;

	if (!keep_house(table, now_ns))
		return NULL;
	slot = take_slot(table, now_ns, evicted);
	entry = slot == 0 ? NULL : entry_reset(table, slot, key);
	if (entry == NULL)
		return NULL;
	bucket = bucket_of(hash_of(table, key), head_of(table)->buckets);
	link = link_change(table, slot);
	link->next = first_of(table, bucket);
	return link_to(table, bucket, 0, slot) ? entry : NULL;
}

void *slot_table_change(struct slot_table *table, const uint64_t key[2], int64_t now_ns, bool *made, bool *evicted)
{
	struct search found = { 0 };

	*made = *evicted = false;
	if (head_of(table)->buckets != 0)
		found = search(table, key, now_ns);
	if (found.found != 0 && entry_at(table, found.found)->expires_ns > now_ns)
		return entry_change(table, found.found);
	*made = true;
	if (found.found != 0)
		return entry_reset(table, found.found, key);
	if (found.expired != 0)                 /* the same bucket: nothing is to be linked */
		return entry_reset(table, found.expired, key);
	if (found.length < CHAIN_MAX)
		return entry_add(table, key, now_ns, evicted);
	*evicted = true;
	return entry_reset(table, found.soonest, key);
}

bool slot_table_remove(struct slot_table *table, const uint64_t key[2])
{
	uint32_t slot;

	if (head_of(table)->buckets == 0)
		return true;
	slot = search(table, key, 0).found;
	return slot == 0 || release_entry(table, slot);
}
