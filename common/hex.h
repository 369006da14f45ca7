/* Hexadecimal digits. */
#ifndef SLUICE_COMMON_HEX_H
#define SLUICE_COMMON_HEX_H

#include <stddef.h>

/* The value of a digit in either case; -1: it is none. */
static inline int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* length bytes as lower-case digits into text[2 * length + 1], NUL-terminated. */
static inline void hex_text(const unsigned char *bytes, size_t length, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

#endif
