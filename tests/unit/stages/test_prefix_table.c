#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/flow.h"
#include "worker/prefix_table.h"

enum { PROBES = 20000 };

static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct prefix prefix_of(const char *address, unsigned length)
{
	struct prefix prefix = { .length = (uint8_t)(strchr(address, ':') != NULL ? length : length + 96) };

	assert_int_equal(address_parse(address, (uint32_t)strlen(address), prefix.address), 1);
	return prefix;
}

static bool contains(const struct prefix_table *table, const char *text)
{
	uint8_t address[16];

	assert_int_equal(address_parse(text, (uint32_t)strlen(text), address), 1);
	return prefix_table_contains(table, address);
}

static bool is_mapped(const uint8_t *address)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, head, sizeof(head)) == 0;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	return memcmp(a, b, bits / 8) == 0 && (rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

/* One after the other, with Go's rule that a prefix of one family holds no address of the other. */
static bool naive_contains(const struct prefix *prefixes, size_t count, const uint8_t *address)
{
	for (size_t i = 0; i < count; i++) {
		bool v4 = is_mapped(prefixes[i].address) && prefixes[i].length >= 96;

		if (v4 == is_mapped(address) && same_bits(prefixes[i].address, address, prefixes[i].length))
			return true;
	}
	return false;
}

static void random_prefix(struct prefix *prefix, bool v4, uint64_t spread)
{
	uint64_t high = 0x20010db800000000u | (next_random() & spread), low = next_random();

	if (v4) {
		*prefix = (struct prefix){ .length = (uint8_t)(96 + 4 + next_random() % 29) };
		prefix->address[10] = prefix->address[11] = 0xff;
		memcpy(prefix->address + 12, &low, 4);
		if (spread < 0xffff)
			prefix->address[12] = prefix->address[13] = 10;
		return;
	}
	*prefix = (struct prefix){ .length = (uint8_t)(33 + next_random() % 96) };
	for (int i = 0; i < 8; i++) {
		prefix->address[i] = (uint8_t)(high >> (56 - 8 * i));
		prefix->address[8 + i] = (uint8_t)(low >> (56 - 8 * i));
	}
}

/* Addresses near the prefixes' edges are the ones that a mistake shows at. */
static void probe_address(const struct prefix *prefixes, size_t count, uint8_t *address)
{
	const struct prefix *prefix = &prefixes[next_random() % count];
	unsigned flipped = (unsigned)(next_random() % 128);

	memcpy(address, prefix->address, 16);
	for (unsigned i = prefix->length; i < 128; i++)
		if (next_random() % 2)
			address[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	if (next_random() % 2)
		address[flipped / 8] ^= (uint8_t)(0x80 >> flipped % 8);
}

static void compare_with_naive(size_t count, int v4_of_4, uint64_t spread)
{
	struct prefix *prefixes = calloc(count, sizeof(*prefixes));
	struct prefix_table *table;
	struct err err;

	assert_non_null(prefixes);
	for (size_t i = 0; i < count; i++)
		random_prefix(&prefixes[i], (int)(i % 4) < v4_of_4, spread);
	assert_int_equal(prefix_table_new(&table, prefixes, count, &err), 0);
	for (int i = 0; i < PROBES * 10 / (int)(count + 10); i++) {
		uint8_t address[16];

		probe_address(prefixes, count, address);
		assert_int_equal(prefix_table_contains(table, address), naive_contains(prefixes, count, address));
	}
	prefix_table_free(&table);
	free(prefixes);
}

static void any_number_of_prefixes_gives_what_a_loop_over_them_gives(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 4, 5, 24, 25, 100, 200, 2000, 10000 };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		for (int v4 = 0; v4 <= 4; v4++) {
			compare_with_naive(counts[i], v4, 0xffffffffu);
			compare_with_naive(counts[i], v4, 0xff);
			compare_with_naive(counts[i], v4, 0);
		}
	}
}

static void an_ipv4_address_written_as_ipv6_is_inside_an_ipv4_prefix(void **state)
{
	struct prefix prefixes[] = { prefix_of("10.0.0.0", 8), prefix_of("fd00::", 8) };
	struct prefix_table *table;
	struct err err;

	(void)state;
	assert_int_equal(prefix_table_new(&table, prefixes, 2, &err), 0);
	assert_true(contains(table, "::ffff:10.1.2.3"));
	assert_true(contains(table, "10.255.255.255"));
	assert_false(contains(table, "11.0.0.0"));
	assert_true(contains(table, "fd12::1"));
	assert_false(contains(table, "fe80::1"));
	assert_false(contains(table, "::10.1.2.3"));
	prefix_table_free(&table);
}

static void everything_of_one_family_is_nothing_of_the_other(void **state)
{
	struct prefix all_v6 = prefix_of("::", 0), all_v4 = prefix_of("0.0.0.0", 0);
	struct prefix_table *table;
	struct err err;

	(void)state;
	assert_int_equal(prefix_table_new(&table, &all_v6, 1, &err), 0);
	assert_true(contains(table, "2001:db8::1"));
	assert_false(contains(table, "8.8.8.8"));
	prefix_table_free(&table);
	assert_int_equal(prefix_table_new(&table, &all_v4, 1, &err), 0);
	assert_true(contains(table, "8.8.8.8"));
	assert_false(contains(table, "2001:db8::1"));
	prefix_table_free(&table);
}

static void bits_behind_the_length_do_not_matter(void **state)
{
	struct prefix prefix = prefix_of("10.1.2.3", 8);
	struct prefix_table *table;
	struct err err;

	(void)state;
	assert_int_equal(prefix_table_new(&table, &prefix, 1, &err), 0);
	assert_true(contains(table, "10.200.0.1"));
	prefix_table_free(&table);
}

static void no_prefix_holds_nothing(void **state)
{
	struct prefix_table *table;
	struct err err;

	(void)state;
	assert_int_equal(prefix_table_new(&table, NULL, 0, &err), 0);
	assert_false(contains(table, "0.0.0.0"));
	assert_false(contains(table, "0.0.0.1"));
	assert_false(contains(table, "::"));
	prefix_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_prefixes_gives_what_a_loop_over_them_gives),
		cmocka_unit_test(an_ipv4_address_written_as_ipv6_is_inside_an_ipv4_prefix),
		cmocka_unit_test(everything_of_one_family_is_nothing_of_the_other),
		cmocka_unit_test(bits_behind_the_length_do_not_matter),
		cmocka_unit_test(no_prefix_holds_nothing),
	};

	return cmocka_run_group_tests_name("prefix_table", tests, NULL, NULL);
}
