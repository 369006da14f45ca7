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

#include "worker/slot_chain.h"

enum {
	MOST_ENTRIES = 1 << 30,
	FIRST_BUCKETS = 16,
	RECLAIM = 2,                  /* entries looked at for each new one */
	GROWTH = 3,                   /* buckets added at most for each new entry; two for each entry are wanted */
	PROBES = 16,                  /* entries of which the first to expire gives way when the table is full */
	CACHE_LINE = 64,
	HOUSEKEEPING_ROOM = STATE_UNDO_ENTRIES / 4 * 3,
};

int slot_table_new(struct slot_table **table, struct state *state, const char *name, size_t entry_size,
	uint32_t capacity, struct err *err)
{
	size_t slot_size = (entry_size + 7) / 8 * 8 + sizeof(struct table_link);
	struct slot_table *made;
	char index_name[64];

	if (entry_size < sizeof(struct slot_entry) || capacity == 0 || capacity > MOST_ENTRIES)
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
		SLOT_BUCKETS * sizeof(uint32_t), (2 * capacity + FIRST_BUCKETS) / SLOT_BUCKETS + 1, err);
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
	uint32_t slot = slot_first(table, slot_bucket(slot_hash(table, key), slot_head(table)->buckets));

	for (; slot != 0 && search.length < SLOT_CHAIN_MAX; slot = slot_next(table, slot), search.length++) {
		const struct slot_entry *entry = slot_entry_at(table, slot);

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
	const struct table_head *head = slot_head(table);
	uint32_t slot, length = 0;

	if (head->buckets == 0)
		return NULL;
	slot = slot_first(table, slot_bucket(slot_hash(table, key), head->buckets));
	for (; slot != 0 && length < SLOT_CHAIN_MAX; slot = slot_next(table, slot), length++) {
		const struct slot_entry *entry = slot_entry_at(table, slot);

		if (key_is(entry, key))
			return entry->expires_ns > now_ns ? entry : NULL;
	}
	return NULL;
}

uint32_t slot_table_count(const struct slot_table *table)
{
	return slot_head(table)->count;
}

uint32_t slot_table_used(const struct slot_table *table)
{
	return slot_head(table)->used;
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

const void *slot_table_at(const struct slot_table *table, uint32_t slot, int64_t now_ns)
{
	const struct slot_entry *entry = slot_entry_at(table, slot);

	return entry_in_use(entry) && entry->expires_ns > now_ns ? entry : NULL;
}

static bool reclaim(const struct slot_table *table, struct table_head *head, int64_t now_ns)
{
	for (unsigned i = 0; i < RECLAIM && head->used > 0; i++) {
		uint32_t slot = cursor_next(head);
		const struct slot_entry *entry = slot_entry_at(table, slot);

		if (entry_in_use(entry) && entry->expires_ns <= now_ns && !slot_release(table, slot))
			return false;
	}
	return true;
}

/* A little of what is due with each new entry, so that no operation has much of it to do. */
static bool keep_house(const struct slot_table *table, int64_t now_ns)
{
	struct table_head *head = slot_head_change(table);

	if (head == NULL)
		return false;
	if (head->buckets == 0)
		head->buckets = FIRST_BUCKETS;
	if (state_undo_room(table->state) <= HOUSEKEEPING_ROOM)
		return true;
	if (!reclaim(table, head, now_ns))
		return false;
	for (unsigned i = 0; i < GROWTH && 2 * head->count >= head->buckets && head->buckets < 2 * table->capacity; i++)
		if (!slot_grow(table, head))
			return false;
	return true;
}

/* Slots in an order that spreads over all that are in use, so that neighbours in age are not probed together. */
static uint32_t probe_next(struct table_head *head)
{
	return 1 + (uint32_t)((uint64_t)(++head->probes * 0x9e3779b1u) * head->used >> 32);
}

/* Of a few entries the one that expires first; the table is full, so each slot has one. */
static uint32_t soonest_of(const struct slot_table *table, struct table_head *head)
{
	uint32_t soonest = probe_next(head);

	for (unsigned i = 1; i < PROBES; i++) {
		uint32_t slot = probe_next(head);

		if (slot_entry_at(table, slot)->expires_ns < slot_entry_at(table, soonest)->expires_ns)
			soonest = slot;
	}
	return soonest;
}

/* A slot that is in no bucket and no list; 0: the undo log is full. */
static uint32_t take_slot(const struct slot_table *table, int64_t now_ns, bool *evicted)
{
	struct table_head *head = slot_head_change(table);
	uint32_t slot;

	if (head == NULL)
		return 0;
	if (head->free != 0) {
		slot = head->free;
		head->free = slot_next(table, slot);
	} else if (head->used < table->capacity) {
		slot = ++head->used;
	} else {
		slot = soonest_of(table, head);
		*evicted = slot_entry_at(table, slot)->expires_ns > now_ns;
		return slot_unlink(table, slot) ? slot : 0;
	}
	head->count++;
	return slot;
}

/* Makes the slot an empty entry of key; its link stays. */
static void *entry_reset(const struct slot_table *table, uint32_t slot, const uint64_t key[2])
{
	struct slot_entry *entry = slot_entry_change(table, slot);

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
	bucket = slot_bucket(slot_hash(table, key), slot_head(table)->buckets);
	link = slot_link_change(table, slot);
	link->next = slot_first(table, bucket);
	return slot_link_to(table, bucket, 0, slot) ? entry : NULL;
}

void *slot_table_change(struct slot_table *table, const uint64_t key[2], int64_t now_ns, bool *made, bool *evicted)
{
	struct search found = { 0 };

	*made = *evicted = false;
	if (slot_head(table)->buckets != 0)
		found = search(table, key, now_ns);
	if (found.found != 0 && slot_entry_at(table, found.found)->expires_ns > now_ns)
		return slot_entry_change(table, found.found);
	*made = true;
	if (found.found != 0)
		return entry_reset(table, found.found, key);
	if (found.expired != 0)                 /* the same bucket: nothing is to be linked */
		return entry_reset(table, found.expired, key);
	if (found.length < SLOT_CHAIN_MAX)
		return entry_add(table, key, now_ns, evicted);
	*evicted = true;
	return entry_reset(table, found.soonest, key);
}

void *slot_table_write(struct slot_table *table, const void *entry)
{
	return slot_entry_change(table, slot_of(table, entry));
}

void slot_table_fetch_index(const struct slot_table *table, const uint64_t key[2])
{
	const uint32_t *firsts = state_slots(table->state, table->index);
	uint32_t buckets = slot_head(table)->buckets;

	if (buckets != 0)
		__builtin_prefetch(&firsts[slot_bucket(slot_hash(table, key), buckets)]);
}

void slot_table_fetch_entry(const struct slot_table *table, const uint64_t key[2])
{
	uint32_t buckets = slot_head(table)->buckets;
	uint32_t slot = buckets == 0 ? 0 : slot_first(table, slot_bucket(slot_hash(table, key), buckets));
	const char *entry = (const char *)slot_entry_at(table, slot);

	for (uint32_t at = 0; slot != 0 && at < table->slot_size; at += CACHE_LINE)
		__builtin_prefetch(entry + at);
}

bool slot_table_has_room(const struct slot_table *table, const uint64_t key[2])
{
	const struct table_head *head = slot_head(table);

	if (head->count == table->capacity)
		return false;
	return head->buckets == 0 || search(table, key, INT64_MIN).length < SLOT_CHAIN_MAX;
}

bool slot_table_remove(struct slot_table *table, const uint64_t key[2])
{
	uint32_t slot;

	if (slot_head(table)->buckets == 0)
		return true;
	slot = search(table, key, 0).found;
	return slot == 0 || slot_release(table, slot);
}
