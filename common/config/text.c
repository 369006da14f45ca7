#include "common/config/text.h"

#include <stdint.h>

/* Length of the well-formed UTF-8 character at text, 0 when it is none. */
static size_t character_length(const unsigned char *text, size_t left)
{
	size_t length = text[0] < 0x80 ? 1 : (text[0] & 0xe0) == 0xc0 ? 2 : (text[0] & 0xf0) == 0xe0 ? 3 :
		(text[0] & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t code = length > 1 ? text[0] & (0x7fu >> length) : text[0];
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (length == 0 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

const char *text_bad_character(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < length;) {
		size_t step = character_length(bytes + i, length - i);

		if (bytes[i] == '\n' || bytes[i] == '\r')
			return "a line break";
		if (bytes[i] < 0x20 || bytes[i] == 0x7f || (step == 2 && bytes[i] == 0xc2 && bytes[i + 1] < 0xa0))
			return "a control character";
		if (step == 0)
			return "bytes that are not UTF-8";
		i += step;
	}
	return NULL;
}
