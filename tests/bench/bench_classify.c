/* Cost of asking whether an address lies in one of N prefixes, beside a loop that compares all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "worker/prefix_table.h"

enum { ADDRESSES = 4096, ROUNDS = 2000 };

static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void random_address(uint8_t *address, bool v4)
{
	uint64_t bits[2] = { next_random(), next_random() };

	memcpy(address, bits, 16);
	if (v4) {
		memset(address, 0, 10);
		address[10] = address[11] = 0xff;
	} else {
		memcpy(address, "\x20\x01\x0d\xb8", 4);
	}
}

static bool naive_contains(const struct prefix *prefixes, size_t count, const uint8_t *address)
{
	for (size_t i = 0; i < count; i++) {
		unsigned bytes = prefixes[i].length / 8, rest = prefixes[i].length % 8;

		if (memcmp(prefixes[i].address, address, bytes) == 0
		    && (rest == 0 || (prefixes[i].address[bytes] ^ address[bytes]) >> (8 - rest) == 0))
			return true;
	}
	return false;
}

static void measure(size_t count, bool v4)
{
	struct prefix *prefixes = calloc(count, sizeof(*prefixes));
	uint8_t (*addresses)[16] = calloc(ADDRESSES, 16);
	struct prefix_table *table;
	struct err err;
	unsigned naive_rounds = count > 1000 ? 2 : 50;
	size_t found = 0, naive_found = 0;
	int64_t start;
	double own, naive;

	if (prefixes == NULL || addresses == NULL)
		exit(1);
	for (size_t i = 0; i < count; i++) {
		random_address(prefixes[i].address, v4);
		prefixes[i].length = (uint8_t)(v4 ? 96 + 18 + next_random() % 11 : 48 + next_random() % 17);
	}
	/* every other one inside */
	for (size_t i = 0; i < ADDRESSES; i++) {
		random_address(addresses[i], v4);
		if (i % 2 == 0)
			memcpy(addresses[i], prefixes[next_random() % count].address, 16);
	}
	if (prefix_table_new(&table, prefixes, count, &err) != 0)
		exit(1);
	start = clock_boottime_ns();
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ADDRESSES; i++)
			found += prefix_table_contains(table, addresses[i]);
	own = (double)(clock_boottime_ns() - start) / ROUNDS / ADDRESSES;
	start = clock_boottime_ns();
	for (unsigned round = 0; round < naive_rounds; round++)
		for (size_t i = 0; i < ADDRESSES; i++)
			naive_found += naive_contains(prefixes, count, addresses[i]);
	naive = (double)(clock_boottime_ns() - start) / naive_rounds / ADDRESSES;
	printf("%s %6zu prefixes: %5.1f ns an address (a loop: %.0f ns; inside: %.0f %%)\n", v4 ? "IPv4" : "IPv6", count, own,
		naive, (double)found * 100 / ROUNDS / ADDRESSES);
	if (found / ROUNDS != naive_found / naive_rounds)
		printf("the two disagree\n");
	prefix_table_free(&table);
	free(prefixes);
	free(addresses);
}

int main(void)
{
	static const size_t counts[] = { 3, 20, 200, 10000 };

	printf("classify: is an address inside one of the cluster's prefixes (a flow has two)\n");
	for (int v4 = 1; v4 >= 0; v4--)
		for (unsigned i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			measure(counts[i], v4);
	return 0;
}
