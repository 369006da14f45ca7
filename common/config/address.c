#include "common/config/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAPPED_LENGTH = 96, PORT_MAX = 65535, HOST_MAX = 255 };

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Decimal without sign or leading zero, at most `max`; -1 otherwise. */
static long parse_number(const char *text, size_t length, long max)
{
	long value = 0;

	if (length == 0 || (length > 1 && text[0] == '0'))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
		if (value > max)
			return -1;
	}
	return value;
}

static void clear_host_bits(struct prefix *prefix)
{
	for (unsigned bit = prefix->length; bit < 128; bit++)
		prefix->address[bit / 8] &= (uint8_t)~(0x80u >> (bit % 8));
}

const char *address_parse_prefix(const char *text, struct prefix *prefix)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	bool four = strchr(text, ':') == NULL;
	size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
	long bits;

	if (length >= sizeof(address))
		return "not an address with a prefix length";
	memcpy(address, text, length);
	address[length] = '\0';
	memcpy(prefix->address, mapped, sizeof(mapped));
	if (inet_pton(four ? AF_INET : AF_INET6, address, prefix->address + (four ? sizeof(mapped) : 0)) != 1)
		return "not an address with a prefix length, such as 10.0.0.0/8 or fd00::/8";
	if (slash == NULL)
		return "the prefix length is missing";
	bits = parse_number(slash + 1, strlen(slash + 1), four ? 32 : 128);
	if (bits < 0)
		return four ? "an IPv4 prefix length is 0 to 32" : "an IPv6 prefix length is 0 to 128";
	prefix->length = (uint8_t)(bits + (four ? MAPPED_LENGTH : 0));
	clear_host_bits(prefix);
	return NULL;
}

void address_print_prefix(const struct prefix *prefix, char out[static PREFIX_TEXT_SIZE])
{
	bool four = prefix->length >= MAPPED_LENGTH && memcmp(prefix->address, mapped, sizeof(mapped)) == 0;
	char address[INET6_ADDRSTRLEN] = "";

	if (four)
		inet_ntop(AF_INET, prefix->address + sizeof(mapped), address, sizeof(address));
	else
		inet_ntop(AF_INET6, prefix->address, address, sizeof(address));
	snprintf(out, PREFIX_TEXT_SIZE, "%s/%u", address, prefix->length - (four ? MAPPED_LENGTH : 0u));
}

static bool is_host(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool fits = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
			(byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';

		if (!fits)
			return false;
	}
	return length > 0 && length <= HOST_MAX;
}

static bool is_bracketed(const char *text, size_t length)
{
	struct in6_addr address;
	char copy[INET6_ADDRSTRLEN];

	if (length < 2 || length - 2 >= sizeof(copy))
		return false;
	memcpy(copy, text + 1, length - 2);
	copy[length - 2] = '\0';
	return inet_pton(AF_INET6, copy, &address) == 1;
}

/* host, host:port, [address] or [address]:port */
static const char *parse_authority(const char *text, size_t length, struct address_parts *parts)
{
	const char *close = text[0] == '[' ? memchr(text, ']', length) : NULL;
	const char *colon = close != NULL ? close + 1 : memchr(text, ':', length);
	size_t host_length;
	long port;

	if (colon == NULL || colon == text + length)
		colon = NULL;
	else if (*colon != ':')
		return "something stands between the address and its port";
	host_length = colon != NULL ? (size_t)(colon - text) : length;
	parts->host = text;
	parts->host_length = host_length;
	parts->port = 0;
	if (close != NULL ? !is_bracketed(text, host_length) : !is_host(text, host_length))
		return host_length == 0 ? "the host is missing" : "the host is neither a name nor an address (IPv6 in brackets)";
	if (colon == NULL)
		return NULL;
	port = parse_number(colon + 1, length - host_length - 1, PORT_MAX);
	if (port < 1)
		return "the port is not a number from 1 to 65535";
	parts->port = (unsigned)port;
	return NULL;
}

const char *address_parse_host_port(const char *text, struct address_parts *parts)
{
	const char *wrong = parse_authority(text, strlen(text), parts);

	if (wrong == NULL && parts->port == 0)
		return "the port is missing";
	return wrong;
}

static bool has_blank(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

const char *address_parse_url(const char *text, const char *const *schemes, struct address_parts *parts)
{
	const char *authority = strstr(text, "://");
	size_t length;

	if (authority == NULL)
		return "not a URL";
	for (parts->scheme = 0; schemes[parts->scheme] != NULL; parts->scheme++) {
		const char *scheme = schemes[parts->scheme];

		if (strlen(scheme) == (size_t)(authority - text) && strncasecmp(text, scheme, strlen(scheme)) == 0)
			break;
	}
	if (schemes[parts->scheme] == NULL)
		return "the URL has another scheme";
	if (has_blank(text))
		return "a URL has no blanks";
	authority += strlen("://");
	length = strcspn(authority, "/?#");
	if (memchr(authority, '@', length) != NULL)
		return "no user name or password in a URL";
	if (strchr(authority, '#') != NULL)
		return "no fragment (#) in this URL";
	return parse_authority(authority, length, parts);
}
