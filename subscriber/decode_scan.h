/* The tokens of JSON, for the decoder only: fast paths inline, everything rare in decode_scan.c.
 *
 * Every function takes a position and returns the one behind what it read, or NULL after scan_fault. None checks for the
 * end: a NUL stands there, which fits nowhere in JSON, and DECODE_PADDING bytes behind it may be read. */
#ifndef SLUICE_SUBSCRIBER_DECODE_SCAN_H
#define SLUICE_SUBSCRIBER_DECODE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(DECODE_PORTABLE)
#include <emmintrin.h>
#endif

#include "common/err.h"
#include "common/flow.h"

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* As jansson's JSON_PARSER_MAX_DEPTH; the outermost value has depth 1. */
enum { SCAN_DEPTH_MAX = 2048 };

struct scan {
	const char *text;             /* the message; borrowed */
	const char *fault;            /* where decoding ended, NULL while all is well */
	const char *reason;
	int code;                     /* enum err_code */
};

/* Remembers the first fault; always NULL. */
const char *scan_fault(struct scan *scan, const char *at, int code, const char *reason);

const char *scan_space_rest(const char *at);
const char *scan_string_rest(struct scan *scan, const char *start, const char *at, struct text_ref *ref);

/* Any number. *integer: it is one, and fits *value. */
const char *scan_number(struct scan *scan, const char *at, int64_t *value, bool *integer);

/* Any value, its depth given: validated, and forgotten. */
const char *scan_skip(struct scan *scan, const char *at, unsigned depth);

/* Reads a key and its colon; ref is the key's text. */
const char *scan_key(struct scan *scan, const char *at, struct text_ref *ref);

/* Writes the value of a scanned string with escapes, at most size bytes of it; returns how many were written. */
size_t scan_unescape(const char *text, size_t length, char *value, size_t size);

/* Past white space. */
static inline const char *scan_space(const char *at)
{
	return likely((unsigned char)*at > ' ') ? at : scan_space_rest(at);
}

static inline struct text_ref scan_ref(const struct scan *scan, const char *start, const char *end, bool escaped)
{
	return (struct text_ref){ (uint32_t)(start - scan->text), (uint32_t)(end - start) & 0x7fffffff, escaped };
}

/* How many of the 16 bytes at `at` are plain: no quote, backslash, control character or byte above 0x7f. */
static inline unsigned scan_plain(const char *at)
{
#if defined(__SSE2__) && !defined(DECODE_PORTABLE)
	__m128i bytes = _mm_loadu_si128((const __m128i *)at);
	/* signed: bytes above 0x7f are below the space too */
	__m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));

	special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
	special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
	return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(special) | 0x10000);
#else
	unsigned count = 0;

	while (count < 16 && (unsigned char)at[count] >= ' ' && (unsigned char)at[count] < 0x80 && at[count] != '"' &&
	       at[count] != '\\')
		count++;
	return count;
#endif
}

/* A string, from behind its opening quote; *ref is what stands between the quotes. */
static inline const char *scan_string(struct scan *scan, const char *at, struct text_ref *ref)
{
	const char *start = at;
	unsigned plain;

	while ((plain = scan_plain(at)) == 16)
		at += 16;
	at += plain;
	if (unlikely(*at != '"'))
		return scan_string_rest(scan, start, at, ref);
	*ref = scan_ref(scan, start, at, false);
	return at + 1;
}

/* The number that the first `digits` (1 to 8) characters of a word give; little endian. */
static inline uint64_t scan_digits_value(uint64_t word, unsigned digits)
{
	word = (word << (64 - digits * 8)) & 0x0f0f0f0f0f0f0f0fu;
	word = word * 10 + (word >> 8);                               /* pairs */
	return ((word & 0x000000ff000000ffu) * 0x000f424000000064u +  /* 1000000 << 32 | 100 */
	        ((word >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u) >> 32;
}

/* A plain integer of up to 15 digits and without a sign; NULL without a fault where there is anything else. */
static inline const char *scan_small_integer(const char *at, int64_t *value)
{
#if defined(__SSE2__) && !defined(DECODE_PORTABLE)
	static const uint32_t powers[8] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
	__m128i values = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)at), _mm_set1_epi8('0'));
	__m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
	unsigned digits = (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(digit));
	const char *end = at + digits;
	uint64_t low, high, number;

	/* one branch, since a first digit of 0 cannot be foreseen */
	if (unlikely((digits - 1 > 14) | ((*at == '0') & (digits > 1)) | (*end == '.') | ((*end | 0x20) == 'e')))
		return NULL;
	memcpy(&low, at, sizeof(low));
	number = scan_digits_value(low, digits < 8 ? digits : 8);
	if (digits > 8) {
		memcpy(&high, at + 8, sizeof(high));
		number = number * powers[digits - 8] + scan_digits_value(high, digits - 8);
	}
	*value = (int64_t)number;
	return end;
#else
	(void)at, (void)value;
	return NULL;
#endif
}

#endif
