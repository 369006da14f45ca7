#include "common/flow.h"

#include <stdbool.h>
#include <string.h>

#include "common/fnv.h"
#include "common/hex.h"

enum { ADDRESS_SIZE = 16, IPV4_OFFSET = 12, GROUP_DIGITS = 4 };

/* "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", the longest text that can be an address */
enum { ADDRESS_TEXT_MAX = 45 };

uint64_t flow_capture_hash(const char *text, uint32_t length)
{
	uint64_t hash = fnv_hash(FNV_BASE, text, length);

	if (length == 0)
		return 0;
	return hash != 0 ? hash : 1;
}

/* Four decimal numbers of one to three digits, at most 255, none with a leading zero; all of the text. */
static bool ipv4_parse(const char *at, const char *end, uint8_t *bytes)
{
	for (unsigned field = 0; field < 4; field++) {
		unsigned value, digit;

		if (at == end || (value = (uint8_t)*at++ - (unsigned)'0') > 9)
			return false;
		for (unsigned more = 0; at < end && (digit = (uint8_t)*at - (unsigned)'0') <= 9; more++, at++) {
			if (value == 0 || more == 2)
				return false;
			value = value * 10 + digit;
		}
		if (value > 255)
			return false;
		bytes[field] = (uint8_t)value;
		if (field < 3 && (at == end || *at++ != '.'))
			return false;
	}
	return at == end;
}

/* Reads up to four hexadecimal digits. Returns how many; 5: there are more. */
static unsigned group_parse(const char *at, const char *end, unsigned *value)
{
	unsigned digits = 0;
	int digit;

	*value = 0;
	while (at + digits < end && (digit = hex_digit(at[digits])) >= 0) {
		if (digits++ == GROUP_DIGITS)
			break;
		*value = *value << 4 | (unsigned)digit;
	}
	return digits;
}

/* Makes room for the zeros that "::" at byte `gap` stands for. */
static bool gap_expand(uint8_t *address, unsigned filled, int gap)
{
	if (gap < 0)
		return filled == ADDRESS_SIZE;
	if (filled == ADDRESS_SIZE)
		return false;
	memmove(address + ADDRESS_SIZE - (filled - (unsigned)gap), address + gap, filled - (unsigned)gap);
	memset(address + gap, 0, ADDRESS_SIZE - filled);
	return true;
}

static bool ipv6_parse(const char *at, const char *end, uint8_t *address)
{
	unsigned filled = 0;
	int gap = -1;                 /* the byte at which "::" stands */

	if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
		gap = 0;
		at += 2;
	}
	while (at < end) {
		unsigned value, digits = group_parse(at, end, &value);

		if (filled == ADDRESS_SIZE || digits == 0 || digits > GROUP_DIGITS)
			return false;
		if (at + digits < end && at[digits] == '.') {
			/* the last four bytes as an IPv4 address */
			if (filled > IPV4_OFFSET || (gap < 0 && filled != IPV4_OFFSET) ||
			    !ipv4_parse(at, end, address + filled))
				return false;
			return gap_expand(address, filled + 4, gap);
		}
		address[filled++] = (uint8_t)(value >> 8);
		address[filled++] = (uint8_t)value;
		at += digits;
		if (at == end)
			break;
		if (*at++ != ':' || at == end)
			return false;
		if (*at == ':') {
			if (gap >= 0)
				return false;
			gap = (int)filled;
			at++;
		}
	}
	return gap_expand(address, filled, gap);
}

int address_parse(const char *text, uint32_t length, uint8_t *address)
{
	static const uint8_t mapped[IPV4_OFFSET] = { [10] = 0xff, [11] = 0xff };
	const char *end = text + length;

	memcpy(address, mapped, sizeof(mapped));
	if (ipv4_parse(text, end, address + IPV4_OFFSET))
		return 1;
	if (length <= ADDRESS_TEXT_MAX && ipv6_parse(text, end, address))
		return 1;
	memset(address, 0, ADDRESS_SIZE);
	return 0;
}
