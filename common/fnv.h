/* FNV-1a, 64 bit: a hash that is the same everywhere and for ever, for names in files and shared memory. Not for input
 * that somebody would choose to collide. */
#ifndef SLUICE_COMMON_FNV_H
#define SLUICE_COMMON_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_BASE 0xcbf29ce484222325u

/* Continues hash (FNV_BASE to begin) over bytes. */
static inline uint64_t fnv_hash(uint64_t hash, const void *bytes, size_t length)
{
	for (const unsigned char *next = bytes; length > 0; next++, length--)
		hash = (hash ^ *next) * 0x100000001b3u;
	return hash;
}

#endif
