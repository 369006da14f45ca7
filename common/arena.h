/* An arena: memory given out piece by piece and taken back all at once. One per batch, one per configuration. */
#ifndef SLUICE_COMMON_ARENA_H
#define SLUICE_COMMON_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;   /* newest first; owned */
	size_t total;                 /* bytes of all blocks */
	size_t cap;                   /* mandatory bound of total */
};

void arena_init(struct arena *arena, size_t cap);
void arena_fini(struct arena *arena);
/* Everything given out becomes invalid; one block is kept for the next use. */
void arena_reset(struct arena *arena);
/* Uninitialised memory aligned to 16 bytes, valid until reset or fini. NULL over the cap or without memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same, zeroed, for `count` elements; overflow gives NULL. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);
/* A copy of `length` bytes with a NUL behind them. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_strdup(struct arena *arena, const char *text);

#endif
