/* Where tenants' object stores may be. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/endpoint.h"

static const char *refusal(const struct endpoint_rules *rules, const char *url)
{
	struct endpoint endpoint;

	if (!endpoint_of_url(&endpoint, url))
		fail_msg("%s names no address", url);
	return endpoint_refuses(rules, &endpoint);
}

static void assert_refused(const struct endpoint_rules *rules, const char *url, const char *what)
{
	const char *refused = refusal(rules, url);

	if (refused == NULL || strcmp(refused, what) != 0)
		fail_msg("%s is %s", url, refused != NULL ? refused : "allowed");
}

static void assert_allowed(const struct endpoint_rules *rules, const char *url)
{
	const char *refused = refusal(rules, url);

	if (refused != NULL)
		fail_msg("%s is %s", url, refused);
}

static void what_is_of_this_machine_or_its_link_is_refused(void **state)
{
	static const struct { const char *url, *what; } refused[] = {
		{ "http://127.0.0.1:9000", "a loopback address" }, { "https://127.255.255.255", "a loopback address" },
		{ "http://[::1]", "a loopback address" }, { "http://localhost:1", "a loopback address" }, { "http://LOCALHOST", "a loopback address" },
		{ "http://[::ffff:127.0.0.1]", "a loopback address" }, { "http://[64:ff9b::127.0.0.1]", "a loopback address" },
		{ "http://0.0.0.0", "an unspecified address" }, { "http://[::]", "an unspecified address" },
		{ "http://[::ffff:0.0.0.0]", "an unspecified address" }, { "http://169.254.169.254", "a link-local address" },
		{ "http://[fe80::1]", "a link-local address" }, { "http://[febf::1]", "a link-local address" },
		{ "http://224.0.0.1", "a multicast address" }, { "http://239.1.2.3", "a multicast address" }, { "http://[ff02::1]", "a multicast address" },
		{ "http://255.255.255.255", "a reserved address" }, { "http://240.0.0.1", "a reserved address" },
		{ "http://[fd00:ec2::254]", "a cloud's address for its machines" }, { "http://[fd20:ce::254]", "a cloud's address for its machines" },
		{ "http://100.100.100.200", "a cloud's address for its machines" }, { "http://192.0.0.192", "a cloud's address for its machines" },
		{ "http://168.63.129.16", "a cloud's address for its machines" },
	};
	const struct endpoint_rules none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_refused(&none, refused[i].url, refused[i].what);
}

static void all_other_addresses_are_allowed(void **state)
{
	static const char *const allowed[] = {
		"http://126.255.255.255", "http://128.0.0.1", "http://10.255.255.253", "http://192.168.255.253", "http://169.253.0.1", "http://1.0.0.0",
		"http://223.255.255.255", "http://100.100.100.199", "https://[2001:db8::1]", "http://[fec0::1]", "http://[fd42:1::11]", "http://[::2]",
	};
	const struct endpoint_rules none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		assert_allowed(&none, allowed[i]);
}

static void an_administrator_allows_networks_but_never_the_api(void **state)
{
	struct endpoint_rules rules = { 0 };

	(void)state;
	assert_null(endpoint_allow(&rules, "127.0.0.0/8"));
	assert_null(endpoint_own(&rules, "127.0.0.1:8470"));
	assert_allowed(&rules, "http://127.0.0.1:9000");
	assert_allowed(&rules, "http://127.0.0.2:8470");
	assert_refused(&rules, "http://127.0.0.1:8470", "an address of this service");
	assert_refused(&rules, "http://[::ffff:127.0.0.1]:8470", "an address of this service");
	assert_refused(&rules, "http://[::1]:9000", "a loopback address");
	assert_refused(&rules, "http://169.254.0.1", "a link-local address");
	assert_null(endpoint_own(&rules, "0.0.0.0:80"));
	assert_refused(&rules, "http://127.0.0.3", "an address of this service");
	assert_allowed(&rules, "https://127.0.0.3");
}

/* Whatever its interfaces are called: also where it is not loopback, its own services hear what is sent there. */
static void addresses_of_this_machine_are_refused_unless_they_are_allowed(void **state)
{
	struct endpoint_rules none = { 0 }, rules = { 0 };
	struct ifaddrs *first;
	unsigned found = 0;

	(void)state;
	assert_null(endpoint_allow(&rules, "0.0.0.0/0"));
	assert_null(endpoint_allow(&rules, "::/0"));
	assert_int_equal(getifaddrs(&first), 0);
	for (const struct ifaddrs *next = first; next != NULL; next = next->ifa_next) {
		struct endpoint endpoint = { .port = 80 };

		if (next->ifa_addr == NULL || !(next->ifa_flags & IFF_UP) || !endpoint_of_socket(&endpoint, next->ifa_addr))
			continue;
		assert_non_null(endpoint_refuses(&none, &endpoint));
		assert_null(endpoint_refuses(&rules, &endpoint));
		found++;
	}
	freeifaddrs(first);
	assert_true(found > 0);
}

static void no_address_in_particular_is_the_api_s_on_loopback(void **state)
{
	struct endpoint_rules rules = { 0 };

	(void)state;
	assert_null(endpoint_allow(&rules, "0.0.0.0/0"));
	assert_null(endpoint_allow(&rules, "::/0"));
	assert_null(endpoint_own(&rules, "127.0.0.1:8470"));
	assert_null(endpoint_own(&rules, "[::1]:8471"));
	assert_refused(&rules, "http://0.0.0.0:8470", "an address of this service");
	assert_refused(&rules, "http://[::ffff:0.0.0.0]:8470", "an address of this service");
	assert_refused(&rules, "http://[::]:8471", "an address of this service");
	assert_allowed(&rules, "http://0.0.0.0:8471");
}

static void what_is_no_network_or_address_is_told(void **state)
{
	struct endpoint_rules rules = { 0 };
	struct endpoint endpoint;

	(void)state;
	assert_non_null(endpoint_allow(&rules, "127.0.0.1"));
	assert_non_null(endpoint_allow(&rules, "localhost/8"));
	assert_non_null(endpoint_own(&rules, "127.0.0.1:0"));
	assert_non_null(endpoint_own(&rules, "name:80"));
	assert_int_equal(rules.allowed_count + rules.own_count, 0);
	assert_false(endpoint_of_url(&endpoint, "http://store.example.net"));
	assert_false(endpoint_of_url(&endpoint, "ftp://127.0.0.1"));
	for (size_t i = 0; i < ENDPOINT_RULES_MAX; i++)
		assert_null(endpoint_allow(&rules, "10.0.0.0/8"));
	assert_non_null(endpoint_allow(&rules, "10.0.0.0/8"));
}

static void a_sockets_address_is_the_same(void **state)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(9000), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(9000), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct sockaddr other = { .sa_family = AF_UNIX };
	const struct endpoint_rules none = { 0 };
	struct endpoint endpoint;

	(void)state;
	assert_true(endpoint_of_socket(&endpoint, (struct sockaddr *)&four));
	assert_int_equal(endpoint.port, 9000);
	assert_string_equal(endpoint_refuses(&none, &endpoint), "a loopback address");
	assert_true(endpoint_of_socket(&endpoint, (struct sockaddr *)&six));
	assert_string_equal(endpoint_refuses(&none, &endpoint), "a loopback address");
	assert_false(endpoint_of_socket(&endpoint, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_of_this_machine_or_its_link_is_refused),
		cmocka_unit_test(all_other_addresses_are_allowed),
		cmocka_unit_test(an_administrator_allows_networks_but_never_the_api),
		cmocka_unit_test(addresses_of_this_machine_are_refused_unless_they_are_allowed),
		cmocka_unit_test(no_address_in_particular_is_the_api_s_on_loopback),
		cmocka_unit_test(what_is_no_network_or_address_is_told),
		cmocka_unit_test(a_sockets_address_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
