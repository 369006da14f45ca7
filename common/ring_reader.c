/* The ring's readers. They share nothing with the writer but the memory, which they cannot write: what was read counts
 * if afterwards, behind an acquire fence, `oldest` has not passed it. Until then all of it may be garbage, and a ring of
 * a faulty writer may be garbage for good: everything is checked before it is used. */
#include "common/ring_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A valid ring moves between two looks; one that is overwritten again and again between them is given up on. */
enum { TRIES = 64 };

int ring_reader_open(struct ring_reader **reader, int fd, struct err *err)
{
	struct ring_reader *made = calloc(1, sizeof(*made));
	int result;

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a ring reader");
	result = ring_map_open(&made->map, fd, PROT_READ, err);
	if (result != 0) {
		free(made);
		return result;
	}
	made->epoch = made->map.header->epoch;
	*reader = made;
	return 0;
}

void ring_reader_close(struct ring_reader **reader)
{
	if (*reader == NULL)
		return;
	ring_map_close(&(*reader)->map);
	free(*reader);
	*reader = NULL;
}

uint64_t ring_epoch(const struct ring_reader *reader)
{
	return reader->epoch;
}

bool ring_closed(const struct ring_reader *reader)
{
	return atomic_load_explicit(&reader->map.header->closed, memory_order_acquire) != 0;
}

static uint64_t head_offset(const struct ring_reader *reader)
{
	return atomic_load_explicit(&reader->map.header->head, memory_order_acquire);
}

bool ring_still_there(const struct ring_reader *reader, const struct ring_batch *batch)
{
	return ring_stands(reader, batch->offset);
}

void ring_head(const struct ring_reader *reader, struct ring_position *position)
{
	*position = (struct ring_position) { .epoch = reader->epoch };
	for (unsigned i = 0; i < TRIES; i++) {
		position->offset = head_offset(reader);
		if (position->offset < RING_ALIGN)
			return;
		/* The last word of the last batch, which always stands when head is still the same. */
		position->sequence = atomic_load_explicit(ring_at(&reader->map, position->offset - RING_WORD),
			memory_order_relaxed);
		if (ring_stands(reader, position->offset - RING_ALIGN))
			return;
	}
}

size_t ring_size(const struct ring_reader *reader)
{
	return reader->map.size;
}

uint64_t ring_head_sequence(const struct ring_reader *reader)
{
	struct ring_position position;

	ring_head(reader, &position);
	return position.sequence;
}

unsigned ring_lag_permille(const struct ring_reader *reader, const struct ring_position *position)
{
	uint64_t head = head_offset(reader);

	if (position->offset >= head)
		return 0;
	if (head - position->offset >= reader->map.size)
		return 1000;
	return (unsigned)((head - position->offset) * 1000 / reader->map.size);
}

void ring_read_counters(const struct ring_reader *reader, struct ring_counters *counters)
{
	const uint64_t *from = (const uint64_t *)&reader->map.header->counters;
	uint64_t *to = (uint64_t *)counters;

	for (size_t i = 0; i < sizeof(*counters) / sizeof(*to); i++)
		to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
}

/* Length of a batch as its kind and counts demand it; 0: no such kind. Pads have no length of their own. */
static uint64_t expected_bytes(const struct ring_head *head)
{
	switch (head->kind) {
	case RING_FLOWS:
		return ring_flows_size(head->count, head->text_length);
	case RING_GAP:
		return ring_batch_size(sizeof(struct ring_gap));
	case RING_DROPS:
		return ring_batch_size(sizeof(struct ring_drops));
	case RING_PAD:
		return head->bytes;
	default:
		return 0;
	}
}

static bool head_valid(const struct ring_map *map, uint64_t offset, const struct ring_head *head)
{
	uint64_t rest = map->size - (offset & map->mask);

	if (head->offset != offset || head->bytes < RING_ALIGN || head->bytes % RING_ALIGN != 0 ||
		head->bytes > map->size / 4 || head->bytes > rest)
		return false;
	if (head->bytes != expected_bytes(head))
		return false;
	if (head->kind == RING_PAD && head->bytes != rest)
		return false;
	return head->kind == RING_FLOWS || (head->count == 0 && head->text_length == 0);
}

/* The checked head of the batch at offset (a multiple of RING_ALIGN). ERR_LAPPED, ERR_CORRUPT. */
static int head_read(const struct ring_reader *reader, uint64_t offset, struct ring_head *head, struct err *err)
{
	ring_load(ring_at(&reader->map, offset), head, sizeof(*head) / RING_WORD);
	if (!ring_stands(reader, offset))
		return err_set(err, ERR_LAPPED, "the batch at offset %" PRIu64 " has been overwritten", offset);
	if (!head_valid(&reader->map, offset, head))
		return err_set(err, ERR_CORRUPT, "what stands at offset %" PRIu64 " of the ring is no batch", offset);
	return 0;
}

static int position_check(const struct ring_reader *reader, const struct ring_position *position, struct err *err)
{
	if (position->epoch != reader->epoch)
		return err_set(err, ERR_INVALID, "the position is of another epoch");
	if (position->offset % RING_ALIGN != 0 || position->offset > head_offset(reader))
		return err_set(err, ERR_CORRUPT, "the position %" PRIu64 " is none of this ring", position->offset);
	return 0;
}

/* The head of the first batch at or behind the position that is no pad, of which there is one at most. ERR_AGAIN. */
static int next_head(const struct ring_reader *reader, uint64_t offset, struct ring_head *head, struct err *err)
{
	uint64_t end = head_offset(reader);
	int result;

	for (unsigned i = 0; i < 2; i++) {
		if (offset >= end)
			return err_set(err, ERR_AGAIN, "nothing is published there yet");
		result = head_read(reader, offset, head, err);
		if (result != 0 || head->kind != RING_PAD)
			return result;
		offset += head->bytes;
	}
	return err_set(err, ERR_CORRUPT, "two pads follow each other at offset %" PRIu64, offset);
}

static void load_note(const struct ring_reader *reader, struct ring_batch *batch)
{
	const ring_word *payload = ring_at(&reader->map, batch->offset) + sizeof(struct ring_head) / RING_WORD;

	if (batch->kind == RING_GAP)
		ring_load(payload, &batch->gap, sizeof(batch->gap) / RING_WORD);
	else if (batch->kind == RING_DROPS)
		ring_load(payload, &batch->drops, sizeof(batch->drops) / RING_WORD);
}

int ring_peek(struct ring_reader *reader, const struct ring_position *position, struct ring_batch *batch,
	struct err *err)
{
	struct ring_head head;
	int result = position_check(reader, position, err);

	if (result == 0)
		result = next_head(reader, position->offset, &head, err);
	if (result != 0)
		return result;
	if (position->passed > head.count || head.first_sequence + position->passed != position->sequence)
		return err_set(err, ERR_CORRUPT, "the batch at offset %" PRIu64 " begins with flow %" PRIu64
			", which is not what the position says", head.offset, head.first_sequence);
	*batch = (struct ring_batch) {
		.kind = head.kind, .count = head.count, .offset = head.offset, .next_offset = head.offset + head.bytes,
		.first_sequence = head.first_sequence, .text_length = head.text_length,
		.wall_ms = head.wall_ms, .boottime_ns = head.boottime_ns,
	};
	load_note(reader, batch);
	return ring_judge(reader, batch, true, err);
}

/* Walks from oldest to the first batch a quarter of the ring past it, or to the head. ERR_LAPPED, ERR_CORRUPT. */
static int find_resume(const struct ring_reader *reader, struct ring_position *position, struct err *err)
{
	uint64_t end = head_offset(reader);
	uint64_t offset = ring_oldest(reader);
	uint64_t target = offset + reader->map.size / 4;
	struct ring_head head;

	if (offset % RING_ALIGN != 0 || offset >= end || end - offset > reader->map.size)
		return err_set(err, ERR_LAPPED, "the ring moved on meanwhile");
	while (offset < end) {
		int result = head_read(reader, offset, &head, err);

		if (result != 0)
			return result;
		if (offset >= target) {
			position->offset = offset;
			position->sequence = head.first_sequence;
			return 0;
		}
		offset += head.bytes;
	}
	ring_head(reader, position);
	return 0;
}

int ring_resume(struct ring_reader *reader, struct ring_position *position, uint64_t *lost, struct err *err)
{
	struct ring_position found = { .epoch = reader->epoch };
	int result = position_check(reader, position, err);

	*lost = 0;
	if (result != 0 || ring_stands(reader, position->offset))
		return result;
	result = ERR_LAPPED;
	for (unsigned i = 0; i < TRIES && result == ERR_LAPPED; i++)
		result = find_resume(reader, &found, err);
	if (result == ERR_LAPPED) {     /* outrun each time: nothing is nearer than the head */
		ring_head(reader, &found);
		result = 0;
	}
	if (result != 0)
		return err_prefix(err, "go on after being overtaken");
	if (found.sequence < position->sequence)
		return err_set(err, ERR_CORRUPT, "the ring's sequence went back from %" PRIu64 " to %" PRIu64,
			position->sequence, found.sequence);
	*lost = found.sequence - position->sequence;
	*position = found;
	return 0;
}
