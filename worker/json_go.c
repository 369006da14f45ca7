#include "worker/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/hex.h"

enum { CODE_REPLACEMENT = 0xfffd, CODE_MAX = 0x10ffff };

/* Bytes that json_put_as_go has to look at: everything else stands for itself. */
static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x80 && byte != '\\' && byte != '<' && byte != '>' && byte != '&' && byte != '"';
}

/* Four hex digits at text; -1 when there are none. */
static int32_t hex_code(const char *text, const char *end)
{
	int32_t code = 0;

	if (end - text < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int value = hex_digit(text[i]);

		if (value < 0)
			return -1;
		code = code << 4 | value;
	}
	return code;
}

/* Behind "\u": a code, or two that make up one. A half that stands alone is the replacement character. */
static uint32_t decode_hex(const char **text, const char *end)
{
	int32_t code = hex_code(*text, end);
	int32_t second;

	if (code < 0)
		return CODE_REPLACEMENT;
	*text += 4;
	if (code < 0xd800 || code > 0xdfff)
		return (uint32_t)code;
	if (code > 0xdbff || end - *text < 6 || (*text)[0] != '\\' || (*text)[1] != 'u')
		return CODE_REPLACEMENT;
	second = hex_code(*text + 2, end);
	if (second < 0xdc00 || second > 0xdfff)
		return CODE_REPLACEMENT;
	*text += 6;
	return 0x10000 + ((uint32_t)code - 0xd800) * 0x400 + (uint32_t)second - 0xdc00;
}

static uint32_t decode_escape(const char **text, const char *end)
{
	static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
	char letter;
	const char *found;

	if (*text == end)
		return CODE_REPLACEMENT;
	letter = *(*text)++;
	if (letter == 'u')
		return decode_hex(text, end);
	found = letter == '\0' ? NULL : strchr(letters, letter);
	return found != NULL ? (uint32_t)values[found - letters] : (unsigned char)letter;
}

/* One character of UTF-8; a byte that begins none is the replacement character. */
static uint32_t decode_utf8(const char **text, const char *end)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)*(*text)++;
	int length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
	uint32_t code = first & (0x7f >> length);

	if (first < 0x80)
		return first;
	if (length == 0 || first >= 0xf8 || end - *text < length - 1)
		return CODE_REPLACEMENT;
	for (int i = 0; i < length - 1; i++) {
		unsigned char byte = (unsigned char)(*text)[i];

		if ((byte & 0xc0) != 0x80)
			return CODE_REPLACEMENT;
		code = code << 6 | (byte & 0x3f);
	}
	if (code < least[length] || code > CODE_MAX || (code >= 0xd800 && code <= 0xdfff))
		return CODE_REPLACEMENT;
	*text += length - 1;
	return code;
}

static char *put_utf8(char *to, uint32_t code)
{
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

static char *put_hex(char *to, uint32_t code)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[code >> shift & 0xf];
	return to;
}

static char *put_code(char *to, uint32_t code)
{
	static const char values[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	const char *found = code != 0 && code < 0x80 ? strchr(values, (int)code) : NULL;

	if (found != NULL) {
		*to++ = '\\';
		*to++ = letters[found - values];
		return to;
	}
	if (code < 0x20 || code == '<' || code == '>' || code == '&' || code == 0x2028 || code == 0x2029)
		return put_hex(to, code);
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	return put_utf8(to, code);
}

char *json_put_as_go(char *to, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		if (is_plain((unsigned char)*text)) {
			*to++ = *text++;
		} else if (*text == '\\') {
			text++;
			to = put_code(to, decode_escape(&text, end));
		} else {
			to = put_code(to, decode_utf8(&text, end));
		}
	}
	return to;
}

char *json_put_text(char *to, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		if (is_plain((unsigned char)*text))
			*to++ = *text++;
		else
			to = put_code(to, decode_utf8(&text, end));
	}
	return to;
}

char *json_take_text(char *to, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		uint32_t code;

		if (*text == '\\') {
			text++;
			code = decode_escape(&text, end);
		} else {
			code = decode_utf8(&text, end);
		}
		if (code < 0x80)
			*to++ = (char)code;
		else
			to = put_utf8(to, code);
	}
	return to;
}
