/* Copies between the ring and private memory: relaxed atomic words only, unrolled, since the compiler may neither merge
 * nor vectorise them. */
#include "common/ring_layout.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "unaligned copies join words from their low ends");

enum { UNROLL = 8 };

static inline uint64_t load(const ring_word *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

static inline void store(ring_word *to, const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	atomic_store_explicit(to, word, memory_order_relaxed);
}

static inline void put(char *to, uint64_t word)
{
	memcpy(to, &word, sizeof(word));
}

void ring_load(const ring_word *from, void *to, size_t words)
{
	char *next = to;

	for (; words >= UNROLL; words -= UNROLL, from += UNROLL, next += UNROLL * RING_WORD)
		for (unsigned i = 0; i < UNROLL; i++)
			put(next + i * RING_WORD, load(from + i));
	for (; words > 0; words--, from++, next += RING_WORD)
		put(next, load(from));
}

void ring_store(ring_word *to, const void *from, size_t words)
{
	const char *next = from;

	for (; words >= UNROLL; words -= UNROLL, to += UNROLL, next += UNROLL * RING_WORD)
		for (unsigned i = 0; i < UNROLL; i++)
			store(to + i, next + i * RING_WORD);
	for (; words > 0; words--, to++, next += RING_WORD)
		store(to, next);
}

/* Words that straddle two of the ring's: each is put together from both. shift: bits, 8 to 56. */
static void load_shifted(const ring_word *from, unsigned shift, char *to, size_t words)
{
	uint64_t low = load(from);

	for (; words >= UNROLL; words -= UNROLL, from += UNROLL, to += UNROLL * RING_WORD)
		for (unsigned i = 0; i < UNROLL; i++) {
			uint64_t high = load(from + i + 1);

			put(to + i * RING_WORD, low >> shift | high << (64 - shift));
			low = high;
		}
	for (; words > 0; words--, from++, to += RING_WORD) {
		uint64_t high = load(from + 1);

		put(to, low >> shift | high << (64 - shift));
		low = high;
	}
}

void ring_load_bytes(const ring_word *from, size_t skip, char *to, size_t length)
{
	unsigned shift = skip % RING_WORD * 8;
	size_t whole = length / RING_WORD;
	uint64_t tail[2] = { 0 };

	from += skip / RING_WORD;
	if (whole > 0 && shift == 0)
		ring_load(from, to, whole);
	else if (whole > 0)
		load_shifted(from, shift, to, whole);
	length %= RING_WORD;
	if (length == 0)
		return;
	tail[0] = load(from + whole);
	if (shift / 8 + length > RING_WORD)     /* never a word that holds none of the bytes */
		tail[1] = load(from + whole + 1);
	memcpy(to + whole * RING_WORD, (char *)tail + shift / 8, length);
}

void ring_store_bytes(ring_word *to, const char *from, size_t length)
{
	size_t whole = length / RING_WORD;
	char tail[RING_WORD] = { 0 };

	ring_store(to, from, whole);
	if (length % RING_WORD == 0)
		return;
	memcpy(tail, from + whole * RING_WORD, length % RING_WORD);
	store(to + whole, tail);
}
