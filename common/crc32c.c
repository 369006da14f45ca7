#include "common/crc32c.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { CRC_TABLES = 8 };
#define CRC_POLYNOMIAL 0x82f63b78u

static uint32_t crc_tables[CRC_TABLES][256];

/* Slicing by 8: eight bytes a step without the instruction. */
__attribute__((constructor)) static void make_tables(void)
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
__attribute__((target("sse4.2"))) static uint32_t crc_hardware(uint32_t crc, const unsigned char *bytes, size_t length)
{
	uint64_t wide = crc;

	for (; length >= 8; bytes += 8, length -= 8) {
		uint64_t word;

		memcpy(&word, bytes, sizeof(word));
		wide = _mm_crc32_u64(wide, word);
	}
	crc = (uint32_t)wide;
	for (; length > 0; bytes++, length--)
		crc = _mm_crc32_u8(crc, *bytes);
	return crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *bytes, size_t length)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_hardware(~crc, bytes, length);
#endif
	return ~crc_portable(~crc, bytes, length);
}
