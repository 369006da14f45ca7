/* Writing JSON by hand into memory that was reserved: each function returns the place behind what it wrote. */
#ifndef SLUICE_WORKER_JSON_WRITE_H
#define SLUICE_WORKER_JSON_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_INTEGER_SIZE = 20 };              /* most characters of a 64-bit integer */

/* A literal, without its NUL. */
#define json_put_literal(to, literal) ((char *)memcpy((to), (literal), sizeof(literal) - 1) + sizeof(literal) - 1)

static inline char *json_put(char *to, const char *bytes, size_t length)
{
	memcpy(to, bytes, length);
	return to + length;
}

static inline char *json_put_unsigned(char *to, uint64_t value)
{
	static const char pairs[] =
		"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
		"5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	char digits[JSON_INTEGER_SIZE];
	unsigned at = JSON_INTEGER_SIZE;

	while (value >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + value * 2, 2);
	} else {
		digits[--at] = (char)('0' + value);
	}
	return json_put(to, digits + at, JSON_INTEGER_SIZE - at);
}

static inline char *json_put_integer(char *to, int64_t value)
{
	if (value >= 0)
		return json_put_unsigned(to, (uint64_t)value);
	*to++ = '-';
	return json_put_unsigned(to, 0 - (uint64_t)value);
}

#endif
