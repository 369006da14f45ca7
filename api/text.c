#include "api/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/hex.h"

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool text_is_name(const char *text, size_t length)
{
	if (length < 1 || length > 63 || text[0] == '-' || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_lower_or_digit(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

bool text_is_id(const char *text, size_t length)
{
	if (length < 1 || length > 39)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_lower_or_digit((char)tolower((unsigned char)text[i])) && text[i] != '-' && text[i] != '_')
			return false;
	}
	return true;
}

bool text_is_file_name(const char *text, size_t length)
{
	if (length < 1 || length > 63 || text[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_lower_or_digit((char)tolower((unsigned char)text[i])) && (text[i] == '\0' || strchr("._-", text[i]) == NULL))
			return false;
	}
	return true;
}

/* How many bytes follow the first, and the smallest code point that needs them; 0 for what cannot be a first byte. */
static unsigned follow_count(unsigned char first, uint32_t *smallest)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned count = (first & 0xe0) == 0xc0 ? 1 : (first & 0xf0) == 0xe0 ? 2 : (first & 0xf8) == 0xf0 ? 3 : 0;

	*smallest = least[count];
	return count;
}

bool text_is_utf8(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; i < length; i++) {
		uint32_t smallest, point;
		unsigned follow;

		if (bytes[i] < 0x80)
			continue;
		follow = follow_count(bytes[i], &smallest);
		if (follow == 0 || follow >= length - i)
			return false;
		point = bytes[i] & (0x3fu >> follow);
		for (unsigned k = 0; k < follow; k++) {
			if ((bytes[++i] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (bytes[i] & 0x3f);
		}
		if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

/* Bytes of the character at the beginning; 0: there is none. */
static size_t character(const char *text)
{
	size_t bytes = 1;

	while (bytes < 4 && text[bytes - 1] != '\0' && !text_is_utf8(text, bytes))
		bytes++;
	return text[bytes - 1] != '\0' && text_is_utf8(text, bytes) ? bytes : 0;
}

void text_make_utf8(char *text)
{
	char *out = text;

	while (*text != '\0') {
		size_t bytes = character(text);

		memmove(out, text, bytes);
		out += bytes;
		text += bytes > 0 ? bytes : 1;
	}
	*out = '\0';
}

bool text_has_control(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	}
	return false;
}

bool text_decode(char *text, size_t *length, bool plus)
{
	size_t used = 0;

	for (size_t i = 0; i < *length; i++) {
		char byte = text[i];

		if (byte == '+' && plus)
			byte = ' ';
		if (byte == '%') {
			if (*length - i < 3 || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0)
				return false;
			byte = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
			i += 2;
		}
		text[used++] = byte;
	}
	text[used] = '\0';
	*length = used;
	return true;
}

/* Digits from *text on, which is moved behind them; false for none, or beyond max. */
static bool read_digits(const char **text, uint64_t max, uint64_t *value)
{
	const char *next = *text;

	*value = 0;
	for (; *next >= '0' && *next <= '9'; next++) {
		uint64_t digit = (uint64_t)(*next - '0');

		if (*value > (max - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	if (next == *text)
		return false;
	*text = next;
	return true;
}

bool text_duration(const char *text, int64_t max_ms, int64_t *ms)
{
	static const struct { const char *name; int64_t ms; } units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 60 * 60 * 1000 },
	};
	uint64_t value;

	if (!read_digits(&text, (uint64_t)max_ms, &value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if ((int64_t)value > max_ms / units[i].ms)
			return false;
		*ms = (int64_t)value * units[i].ms;
		return true;
	}
	return false;
}

bool text_rate(const char *text, uint64_t min, uint64_t max, int64_t max_ms, uint64_t *count, int64_t *ms)
{
	return read_digits(&text, max, count) && *count >= min && *text == '/' && text_duration(text + 1, max_ms, ms);
}

bool text_count(const char *text, uint64_t min, uint64_t max, uint64_t *count)
{
	return read_digits(&text, max, count) && *text == '\0' && *count >= min;
}

/* Exactly `digits` digits, and then the character `then` ('\0': nothing of that kind is asked). */
static bool read_part(const char **text, unsigned digits, char then, int min, int max, int *value)
{
	*value = 0;
	for (unsigned i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	if (*value < min || *value > max)
		return false;
	if (then == '\0')
		return true;
	return *(*text)++ == then;
}

/* "Z", "+02:00" → seconds to take away. */
static bool read_zone(const char **text, long *seconds)
{
	char sign = *(*text)++;
	int hours, minutes;

	*seconds = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !read_part(text, 2, ':', 0, 23, &hours) ||
		!read_part(text, 2, '\0', 0, 59, &minutes))
		return false;
	*seconds = (hours * 60L + minutes) * 60 * (sign == '+' ? 1 : -1);
	return true;
}

bool text_time(const char *text, int64_t *wall_ms)
{
	struct tm tm = { 0 };
	struct tm check;
	time_t seconds;
	long zone;

	if (!read_part(&text, 4, '-', 1970, 9999, &tm.tm_year) || !read_part(&text, 2, '-', 1, 12, &tm.tm_mon) ||
		!read_part(&text, 2, '\0', 1, 31, &tm.tm_mday) || (*text != 'T' && *text != 't'))
		return false;
	text++;
	if (!read_part(&text, 2, ':', 0, 23, &tm.tm_hour) || !read_part(&text, 2, ':', 0, 59, &tm.tm_min) ||
		!read_part(&text, 2, '\0', 0, 60, &tm.tm_sec))
		return false;
	if (*text == '.') {
		size_t digits = strspn(++text, "0123456789");

		if (digits == 0 || digits > 9)
			return false;
		text += digits;
	}
	if (!read_zone(&text, &zone) || *text != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	check = tm;
	seconds = timegm(&tm);
	/* timegm makes 3 March of 31 February */
	if (tm.tm_mday != check.tm_mday && check.tm_sec != 60)
		return false;
	*wall_ms = ((int64_t)seconds - zone) * 1000;
	return *wall_ms >= 0;
}

void text_print_time(int64_t wall_ms, char out[static TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL || strftime(out, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, TEXT_TIME_SIZE, "1970-01-01T00:00:00Z");
}

/* Whether the parameters of a coding, up to its comma, leave it a weight: none, or one with a digit that is not 0. */
static bool has_weight(const char *parameters)
{
	size_t length = strcspn(parameters, ",");
	const char *weight = parameters + strspn(parameters, "; \t");

	if ((*weight != 'q' && *weight != 'Q') || weight[1] != '=')
		return true;
	return strcspn(weight + 2, "123456789") < length - (size_t)(weight + 2 - parameters);
}

bool text_takes_gzip(const char *accept_encoding)
{
	bool others = false;

	for (const char *next = accept_encoding; next != NULL && *next != '\0'; next += strcspn(next, ",")) {
		size_t length;

		next += strspn(next, ", \t");
		length = strcspn(next, ",; \t");
		if (length == 4 && strncasecmp(next, "gzip", 4) == 0)
			return has_weight(next + 4);
		if (length == 1 && *next == '*')
			others = has_weight(next + 1);
	}
	return others;
}

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool text_encode64(const void *bytes, size_t length, char *out, size_t size)
{
	const unsigned char *next = bytes;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t used = 0;

	if (size < (length * 4 + 2) / 3 + 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		bits = bits << 8 | next[i];
		for (held += 8; held >= 6; held -= 6)
			out[used++] = digits64[bits >> (held - 6) & 63];
	}
	if (held > 0)
		out[used++] = digits64[bits << (6 - held) & 63];
	out[used] = '\0';
	return true;
}

bool text_decode64(const char *text, void *bytes, size_t size, size_t *length)
{
	unsigned char *out = bytes;
	uint32_t bits = 0;
	unsigned held = 0;

	*length = 0;
	for (; *text != '\0'; text++) {
		const char *digit = strchr(digits64, *text);

		if (digit == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(digit - digits64);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (*length == size)
			return false;
		out[(*length)++] = (unsigned char)(bits >> held);
	}
	/* no whole digit may be left over, and what is left must be zero: one text for one value */
	return held < 6 && (bits & ((1u << held) - 1)) == 0;
}

bool text_equal_secret(const void *left, const void *right, size_t length)
{
	const volatile unsigned char *a = left;
	const volatile unsigned char *b = right;
	unsigned char difference = 0;

	for (size_t i = 0; i < length; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}
