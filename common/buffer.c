#include "common/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/err.h"

enum { BUFFER_FIRST_SIZE = 256 };

void buffer_init(struct buffer *buffer, size_t cap)
{
	*buffer = (struct buffer){ .cap = cap };
}

void buffer_fini(struct buffer *buffer)
{
	if (buffer == NULL)
		return;
	free(buffer->bytes);
	buffer_init(buffer, buffer->cap);
}

void buffer_cleanse(struct buffer *buffer)
{
	if (buffer->bytes != NULL)
		explicit_bzero(buffer->bytes, buffer->size);
	buffer_fini(buffer);
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : BUFFER_FIRST_SIZE;
	char *bytes;

	if (more <= buffer->size - buffer->length)
		return 0;
	if (more > buffer->cap || buffer->length > buffer->cap - more)
		return ERR_LIMIT;
	while (size < buffer->length + more)
		size *= 2;
	if (size > buffer->cap)
		size = buffer->cap;
	bytes = realloc(buffer->bytes, size);
	if (bytes == NULL)
		return ERR_NO_MEMORY;
	buffer->bytes = bytes;
	buffer->size = size;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	int error = buffer_reserve(buffer, length);

	if (error == 0 && length > 0)
		buffer_put(buffer, bytes, length);
	return error;
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list args;
	int length;
	int error;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return ERR_INVALID;
	error = buffer_reserve(buffer, (size_t)length + 1);
	if (error != 0)
		return error;
	va_start(args, format);
	vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, args);
	va_end(args);
	buffer->length += (size_t)length;
	return 0;
}

void buffer_consume(struct buffer *buffer, size_t length)
{
	if (length == 0)
		return;
	memmove(buffer->bytes, buffer->bytes + length, buffer->length - length);
	buffer->length -= length;
}
