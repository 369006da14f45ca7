/* address_parse against inet_pton, and against Go's net.ParseIP where that is stricter. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/flow.h"

/* What inet_pton makes of it, IPv4 mapped. A copy of exactly the text is parsed, so that sanitizers see overreads. */
static int reference_parse(const char *text, uint8_t *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(address, mapped, sizeof(mapped));
	if (inet_pton(AF_INET, text, address + 12) == 1 || inet_pton(AF_INET6, text, address) == 1)
		return 1;
	memset(address, 0, 16);
	return 0;
}

static void assert_same_as_inet_pton(const char *text)
{
	uint8_t address[16], expected[16];
	size_t length = strlen(text);
	char *copy = test_malloc(length > 0 ? length : 1);
	int result;

	memcpy(copy, text, length);
	result = address_parse(copy, (uint32_t)length, address);
	if (result != reference_parse(text, expected))
		fail_msg("\"%s\": %d", text, result);
	assert_memory_equal(address, expected, 16);
	test_free(copy);
}

static void assert_no_address(const char *text)
{
	static const uint8_t zeros[16];
	uint8_t address[16];

	memset(address, 0xaa, sizeof(address));
	if (address_parse(text, (uint32_t)strlen(text), address) != 0)
		fail_msg("\"%s\" was taken for an address", text);
	assert_memory_equal(address, zeros, 16);
}

static void test_addresses_give_the_bytes_that_inet_pton_gives(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0", "10.1.2.3", "255.255.255.255", "192.168.0.1", "1.2.3.4", "::", "::1", "1::", "fe80::1",
		"fd42:1::11", "2001:db8:0:1:1:1:1:1", "2001:DB8::A", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"1::8", "::ffff:10.1.2.3", "::10.1.2.3", "64:ff9b::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "0:0:0:0:0:0:0:0",
		"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		uint8_t address[16];

		assert_int_equal(address_parse(texts[i], (uint32_t)strlen(texts[i]), address), 1);
		assert_same_as_inet_pton(texts[i]);
	}
}

static void test_what_is_no_plain_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"", ".", ":", ":::", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.999",
		"010.001.002.003", "1.2.3.04", "00.0.0.0", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24", "10.1.2.3/24", "0x1.2.3.4",
		"-1.2.3.4", "+1.2.3.4", "1.2.3.4a", "not-an-ip", "fe80::1%eth0", "fe80::1%", "::1/128", "1::2::3", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2:3:4:5:6:7:8", "12345::", "::12345", "::g",
		"1:", ":1", "1:2:3:4:5:6:7:", "::1:", "[::1]", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "::256.1.1.1", "1.2.3.4::",
		"::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4", "::1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4",
		"0a:58:0a:82:6c:63", "::ffff:010.1.2.3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_no_address(texts[i]);
		assert_same_as_inet_pton(texts[i]);
	}
}

static void test_a_nul_inside_is_no_address(void **state)
{
	uint8_t address[16];

	(void)state;
	assert_int_equal(address_parse("1.2.3.4\0", 8, address), 0);
	assert_int_equal(address_parse("::1\0", 4, address), 0);
}

static void test_a_mapped_address_is_its_ipv4_form(void **state)
{
	uint8_t mapped[16], plain[16];

	(void)state;
	assert_int_equal(address_parse("::ffff:10.1.2.3", 15, mapped), 1);
	assert_int_equal(address_parse("10.1.2.3", 8, plain), 1);
	assert_memory_equal(mapped, plain, 16);
	assert_int_equal(address_parse("::FFFF:a01:203", 14, mapped), 1);
	assert_memory_equal(mapped, plain, 16);
}

/* Texts over the alphabet of addresses, near valid ones: a valid text with a few characters changed. */
static void test_mutated_addresses_are_judged_as_inet_pton_does(void **state)
{
	static const char *const seeds[] = {
		"10.42.1.11", "255.255.255.255", "fd42:1::11", "1:2:3:4:5:6:7:8", "::ffff:10.1.2.3", "1:2:3:4:5:6:1.2.3.4", "::",
	};
	static const char alphabet[] = "0123456789abcfF:.:.g%/ ";
	uint64_t random = 0x9e3779b97f4a7c15u;
	unsigned valid = 0;

	(void)state;
	for (unsigned round = 0; round < 300000; round++) {
		char text[64];
		uint8_t address[16];
		size_t length = (size_t)snprintf(text, sizeof(text), "%s", seeds[round % (sizeof(seeds) / sizeof(*seeds))]);

		for (unsigned change = 0; change < 1 + round % 3 && length > 0; change++) {
			size_t at;

			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			at = (size_t)(random >> 8) % length;
			switch (random % 3) {
			case 0:
				text[at] = alphabet[(random >> 32) % (sizeof(alphabet) - 1)];
				break;
			case 1:
				memmove(text + at, text + at + 1, length - at);
				length--;
				break;
			default:
				memmove(text + at + 1, text + at, length - at + 1);
				text[at] = alphabet[(random >> 32) % (sizeof(alphabet) - 1)];
				length++;
			}
		}
		assert_same_as_inet_pton(text);
		valid += address_parse(text, (uint32_t)length, address) != 0;
	}
	assert_true(valid > 10000);
}

static void test_capture_hash_is_fnv1a_and_zero_for_no_text(void **state)
{
	(void)state;
	assert_true(flow_capture_hash("", 0) == 0);
	assert_true(flow_capture_hash("a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(flow_capture_hash("foobar", 6) == 0x85944171f73967e8u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_give_the_bytes_that_inet_pton_gives),
		cmocka_unit_test(test_what_is_no_plain_address_is_refused),
		cmocka_unit_test(test_a_nul_inside_is_no_address),
		cmocka_unit_test(test_a_mapped_address_is_its_ipv4_form),
		cmocka_unit_test(test_mutated_addresses_are_judged_as_inet_pton_does),
		cmocka_unit_test(test_capture_hash_is_fnv1a_and_zero_for_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
