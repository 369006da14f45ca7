/* CRC-32C (Castagnoli), hardware instruction where there is one. */
#ifndef SLUICE_COMMON_CRC32C_H
#define SLUICE_COMMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to begin) over bytes: crc32c(crc32c(0, a), b) == crc32c(0, ab). */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t length);
/* Of all bytes, the four at `at` taken as zeros: there stands the CRC itself. */
uint32_t crc32c_around(const void *bytes, size_t length, size_t at);

#endif
