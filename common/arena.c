#include "common/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 16 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;                  /* of bytes[] */
	size_t used;
	alignas(ARENA_ALIGN) char bytes[];
};

void arena_init(struct arena *arena, size_t cap)
{
	*arena = (struct arena){ .cap = cap };
}

static void free_blocks(struct arena *arena, struct arena_block *until)
{
	while (arena->blocks != until) {
		struct arena_block *block = arena->blocks;

		arena->blocks = block->next;
		arena->total -= block->size;
		free(block);
	}
}

void arena_fini(struct arena *arena)
{
	if (arena != NULL)
		free_blocks(arena, NULL);
}

/* The newest block is the largest: keeping it lets a steady load settle on no allocation at all. */
void arena_reset(struct arena *arena)
{
	struct arena_block *newest = arena->blocks;

	if (newest == NULL)
		return;
	arena->blocks = newest->next;
	free_blocks(arena, NULL);
	newest->next = NULL;
	newest->used = 0;
	arena->blocks = newest;
	arena->total = newest->size;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
	size_t wanted = arena->blocks ? arena->blocks->size * 2 : ARENA_BLOCK;
	struct arena_block *block;

	if (size > arena->cap - arena->total)
		return NULL;
	if (wanted < size)
		wanted = size;
	if (wanted > arena->cap - arena->total)
		wanted = arena->cap - arena->total;
	block = malloc(sizeof(*block) + wanted);
	if (block == NULL)
		return NULL;
	*block = (struct arena_block){ .next = arena->blocks, .size = wanted };
	arena->blocks = block;
	arena->total += wanted;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	void *memory;

	if (size > SIZE_MAX - ARENA_ALIGN)
		return NULL;
	size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (block == NULL || size > block->size - block->used)
		block = add_block(arena, size);
	if (block == NULL)
		return NULL;
	memory = block->bytes + block->used;
	block->used += size;
	return memory;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
	void *memory;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	memory = arena_alloc(arena, count * size);
	if (memory != NULL)
		memset(memory, 0, count * size);
	return memory;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}
