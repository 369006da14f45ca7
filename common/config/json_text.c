#include "common/config/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"

enum { ESCAPE = 6, PAIR = 2 * ESCAPE, YAML_ESCAPE = 10 };    /* \uXXXX, two of them, \UXXXXXXXX */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The value of \uXXXX at text, or -1. */
static int32_t unicode_escape(const char *text, size_t length)
{
	int32_t value = 0;

	if (length < ESCAPE || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < ESCAPE; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static bool surrogate_pair(const char *text, size_t length, uint32_t *code)
{
	int32_t high = unicode_escape(text, length);
	int32_t low = length > ESCAPE ? unicode_escape(text + ESCAPE, length - ESCAPE) : -1;

	if (high < 0xd800 || high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return false;
	*code = 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
	return true;
}

/* text[0] is the opening quote. Returns the bytes up to and with the closing one, blanks included. */
static size_t prepare_string(char *text, size_t length)
{
	size_t from = 1;
	size_t to = 1;

	while (from < length && text[from] != '"') {
		char escape[YAML_ESCAPE + 1];
		size_t step = text[from] == '\\' && from + 1 < length ? 2 : 1;
		uint32_t code;

		if (surrogate_pair(text + from, length - from, &code)) {
			snprintf(escape, sizeof(escape), "\\U%08x", (unsigned)code);
			memcpy(text + to, escape, YAML_ESCAPE);
			to += YAML_ESCAPE;
			from += PAIR;
			continue;
		}
		memmove(text + to, text + from, step);
		to += step;
		from += step;
	}
	if (from == length) {
		/* not closed: an error wherever it ends */
		memset(text + to, ' ', from - to);
		return length;
	}
	text[to++] = '"';
	from++;
	memset(text + to, ' ', from - to);
	return from;
}

void json_text_prepare(char *text, size_t length)
{
	size_t start = 0;

	while (start < length && is_blank(text[start]))
		start++;
	if (start == length || (text[start] != '{' && text[start] != '['))
		return;
	for (size_t i = 0; i < start; i++)
		text[i] = text[i] == '\t' ? ' ' : text[i];
	while (length > start && is_blank(text[length - 1])) {
		length--;
		text[length] = text[length] == '\t' ? ' ' : text[length];
	}
	for (size_t i = start; i < length;)
		i += text[i] == '"' ? prepare_string(text + i, length - i) : 1;
}
