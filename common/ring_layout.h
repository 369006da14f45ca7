/* What the ring's memory looks like; for ring_*.c and their tests only.
 *
 *   page 0           struct ring_header
 *   RING_DATA …      `size` bytes of batches; a batch lies at offset % size and never wraps
 *
 * A batch: struct ring_head, payload, and in its last word the sequence behind it, so that the end of what is published
 * can be read from `head` alone. Its length is a multiple of RING_ALIGN, so that any rest at the end of the memory has
 * room for a pad. A flows batch's payload: columns, records, text. All of it is read and written as relaxed atomic
 * words: a reader that is overtaken reads garbage, never undefined behaviour. */
#ifndef SLUICE_COMMON_RING_LAYOUT_H
#define SLUICE_COMMON_RING_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>

#include "common/ring.h"

#define RING_MAGIC 0x31474e4952434c53ull          /* "SLCRING1" in memory */
#define RING_SIZE_MIN ((uint64_t)64 << 10)
#define RING_SIZE_MAX ((uint64_t)4 << 30)
/* Another build's idea of a flow is not ours: part of the header, checked on open. */
#define RING_FORMAT ((uint64_t)1 << 48 | (uint64_t)sizeof(struct flow) << 24 | sizeof(struct flow_column))

enum { RING_DATA = 4096, RING_ALIGN = 64, RING_WORD = 8 };

struct ring_header {
	uint64_t magic, format, size, epoch;           /* fixed before anybody else sees the memory */
	alignas(64) _Atomic uint64_t oldest;           /* first byte that still counts; always a batch's start */
	alignas(64) _Atomic uint64_t head;             /* first byte that is not published */
	_Atomic uint64_t closed;
	alignas(64) struct ring_counters counters;
};
_Static_assert(sizeof(struct ring_header) <= RING_DATA, "the header is one page");

struct ring_head {
	uint64_t offset;              /* where it stands: a stale or foreign position does not find a batch by chance */
	uint64_t first_sequence;
	uint32_t kind, bytes;         /* bytes: head, payload and the sequence behind it */
	uint32_t count, text_length;
	int64_t wall_ms, boottime_ns;
};
_Static_assert(sizeof(struct ring_head) + RING_WORD <= RING_ALIGN, "a pad fits into the smallest rest");
_Static_assert(sizeof(struct ring_head) % RING_WORD == 0 && sizeof(struct flow_column) % RING_WORD == 0 &&
	sizeof(struct flow) % RING_WORD == 0 && sizeof(struct ring_gap) % RING_WORD == 0 &&
	sizeof(struct ring_drops) % RING_WORD == 0, "everything in the ring is whole words");

typedef _Atomic uint64_t ring_word;

/* One process's view of the memory. */
struct ring_map {
	struct ring_header *header;   /* read-only in a reader */
	ring_word *words;             /* the data */
	uint64_t size, mask;          /* bytes; size is a power of two */
};

/* Maps and checks size, seals and format. ERR_CORRUPT: not a ring of ours. */
int ring_map_open(struct ring_map *map, int fd, int protection, struct err *err);
void ring_map_close(struct ring_map *map);

static inline ring_word *ring_at(const struct ring_map *map, uint64_t offset)
{
	return map->words + (offset & map->mask) / RING_WORD;
}

/* Bytes of a batch with `payload` bytes between its head and its last word. */
static inline uint64_t ring_batch_size(uint64_t payload)
{
	return (sizeof(struct ring_head) + payload + RING_WORD + RING_ALIGN - 1) & ~(uint64_t)(RING_ALIGN - 1);
}

/* Whole words to and from the ring. */
void ring_load(const ring_word *from, void *to, size_t words);
void ring_store(ring_word *to, const void *from, size_t words);
/* `length` bytes from `skip` bytes behind `from` on, any alignment on both sides. */
void ring_load_bytes(const ring_word *from, size_t skip, char *to, size_t length);
/* `length` bytes; the rest of the last word becomes 0. */
void ring_store_bytes(ring_word *to, const char *from, size_t length);

/* The two fences of the protocol. gcc warns that TSan does not see fences (-Wtsan); nothing here needs it to: all that
 * is shared is atomic, so there is no race that a fence would have to explain away. */
#if defined(__SANITIZE_THREAD__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#define RING_DIAGNOSTIC_PUSHED
#endif
static inline void ring_fence_release(void)
{
	atomic_thread_fence(memory_order_release);
}

static inline void ring_fence_acquire(void)
{
	atomic_thread_fence(memory_order_acquire);
}
#ifdef RING_DIAGNOSTIC_PUSHED
#pragma GCC diagnostic pop
#undef RING_DIAGNOSTIC_PUSHED
#endif

struct ring_reader {
	struct ring_map map;
	uint64_t epoch;
};

static inline uint64_t ring_oldest(const struct ring_reader *reader)
{
	return atomic_load_explicit(&reader->map.header->oldest, memory_order_relaxed);
}

/* Whether everything that was loaded so far from the batch at offset is what was published there. */
static inline bool ring_stands(const struct ring_reader *reader, uint64_t offset)
{
	ring_fence_acquire();
	return ring_oldest(reader) <= offset;
}

/* After a part of a batch was copied: ERR_LAPPED explains whatever is wrong with it, ERR_CORRUPT is left. */
int ring_judge(const struct ring_reader *reader, const struct ring_batch *batch, bool valid, struct err *err);

#endif
