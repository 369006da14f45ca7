#include "common/crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { CRC_TABLES = 8 };
#define CRC_POLYNOMIAL 0x82f63b78u

static uint32_t crc_tables[CRC_TABLES][256];

/* Slicing by 8: eight bytes a step without the instruction. */
static void make_tables(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
		crc_tables[0][i] = crc;
	}
	for (unsigned i = 0; i < 256; i++) {
		for (unsigned table = 1; table < CRC_TABLES; table++)
			crc_tables[table][i] = crc_tables[table - 1][i] >> 8 ^ crc_tables[0][crc_tables[table - 1][i] & 0xff];
	}
}

static uint32_t crc_portable(uint32_t crc, const unsigned char *bytes, size_t length)
{
	for (; length >= 8; bytes += 8, length -= 8) {
		uint64_t word;

		memcpy(&word, bytes, sizeof(word));
		word ^= crc;
		crc = 0;
		for (unsigned i = 0; i < CRC_TABLES; i++)
			crc ^= crc_tables[CRC_TABLES - 1 - i][word >> 8 * i & 0xff];
	}
	for (; length > 0; bytes++, length--)
		crc = crc >> 8 ^ crc_tables[0][(crc ^ *bytes) & 0xff];
	return crc;
}

#if defined(__x86_64__)
/* The instruction takes three cycles and one can begin in each: three blocks side by side go three times as fast. Their
 * sums become one by shifting: the sum so far, moved over a block of zeros, XOR that of the next block. The shift is
 * linear, so that a table for each of the sum's bytes does it. */
enum { BLOCK = 256, BLOCK_WORDS = BLOCK / 8 };

static uint32_t shift_tables[4][256];

static void make_shifts(void)
{
	static const unsigned char zeros[BLOCK];

	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t *table = shift_tables[bit / 8], one = 1u << bit % 8;
		uint32_t shifted = crc_portable(1u << bit, zeros, BLOCK);

		for (unsigned below = 0; below < one; below++)
			table[one + below] = table[below] ^ shifted;
	}
}

static uint32_t shift_block(uint32_t crc)
{
	return shift_tables[0][crc & 0xff] ^ shift_tables[1][crc >> 8 & 0xff] ^ shift_tables[2][crc >> 16 & 0xff] ^
		shift_tables[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint64_t crc_word(uint64_t crc, const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return _mm_crc32_u64(crc, word);
}

__attribute__((target("sse4.2"))) static uint32_t crc_three_blocks(uint32_t crc, const unsigned char *bytes)
{
	uint64_t first = crc, second = 0, third = 0;

	for (unsigned i = 0; i < BLOCK_WORDS; i++, bytes += 8) {
		first = crc_word(first, bytes);
		second = crc_word(second, bytes + BLOCK);
		third = crc_word(third, bytes + 2 * BLOCK);
	}
	return shift_block(shift_block((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"))) static uint32_t crc_hardware(uint32_t crc, const unsigned char *bytes, size_t length)
{
	uint64_t wide;

	for (; length >= 3 * BLOCK; bytes += 3 * BLOCK, length -= 3 * BLOCK)
		crc = crc_three_blocks(crc, bytes);
	for (wide = crc; length >= 8; bytes += 8, length -= 8)
		wide = crc_word(wide, bytes);
	crc = (uint32_t)wide;
	for (; length > 0; bytes++, length--)
		crc = _mm_crc32_u8(crc, *bytes);
	return crc;
}
#endif

__attribute__((constructor)) static void make_all_tables(void)
{
	make_tables();
#if defined(__x86_64__)
	make_shifts();
#endif
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_hardware(~crc, bytes, length);
#endif
	return ~crc_portable(~crc, bytes, length);
}

uint32_t crc32c_around(const void *bytes, size_t length, size_t at)
{
	static const unsigned char zero[sizeof(uint32_t)];
	const unsigned char *from = bytes;
	uint32_t crc = crc32c(crc32c(0, from, at), zero, sizeof(zero));

	return crc32c(crc, from + at + sizeof(zero), length - at - sizeof(zero));
}
