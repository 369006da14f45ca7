#include "common/config/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/config/address.h"

enum { MAPPED = 96, TRANSLATED = 12, HTTP_PORT = 80, HTTPS_PORT = 443 };

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
/* a translator's way to an IPv4 address (RFC 6052) */
static const uint8_t translated[TRANSLATED] = { 0, 0x64, 0xff, 0x9b };

#define OF_CLOUD "a cloud's address for its machines"
#define FOUR(...) { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, __VA_ARGS__ }

/* What is of this machine or its link, and what is no one machine's. */
static const struct {
	struct prefix network;
	const char *what;
	bool here;                    /* whatever connects there connects to this machine */
} local[] = {
	{ { FOUR(127), MAPPED + 8 }, "a loopback address", true },
	{ { FOUR(0), MAPPED + 8 }, "an unspecified address", true },
	{ { FOUR(169, 254), MAPPED + 16 }, "a link-local address", false },
	{ { FOUR(224), MAPPED + 4 }, "a multicast address", false },
	{ { FOUR(240), MAPPED + 4 }, "a reserved address", false },
	{ { { [15] = 1 }, 128 }, "a loopback address", true },
	{ { { 0 }, 128 }, "an unspecified address", true },
	{ { { 0xfe, 0x80 }, 10 }, "a link-local address", false },
	{ { { 0xff }, 8 }, "a multicast address", false },
	/* where clouds tell a machine its own credentials, when it is not 169.254.169.254: Alibaba, Oracle, Azure, Amazon, Google */
	{ { FOUR(100, 100, 100, 200), 128 }, OF_CLOUD, false },
	{ { FOUR(192, 0, 0, 192), 128 }, OF_CLOUD, false },
	{ { FOUR(168, 63, 129, 16), 128 }, OF_CLOUD, false },
	{ { { 0xfd, 0, 0x0e, 0xc2 }, 32 }, OF_CLOUD, false },
	{ { { 0xfd, 0x20, 0, 0xce }, 32 }, OF_CLOUD, false },
};

static bool is_in(const struct prefix *network, const uint8_t *address)
{
	unsigned bytes = network->length / 8, bits = network->length % 8;

	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return bits == 0 || (network->address[bytes] ^ address[bytes]) >> (8 - bits) == 0;
}

const char *endpoint_allow(struct endpoint_rules *rules, const char *network)
{
	const char *wrong;

	if (rules->allowed_count == ENDPOINT_RULES_MAX)
		return "more networks than there may be";
	wrong = address_parse_prefix(network, &rules->allowed[rules->allowed_count]);
	rules->allowed_count += wrong == NULL;
	return wrong;
}

/* The text, of an address without brackets; false: it is none. */
static bool read_address(uint8_t address[16], const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];

	if (length >= 2 && text[0] == '[') {
		text++;
		length -= 2;
	}
	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	memcpy(address, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, address + sizeof(mapped)) == 1 || inet_pton(AF_INET6, copy, address) == 1;
}

const char *endpoint_own(struct endpoint_rules *rules, const char *address)
{
	struct endpoint *own = &rules->own[rules->own_count];
	struct address_parts parts;
	const char *wrong;

	if (rules->own_count == ENDPOINT_RULES_MAX)
		return "more addresses than there may be";
	wrong = address_parse_host_port(address, &parts);
	if (wrong != NULL)
		return wrong;
	own->port = parts.port;
	if (!read_address(own->address, parts.host, parts.host_length))
		return "not an address";
	rules->own_count++;
	return NULL;
}

static bool is_here(const uint8_t *address)
{
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		if (local[i].here && is_in(&local[i].network, address))
			return true;
	}
	return false;
}

static socklen_t make_socket_address(const struct endpoint *endpoint, struct sockaddr_storage *address)
{
	bool four = memcmp(endpoint->address, mapped, sizeof(mapped)) == 0;
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (four) {
		*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)endpoint->port) };
		memcpy(&in->sin_addr, endpoint->address + sizeof(mapped), sizeof(in->sin_addr));
		return sizeof(*in);
	}
	*in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)endpoint->port) };
	memcpy(&in6->sin6_addr, endpoint->address, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

/* Of an address of this machine's own it is the one that connections there would come from: nothing is sent to find out. */
static bool is_of_this_machine(const struct endpoint *endpoint)
{
	struct sockaddr_storage there, here;
	socklen_t length = make_socket_address(endpoint, &there), size = sizeof(here);
	struct endpoint own = { 0 };
	int fd = socket(there.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool same = fd >= 0 && connect(fd, (struct sockaddr *)&there, length) == 0 && getsockname(fd, (struct sockaddr *)&here, &size) == 0 &&
		endpoint_of_socket(&own, (struct sockaddr *)&here) && memcmp(own.address, endpoint->address, sizeof(own.address)) == 0;

	if (fd >= 0)
		close(fd);
	return same || is_here(endpoint->address);
}

static const uint8_t any[16] = FOUR(0), any_six[16] = { 0 };
static const char own_service[] = "an address of this service";

/* Who connects to no address in particular is connected to loopback. */
static const uint8_t *reached(const uint8_t *address)
{
	static const uint8_t loopback[16] = FOUR(127, 0, 0, 1), loopback_six[16] = { [15] = 1 };

	return memcmp(address, any, 16) == 0 ? loopback : memcmp(address, any_six, 16) == 0 ? loopback_six : address;
}

static bool is_own(const struct endpoint_rules *rules, const struct endpoint *endpoint, bool here)
{
	const uint8_t *address = reached(endpoint->address);

	for (size_t i = 0; i < rules->own_count; i++) {
		const struct endpoint *own = &rules->own[i];
		bool all = memcmp(own->address, any, 16) == 0 || memcmp(own->address, any_six, 16) == 0;

		if (own->port == endpoint->port && (all ? here : memcmp(own->address, address, 16) == 0))
			return true;
	}
	return false;
}

const char *endpoint_refuses(const struct endpoint_rules *rules, const struct endpoint *endpoint)
{
	struct endpoint plain = *endpoint;
	bool here;

	if (memcmp(plain.address, translated, TRANSLATED) == 0)
		memcpy(plain.address, mapped, sizeof(mapped));
	here = is_of_this_machine(&plain);
	if (is_own(rules, &plain, here))
		return own_service;
	for (size_t i = 0; i < rules->allowed_count; i++) {
		if (is_in(&rules->allowed[i], plain.address))
			return NULL;
	}
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		if (is_in(&local[i].network, plain.address))
			return local[i].what;
	}
	return here ? "an address of this machine" : NULL;
}

const char *endpoint_remedy(const char *refused)
{
	return refused == own_service ? "which nothing of tenants is ever sent to" :
		"which nothing of tenants is sent to unless the supervisor's --allow-endpoints has it";
}

bool endpoint_of_socket(struct endpoint *endpoint, const struct sockaddr *address)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (address->sa_family == AF_INET6) {
		memcpy(&six, address, sizeof(six));
		memcpy(endpoint->address, &six.sin6_addr, 16);
		endpoint->port = ntohs(six.sin6_port);
		return true;
	}
	if (address->sa_family != AF_INET)
		return false;
	memcpy(&four, address, sizeof(four));
	memcpy(endpoint->address, mapped, sizeof(mapped));
	memcpy(endpoint->address + sizeof(mapped), &four.sin_addr, 4);
	endpoint->port = ntohs(four.sin_port);
	return true;
}

bool endpoint_of_url(struct endpoint *endpoint, const char *url)
{
	static const char *const schemes[] = { "http", "https", NULL };
	static const char name[] = "localhost", its_address[] = "127.0.0.1";
	struct address_parts parts;

	if (address_parse_url(url, schemes, &parts) != NULL)
		return false;
	endpoint->port = parts.port != 0 ? parts.port : parts.scheme == 0 ? HTTP_PORT : HTTPS_PORT;
	if (parts.host_length == sizeof(name) - 1 && strncasecmp(parts.host, name, parts.host_length) == 0)
		return read_address(endpoint->address, its_address, sizeof(its_address) - 1);
	return read_address(endpoint->address, parts.host, parts.host_length);
}
