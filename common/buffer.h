/* A growing byte buffer with a cap that must be given: no input can make it grow without end. */
#ifndef SLUICE_COMMON_BUFFER_H
#define SLUICE_COMMON_BUFFER_H

#include <stddef.h>
#include <string.h>

struct buffer {
	char *bytes;          /* owned; NULL while empty */
	size_t length;        /* bytes in use */
	size_t size;          /* bytes allocated */
	size_t cap;           /* never grows beyond this */
};

/* An empty buffer; allocates nothing. cap in bytes, > 0. */
void buffer_init(struct buffer *buffer, size_t cap);
/* Frees the memory; the buffer is empty afterwards and may be used again. */
void buffer_fini(struct buffer *buffer);
/* As buffer_fini, what was in it overwritten: for what may have held secrets. Growing leaves copies: reserve first. */
void buffer_cleanse(struct buffer *buffer);

/* Makes room for `more` bytes behind length. 0, ERR_LIMIT (over the cap) or ERR_NO_MEMORY; unchanged on error. */
int buffer_reserve(struct buffer *buffer, size_t more);
/* Appends bytes. Errors as buffer_reserve. */
int buffer_append(struct buffer *buffer, const void *bytes, size_t length);
int buffer_append_text(struct buffer *buffer, const char *text);
/* Appends formatted text (printf). Errors as buffer_reserve. */
int buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Removes the first `length` bytes (length <= buffer->length). */
void buffer_consume(struct buffer *buffer, size_t length);

/* Appends without a check: the caller has reserved. For the encoders' hot path. */
static inline void buffer_put(struct buffer *buffer, const void *bytes, size_t length)
{
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
}

#endif
