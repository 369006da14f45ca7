/* CRC-32C against its definition, for lengths around every block of the fast ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/crc32c.h"

enum { BYTES = 5000 };

static unsigned char bytes[BYTES + 8];

static uint32_t by_definition(uint32_t crc, const unsigned char *from, size_t length)
{
	crc = ~crc;
	for (; length > 0; from++, length--) {
		crc ^= *from;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return ~crc;
}

static void fill(void)
{
	uint32_t seed = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1664525u + 1013904223u;
		bytes[i] = (unsigned char)(seed >> 24);
	}
}

static void known_sums_are_right(void **state)
{
	static const unsigned char zeros[32];

	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283u);
	assert_int_equal(crc32c(0, zeros, sizeof(zeros)), 0x8a9136aau);
	assert_int_equal(crc32c(0, NULL, 0), 0);
}

static void every_length_and_alignment_gives_the_definition_s_sum(void **state)
{
	(void)state;
	fill();
	for (size_t length = 0; length < 2400; length++)
		assert_int_equal(crc32c(0, bytes + length % 8, length), by_definition(0, bytes + length % 8, length));
	assert_int_equal(crc32c(0, bytes, BYTES), by_definition(0, bytes, BYTES));
}

static void a_sum_goes_on_where_it_was_left(void **state)
{
	uint32_t whole;

	(void)state;
	fill();
	whole = by_definition(0, bytes, BYTES);
	for (size_t first = 0; first <= BYTES; first += 97)
		assert_int_equal(crc32c(crc32c(0, bytes, first), bytes + first, BYTES - first), whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums_are_right),
		cmocka_unit_test(every_length_and_alignment_gives_the_definition_s_sum),
		cmocka_unit_test(a_sum_goes_on_where_it_was_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
