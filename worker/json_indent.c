#include "worker/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct indenter {
	struct buffer *out;
	char *to, *limit;                     /* in out: the next byte, and where its memory ends */
	size_t depth;
	int error;
};

static bool grow(struct indenter *indenter, size_t more)
{
	struct buffer *out = indenter->out;

	out->length = (size_t)(indenter->to - out->bytes);
	indenter->error = buffer_reserve(out, more);
	if (indenter->error != 0)
		return false;
	indenter->to = out->bytes + out->length;
	indenter->limit = out->bytes + out->size;
	return true;
}

static inline bool has_room(struct indenter *indenter, size_t more)
{
	return (size_t)(indenter->limit - indenter->to) >= more || grow(indenter, more);
}

static inline void new_line(struct indenter *indenter)
{
	if (!has_room(indenter, indenter->depth + 1))
		return;
	*indenter->to++ = '\n';
	/* mostly a few: not worth a call */
	for (size_t i = 0; i < indenter->depth; i++)
		indenter->to[i] = '\t';
	indenter->to += indenter->depth;
}

static inline void put_bytes(struct indenter *indenter, const char *bytes, size_t length)
{
	if (!has_room(indenter, length))
		return;
	memcpy(indenter->to, bytes, length);
	indenter->to += length;
}

/* Sets the highest bit of each byte that equals `byte` (and perhaps of some behind the first). */
static inline uint64_t find_bytes(uint64_t word, unsigned char byte)
{
	uint64_t low = 0x0101010101010101u, other = word ^ low * byte;

	return (other - low) & ~other & low << 7;
}

/* Length of the string that begins at text, quotes included. */
static size_t string_length(const char *text, const char *end)
{
	const char *at = text + 1;

	while (end - at >= 8) {
		uint64_t word;

		memcpy(&word, at, 8);
		if ((find_bytes(word, '"') | find_bytes(word, '\\')) != 0)
			break;
		at += 8;
	}
	while (at < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return (size_t)((at < end ? at + 1 : end) - text);
}

static inline const char *skip_space(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r'))
		text++;
	return text;
}

/* A number, true, false or null: up to white space or punctuation. */
static size_t word_length(const char *text, const char *end)
{
	const char *at = text + 1;

	while (at < end && (unsigned char)*at > ' ' && *at != ',' && *at != '}' && *at != ']' && *at != ':' && *at != '{'
	       && *at != '[' && *at != '"')
		at++;
	return (size_t)(at - text);
}

/* { or [: an empty one stays on its line. Returns the place behind what was taken. */
static const char *open_bracket(struct indenter *indenter, const char *text, const char *end)
{
	const char *behind = skip_space(text + 1, end);

	put_bytes(indenter, text, 1);
	if (behind < end && (*behind == '}' || *behind == ']')) {
		put_bytes(indenter, behind, 1);
		return behind + 1;
	}
	indenter->depth++;
	new_line(indenter);
	return behind;
}

static void close_bracket(struct indenter *indenter, const char *text)
{
	if (indenter->depth > 0)
		indenter->depth--;
	new_line(indenter);
	put_bytes(indenter, text, 1);
}

/* One token; returns the place behind it. */
static const char *indent_token(struct indenter *indenter, const char *text, const char *end)
{
	size_t length;

	switch (*text) {
	case '{': case '[':
		return open_bracket(indenter, text, end);
	case '}': case ']':
		close_bracket(indenter, text);
		return text + 1;
	case ',':
		put_bytes(indenter, ",", 1);
		new_line(indenter);
		return text + 1;
	case ':':
		put_bytes(indenter, ": ", 2);
		return text + 1;
	case '"':
		length = string_length(text, end);
		break;
	default:
		length = word_length(text, end);
	}
	put_bytes(indenter, text, length);
	return text + length;
}

int json_indent(struct buffer *out, const char *text, size_t length, unsigned depth)
{
	struct indenter indenter = { .out = out, .depth = depth };
	const char *end = text + length;

	indenter.error = buffer_reserve(out, length + 1);
	if (indenter.error != 0)
		return indenter.error;
	indenter.to = out->bytes + out->length;
	indenter.limit = out->bytes + out->size;
	for (text = skip_space(text, end); text < end && indenter.error == 0; text = skip_space(text, end))
		text = indent_token(&indenter, text, end);
	if (indenter.error == 0)
		out->length = (size_t)(indenter.to - out->bytes);
	return indenter.error;
}
