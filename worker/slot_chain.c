#include "worker/slot_chain.h"

/* Where the first entry of a bucket is named. */
static uint32_t *first_change(const struct slot_table *table, uint32_t bucket)
{
	uint32_t *firsts = state_change(table->state, table->index, bucket / SLOT_BUCKETS);

	return firsts == NULL ? NULL : &firsts[bucket % SLOT_BUCKETS];
}

bool slot_link_to(const struct slot_table *table, uint32_t bucket, uint32_t before, uint32_t to)
{
	uint32_t *first;
	struct table_link *link;

	if (before == 0) {
		first = first_change(table, bucket);
		if (first != NULL)
			*first = to;
		return first != NULL;
	}
	link = slot_link_change(table, before);
	if (link != NULL)
		link->next = to;
	return link != NULL;
}

bool slot_unlink(const struct slot_table *table, uint32_t slot)
{
	uint32_t bucket = slot_bucket(slot_hash(table, slot_entry_at(table, slot)->key), slot_head(table)->buckets);
	uint32_t before = 0, at = slot_first(table, bucket), length = 0;

	for (; at != slot && at != 0 && length < SLOT_CHAIN_MAX; at = slot_next(table, at), length++)
		before = at;
	return at != slot || slot_link_to(table, bucket, before, slot_next(table, slot));
}

bool slot_release(const struct slot_table *table, uint32_t slot)
{
	struct table_head *head = slot_head_change(table);
	struct slot_entry *entry = slot_entry_change(table, slot);

	if (head == NULL || entry == NULL || !slot_unlink(table, slot))
		return false;
	entry->key[0] = entry->key[1] = 0;
	slot_link_change(table, slot)->next = head->free;
	head->free = slot;
	head->count--;
	return true;
}

bool slot_grow(const struct slot_table *table, struct table_head *head)
{
	uint32_t added = head->buckets, half = 1u << (31 - (unsigned)__builtin_clz(added));
	uint32_t buckets[2] = { added - half, added }, last[2] = { 0 };
	uint32_t slot = slot_first(table, buckets[0]), follows[2] = { slot, 0 };

	for (uint32_t length = 0; slot != 0 && length < SLOT_CHAIN_MAX; length++) {
		uint32_t next = slot_next(table, slot);
		unsigned side = slot_bucket(slot_hash(table, slot_entry_at(table, slot)->key), added + 1) == added;

		if (follows[side] != slot && !slot_link_to(table, buckets[side], last[side], slot))
			return false;
		last[side] = slot;
		follows[side] = next;
		slot = next;
	}
	for (unsigned side = 0; side < 2; side++)
		if (follows[side] != 0 && !slot_link_to(table, buckets[side], last[side], 0))
			return false;
	head->buckets++;
	return true;
}
