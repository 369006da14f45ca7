/* Hexadecimal digits. */
#ifndef SLUICE_COMMON_HEX_H
#define SLUICE_COMMON_HEX_H

/* The value of a digit in either case; -1: it is none. */
static inline int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

#endif
