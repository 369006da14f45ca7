/* The stages' memory: a table of 100 000 entries (update counts of secadvisor), slices of 512 flows a transaction. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/state.h"

enum { ENTRIES = 100000, SLICE = 512, ROUNDS = 2000000 };

struct report {
	struct slot_entry entry;
	uint64_t count, bytes;
};

struct bench {
	struct state *state;
	struct slot_table *table;
	uint64_t commit;
	int fd;
};

static void fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

static void bench_open(struct bench *bench)
{
	enum state_origin origin;
	struct err err;

	bench->fd = memfd_create("bench", MFD_CLOEXEC);
	if (state_new(&bench->state, bench->fd, &err) != 0 ||
		slot_table_new(&bench->table, bench->state, "bench", sizeof(struct report), 2 * ENTRIES, &err) != 0 ||
		state_open(bench->state, 1, 0, -1, &origin, &err) != 0)
		fail(&err);
	bench->commit = 1;
}

static void key_of(uint64_t number, uint64_t key[2])
{
	char uuid[40];
	int length = snprintf(uuid, sizeof(uuid), "6d1e38a4-0b7c-%04x-9b7c-%012" PRIx64, (unsigned)(number & 0xfff), number);

	slot_key(uuid, (size_t)length, key);
}

static void touch(struct bench *bench, const uint64_t key[2], int64_t now_ns)
{
	const struct report *last = slot_table_find(bench->table, key, now_ns);
	struct report *report;
	bool made, evicted;

	report = slot_table_change(bench->table, key, now_ns, &made, &evicted);
	if (report == NULL)
		exit(1);
	report->count += last != NULL;
	report->entry.expires_ns = now_ns + 600 * NS_PER_S;
}

/* ns an operation, `rounds` of them; keys in an order that no cache can guess, from `span` different ones. */
static double run(struct bench *bench, uint64_t (*keys)[2], uint64_t rounds, uint64_t span, int64_t now_ns, int64_t step_ns)
{
	int64_t start = clock_boottime_ns();

	for (uint64_t i = 0; i < rounds; i++) {
		if (i % SLICE == 0)
			state_begin(bench->state, ++bench->commit);
		touch(bench, keys[i * 0x9e3779b1u % span], now_ns);
		now_ns += step_ns;
	}
	return (double)(clock_boottime_ns() - start) / (double)rounds;
}

static double megabytes(int fd)
{
	struct stat status;

	fstat(fd, &status);
	return (double)status.st_blocks * 512 / 1e6;
}

int main(void)
{
	uint64_t (*keys)[2] = calloc(ROUNDS, sizeof(*keys));
	struct bench bench;
	int64_t start;

	if (keys == NULL)
		return 1;
	start = clock_boottime_ns();
	for (uint64_t i = 0; i < ROUNDS; i++)
		key_of(i, keys[i]);
	printf("slot_key of a UUID, printing it included    %7.1f ns\n", (double)(clock_boottime_ns() - start) / ROUNDS);
	bench_open(&bench);
	printf("make an entry, 0 to %d                  %7.1f ns\n", ENTRIES, run(&bench, keys, ENTRIES, ENTRIES, 1, 0));
	printf("memory of %" PRIu32 " entries of %zu bytes        %7.1f MB\n", slot_table_count(bench.table),
		sizeof(struct report), megabytes(bench.fd));
	printf("find + change at %d entries             %7.1f ns  (aim: 150)\n", ENTRIES,
		run(&bench, keys, ROUNDS, ENTRIES, 2, 0));
	printf("find + change, 1000 of them in use          %7.1f ns\n", run(&bench, keys, ROUNDS, 1000, 2, 0));
	printf("make, each expiring after 100 000 others    %7.1f ns\n",
		run(&bench, keys, ROUNDS, ROUNDS, 600 * NS_PER_S, 600 * NS_PER_S / ENTRIES));
	printf("entries then                                %7" PRIu32 "\n", slot_table_count(bench.table));
	start = clock_boottime_ns();
	for (unsigned i = 0; i < 1000000; i++)
		state_begin(bench.state, ++bench.commit);
	printf("state_begin                                 %7.1f ns\n", (double)(clock_boottime_ns() - start) / 1e6);
	slot_table_free(&bench.table);
	state_free(&bench.state);
	free(keys);
	return 0;
}
