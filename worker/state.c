#include "worker/state_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/crc32c.h"

/* ---- layout ---- */

int state_new(struct state **state, int fd, struct err *err)
{
	struct state *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the stages' memory");
	made->fd = fd;
	made->stamp = 1;
	made->changed = calloc(STATE_CHANGED_SIZE, sizeof(*made->changed));
	if (made->changed == NULL) {
		free(made);
		return err_set(err, ERR_NO_MEMORY, "no memory for the stages' memory");
	}
	*state = made;
	return 0;
}

void state_free(struct state **state)
{
	if (*state == NULL)
		return;
	if ((*state)->map != NULL)
		munmap((*state)->map, (*state)->total);
	free((*state)->changed);
	free(*state);
	*state = NULL;
}

int state_claim(struct state *state, const char *name, size_t slot_size, uint32_t slots, struct err *err)
{
	struct state_region *region = &state->regions[state->region_count];

	if (state->map != NULL)
		return err_set(err, ERR_INVALID, "region %s is claimed after the stages' memory was opened", name);
	if (state->region_count == STATE_REGIONS)
		return err_set(err, ERR_LIMIT, "no room for region %s in the stages' memory", name);
	if (slot_size == 0 || slot_size % 8 != 0 || slot_size > STATE_SLOT_MAX || slots == 0 || strlen(name) >= STATE_NAME)
		return err_set(err, ERR_INVALID, "region %s cannot have %" PRIu32 " slots of %zu bytes", name, slots, slot_size);
	memcpy(region->name, name, strlen(name));
	region->slot_size = (uint32_t)slot_size;
	region->slots = slots;
	if (region->slot_size > state->largest_slot)
		state->largest_slot = region->slot_size;
	return state->region_count++;
}

uint32_t state_layout(const struct state *state)
{
	uint32_t crc = 0;

	for (int i = 0; i < state->region_count; i++) {
		const struct state_region *region = &state->regions[i];

		crc = crc32c(crc, region->name, sizeof(region->name));
		crc = crc32c(crc, &region->slot_size, sizeof(region->slot_size));
		crc = crc32c(crc, &region->slots, sizeof(region->slots));
	}
	return crc;
}

static char *slot_at(const struct state *state, uint32_t region, uint32_t slot)
{
	const struct state_region *of = &state->regions[region];

	return state->map + of->offset + (uint64_t)slot * of->slot_size;
}

const void *state_slots(const struct state *state, int region)
{
	return state->map + state->regions[region].offset;
}

uint64_t state_generation(const struct state *state)
{
	return state_header(state)->generation;
}

/* ---- undo ---- */

static void forget_changes(struct state *state)
{
	const uint32_t stamps = 1u << 24;

	state->undo_entries = 0;
	if (++state->stamp < stamps)
		return;
	memset(state->changed, 0, STATE_CHANGED_SIZE * sizeof(*state->changed));
	state->stamp = 1;
}

void state_begin(struct state *state, uint64_t commit_number)
{
	struct state_header *header = state_header(state);

	header->undo_bytes = 0;
	state_kill_barrier();
	header->mark = commit_number;
	state_kill_barrier();
	forget_changes(state);
}

/* The entry at `offset` of the log, and where the next one begins; NULL when there cannot be one. */
static const struct undo_entry *undo_at(const struct state *state, uint64_t offset, uint64_t *next)
{
	const struct undo_entry *entry = (const void *)(state->map + STATE_PAGE + offset);
	uint64_t end = state_header(state)->undo_bytes;

	if (offset + sizeof(*entry) > end || entry->region >= (uint32_t)state->region_count ||
		entry->slot >= state->regions[entry->region].slots)
		return NULL;
	*next = offset + sizeof(*entry) + state->regions[entry->region].slot_size;
	return *next <= end ? entry : NULL;
}

bool state_undo_valid(const struct state *state)
{
	uint64_t end = state_header(state)->undo_bytes, offset = 0;

	if (end > state_undo_size(state))
		return false;
	while (offset < end)
		if (undo_at(state, offset, &offset) == NULL)
			return false;
	return true;
}

void state_roll_back(struct state *state)
{
	struct state_header *header = state_header(state);
	uint64_t offset = 0;

	while (offset < header->undo_bytes) {
		const struct undo_entry *entry = undo_at(state, offset, &offset);

		memcpy(slot_at(state, entry->region, entry->slot), entry + 1, state->regions[entry->region].slot_size);
	}
	state_kill_barrier();
	header->undo_bytes = 0;
	state_kill_barrier();
}

void state_undo(struct state *state)
{
	state_roll_back(state);
	forget_changes(state);
}

uint32_t state_undo_room(const struct state *state)
{
	return STATE_UNDO_ENTRIES - state->undo_entries;
}

/* Where the slot's mark stands or belongs. At most half full, so the search ends. */
static uint64_t *changed_at(const struct state *state, uint64_t mark)
{
	uint32_t at = (uint32_t)(mark * 0x9e3779b97f4a7c15ull >> 40);

	for (;; at++) {
		uint64_t *found = &state->changed[at % STATE_CHANGED_SIZE];

		if (*found == mark || *found >> 40 != state->stamp)
			return found;
	}
}

static void save_slot(struct state *state, uint32_t region, uint32_t slot, const char *bytes)
{
	struct state_header *header = state_header(state);
	struct undo_entry *entry = (void *)(state->map + STATE_PAGE + header->undo_bytes);
	uint32_t size = state->regions[region].slot_size;

	*entry = (struct undo_entry) { .region = region, .slot = slot };
	memcpy(entry + 1, bytes, size);
	state_kill_barrier();
	header->undo_bytes += sizeof(*entry) + size;
	state_kill_barrier();
	state->undo_entries++;
}

void *state_change(struct state *state, int region, uint32_t slot)
{
	uint64_t mark = (uint64_t)state->stamp << 40 | (uint64_t)(unsigned)region << 32 | slot;
	uint64_t *changed;
	char *bytes;

	if ((unsigned)region >= (unsigned)state->region_count || slot >= state->regions[region].slots)
		return NULL;
	bytes = slot_at(state, (uint32_t)region, slot);
	changed = changed_at(state, mark);
	if (*changed == mark)
		return bytes;
	if (state->undo_entries == STATE_UNDO_ENTRIES)
		return NULL;
	*changed = mark;
	save_slot(state, (uint32_t)region, slot, bytes);
	return bytes;
}
