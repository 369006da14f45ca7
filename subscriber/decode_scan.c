#include "subscriber/decode_scan.h"

#include "common/hex.h"

const char *scan_fault(struct scan *scan, const char *at, int code, const char *reason)
{
	if (scan->fault == NULL) {
		scan->fault = at;
		scan->reason = reason;
		scan->code = code;
	}
	return NULL;
}

static const char *scan_invalid(struct scan *scan, const char *at, const char *reason)
{
	return scan_fault(scan, at, ERR_INVALID, reason);
}

const char *scan_space_rest(const char *at)
{
	while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')
		at++;
	return at;
}

/* ---- strings ---- */

/* The number that four hexadecimal digits give; -1 when they are not four. */
static int32_t hex_quad(const char *at)
{
	int32_t value = 0;

	for (unsigned i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static bool surrogate_high(int32_t unit)
{
	return (unit & ~0x3ff) == 0xd800;
}

static bool surrogate_low(int32_t unit)
{
	return (unit & ~0x3ff) == 0xdc00;
}

/* The code point of a \u escape (`at` on the backslash), a surrogate pair read as one. *length: bytes of the escape.
 * -1: not valid. */
static int32_t escape_code_point(const char *at, unsigned *length)
{
	int32_t unit = hex_quad(at + 2), second;

	*length = 6;
	if (unit < 0 || surrogate_low(unit))
		return -1;
	if (!surrogate_high(unit))
		return unit;
	if (at[6] != '\\' || at[7] != 'u')
		return -1;
	second = hex_quad(at + 8);
	*length = 12;
	if (second < 0 || !surrogate_low(second))
		return -1;
	return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
}

static const char *scan_escape(struct scan *scan, const char *at)
{
	unsigned length;

	if (at[1] != 'u')
		return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ? at + 2
		                                                            : scan_invalid(scan, at, "invalid escape");
	if (escape_code_point(at, &length) < 0)
		return scan_invalid(scan, at, "invalid Unicode escape");
	return at + length;
}

/* One character above 0x7f: well-formed, not overlong, no surrogate, at most 10ffff (Unicode, table 3-7). */
static const char *scan_utf8(struct scan *scan, const char *at)
{
	const unsigned char *bytes = (const unsigned char *)at;
	unsigned char first = bytes[0], low = 0x80, high = 0xbf;
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;

	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (first < 0xc2 || first > 0xf4 || bytes[1] < low || bytes[1] > high)
		return scan_invalid(scan, at, "invalid UTF-8");
	for (unsigned i = 2; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return scan_invalid(scan, at, "invalid UTF-8");
	}
	return at + 1 + more;
}

/* From the first byte of a string that is not plain. */
const char *scan_string_rest(struct scan *scan, const char *start, const char *at, struct text_ref *ref)
{
	bool escaped = false;

	while (*at != '"') {
		if (*at == '\\') {
			escaped = true;
			at = scan_escape(scan, at);
		} else if ((unsigned char)*at >= 0x80) {
			at = scan_utf8(scan, at);
		} else {
			return scan_invalid(scan, at, *at == '\0' ? "end of text in a string" : "control character in a string");
		}
		if (at == NULL)
			return NULL;
		for (unsigned plain = 16; plain == 16; at += plain)
			plain = scan_plain(at);
	}
	*ref = scan_ref(scan, start, at, escaped);
	return at + 1;
}

const char *scan_key(struct scan *scan, const char *at, struct text_ref *ref)
{
	at = scan_space(at);
	if (*at != '"')
		return scan_invalid(scan, at, "key expected");
	at = scan_string(scan, at + 1, ref);
	if (at == NULL)
		return NULL;
	at = scan_space(at);
	if (*at != ':')
		return scan_invalid(scan, at, "':' expected");
	return scan_space(at + 1);
}

static unsigned utf8_put(int32_t point, char *bytes)
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xc0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xe0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

size_t scan_unescape(const char *text, size_t length, char *value, size_t size)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *end = text + length;
	size_t written = 0;

	while (text < end && written < size) {
		char bytes[4] = { *text };
		unsigned taken = 1, count = 1;

		if (*text == '\\' && text[1] == 'u') {
			count = utf8_put(escape_code_point(text, &taken), bytes);
		} else if (*text == '\\') {
			const char *name = strchr(names, text[1]);

			bytes[0] = name != NULL ? values[name - names] : text[1];
			taken = 2;
		}
		for (unsigned i = 0; i < count && written < size; i++)
			value[written++] = bytes[i];
		text += taken;
	}
	return written;
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *digits_end(const char *at)
{
	while (is_digit(*at))
		at++;
	return at;
}

/* The value of the digits from `at` to `end`; false when it does not fit 64 bits. */
static bool integer_value(const char *at, const char *end, bool negative, int64_t *value)
{
	int64_t number = 0;

	for (; at < end; at++) {
		int digit = *at - '0';

		/* downwards, since the lowest number has no positive counterpart */
		if (__builtin_mul_overflow(number, 10, &number) || __builtin_sub_overflow(number, digit, &number))
			return false;
	}
	if (!negative && number == INT64_MIN)
		return false;
	*value = negative ? number : -number;
	return true;
}

const char *scan_number(struct scan *scan, const char *at, int64_t *value, bool *integer)
{
	bool negative = *at == '-';
	const char *start = at + negative, *end = digits_end(start);

	*integer = false;
	if (end == start || (*start == '0' && end - start > 1))
		return scan_invalid(scan, at, "invalid number");
	if (*end != '.' && (*end | 0x20) != 'e') {
		*integer = integer_value(start, end, negative, value);
		return end;
	}
	if (*end == '.') {
		start = end + 1;
		end = digits_end(start);
		if (end == start)
			return scan_invalid(scan, at, "invalid number");
	}
	if ((*end | 0x20) == 'e') {
		start = end + 1;
		start += *start == '+' || *start == '-';
		end = digits_end(start);
		if (end == start)
			return scan_invalid(scan, at, "invalid number");
	}
	return end;
}

/* ---- values that nobody reads ---- */

/* Which of the open containers are objects, one bit a depth. */
struct scan_stack {
	unsigned depth;
	uint64_t objects[SCAN_DEPTH_MAX / 64 + 1];
};

static void stack_push(struct scan_stack *stack, bool object)
{
	uint64_t bit = (uint64_t)1 << stack->depth % 64;
	uint64_t *word = &stack->objects[stack->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	stack->depth++;
}

/* Whether the innermost open container is an object. */
static bool stack_object(const struct scan_stack *stack)
{
	return stack->objects[(stack->depth - 1) / 64] >> (stack->depth - 1) % 64 & 1;
}

/* One of true, false, null. */
static const char *scan_literal(struct scan *scan, const char *at)
{
	if (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0)
		return at + 4;
	if (memcmp(at, "false", 5) == 0)
		return at + 5;
	return scan_invalid(scan, at, *at == '\0' ? "end of text" : "unexpected character");
}

static const char *scan_scalar(struct scan *scan, const char *at)
{
	struct text_ref ref;
	int64_t value;
	bool integer;
	const char *next;

	if (*at == '"')
		return scan_string(scan, at + 1, &ref);
	next = scan_small_integer(at, &value);
	if (next != NULL)
		return next;
	if (*at == '-' || is_digit(*at))
		return scan_number(scan, at, &value, &integer);
	return scan_literal(scan, at);
}

/* Behind an opening bracket. Returns where the first member's value begins (the container is open then), or behind the
 * closing bracket when there is none. */
static const char *scan_open(struct scan *scan, struct scan_stack *stack, const char *at, bool object)
{
	struct text_ref ref;

	at = scan_space(at);
	if (*at == (object ? '}' : ']'))
		return at + 1;
	stack_push(stack, object);
	if (stack->depth > SCAN_DEPTH_MAX)
		return scan_invalid(scan, at, "nested too deep");
	return object ? scan_key(scan, at, &ref) : at;
}

/* Behind a value: closes the containers that end here, down to depth `base`, and goes to the next value. */
static const char *scan_close(struct scan *scan, struct scan_stack *stack, const char *at, unsigned base)
{
	struct text_ref ref;

	while (stack->depth > base) {
		bool object = stack_object(stack);

		at = scan_space(at);
		if (*at == ',')
			return object ? scan_key(scan, at + 1, &ref) : scan_space(at + 1);
		if (*at != (object ? '}' : ']'))
			return scan_invalid(scan, at, object ? "',' or '}' expected" : "',' or ']' expected");
		at++;
		stack->depth--;
	}
	return at;
}

const char *scan_skip(struct scan *scan, const char *at, unsigned depth)
{
	struct scan_stack stack;

	if (*at != '{' && *at != '[')
		return scan_scalar(scan, at);
	stack.depth = depth;
	memset(stack.objects, 0, sizeof(stack.objects));
	do {
		if (*at == '{' || *at == '[') {
			unsigned open = stack.depth;

			at = scan_open(scan, &stack, at + 1, *at == '{');
			if (at == NULL || stack.depth > open)
				continue;
		} else {
			at = scan_scalar(scan, at);
		}
		if (at != NULL)
			at = scan_close(scan, &stack, at, depth);
	} while (at != NULL && stack.depth > depth);
	return at;
}
