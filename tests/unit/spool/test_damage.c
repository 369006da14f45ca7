/* Commit record, segments, objects and the saved memory, truncated, zeroed and bit-flipped at every offset between two
 * lives of a worker: never a crash or a hang, never more stored than published or anything twice, and what is lost is
 * counted. Each damage is tried in a process of its own, which begins where the first life ended.
 *
 * A sample of eight lives; all of two: SLUICE_DAMAGE=all. One again: SLUICE_DAMAGE="3 commit bit 4097 5" (seed, file, damage, offset,
 * bit), as it is printed when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/random.h"
#include "support_world.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SAMPLE = 400 };        /* a process each is slow there */
#else
enum { SAMPLE = 4000 };
#endif
enum { SEEDS = 8, SEEDS_WHOLE = 2, STEPS = 150, ZEROED = 64, HANG_S = 20, FAILURES_SHOWN = 10, PROCESSES = 2 };

enum damage_kind { DAMAGE_CUT, DAMAGE_ZEROS, DAMAGE_BIT, DAMAGE_KINDS };

struct damage {
	unsigned seed;
	char file[DISK_NAME];
	enum damage_kind kind;
	size_t offset;
	unsigned bit;
};

static const char *const kind_names[DAMAGE_KINDS] = { "cut", "zeros", "bit" };

/* The one that is tried: world->damage has no argument. */
static struct damage present;

/* ---- one damage ---- */

static void apply(struct world *world)
{
	struct disk_file *file = disk_find(world->disk, present.file);
	size_t zeroed;

	assert_non_null(file);
	switch (present.kind) {
	case DAMAGE_CUT:
		memset(file->cache + present.offset, 0, file->size - present.offset);
		file->size = present.offset;
		break;
	case DAMAGE_ZEROS:
		zeroed = file->size - present.offset < ZEROED ? file->size - present.offset : ZEROED;
		memset(file->cache + present.offset, 0, zeroed);
		break;
	default:
		file->cache[present.offset] = (char)(file->cache[present.offset] ^ 1 << present.bit);
	}
}

/* In a process of its own; ends it. A failed assertion, a signal or a hang is its end, too. */
_Noreturn static void live_on(struct world *world)
{
	alarm(HANG_S);
	world->damage = apply;
	world_crash(world, false);
	world_finish(world);
	_exit(0);
}

static bool survives(struct world *world)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		live_on(world);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("fork");
		exit(1);
	}
	if (status == 0)
		return true;
	printf("SLUICE_DAMAGE=\"%u %s %s %zu %u\": %s %d\n", present.seed, present.file, kind_names[present.kind],
		present.offset, present.bit, WIFSIGNALED(status) ? "signal" : "exit status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return false;
}

/* ---- all of them ---- */

/* A worker's life, ended by SIGKILL or, for some, in order, which leaves the saved memory behind. */
static struct world *first_life(unsigned seed)
{
	struct world *world = calloc(1, sizeof(*world));

	if (world == NULL)
		exit(1);
	world_init(world, seed);
	for (unsigned step = 0; step < STEPS; step++)
		world_step(world);
	if (seed % 2 == 0)
		world_end(world);
	return world;
}

struct trial {
	unsigned tried, failed;
	unsigned share, shares;       /* which damages are this process's */
	uint64_t of;                  /* one of so many is tried */
};

static bool is_tried(struct trial *trial, uint64_t number)
{
	if (number % trial->shares != trial->share)
		return false;
	return trial->of <= 1 || random_u64() % trial->of == 0;
}

static void try_kinds(struct trial *trial, struct world *world)
{
	for (unsigned i = 0; i < DAMAGE_KINDS - 1 + 8; i++) {
		present.kind = i < DAMAGE_BIT ? (enum damage_kind)i : DAMAGE_BIT;
		present.bit = i < DAMAGE_BIT ? 0 : i - DAMAGE_BIT;
		if (!is_tried(trial, present.offset / 4 + i))
			continue;
		trial->tried++;
		trial->failed += !survives(world);
		if (trial->failed >= FAILURES_SHOWN)
			exit(1);
	}
}

static uint64_t bytes_of(const struct world *world)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < world->disk->names.count; i++)
		bytes += world->disk->files[world->disk->names.links[i].file].size;
	return bytes;
}

static void try_seed(struct trial *trial, unsigned seed, bool all)
{
	struct world *world = first_life(seed);
	const struct disk_names names = world->disk->names;

	trial->of = all ? 1 : bytes_of(world) * (DAMAGE_KINDS - 1 + 8) * SEEDS / SAMPLE;
	for (unsigned i = 0; i < names.count; i++) {
		present.seed = seed;
		snprintf(present.file, sizeof(present.file), "%s", names.links[i].name);
		for (present.offset = 0; present.offset < world->disk->files[names.links[i].file].size; present.offset++)
			try_kinds(trial, world);
	}
	world_fini(world);
	free(world);
}

static int try_one(const char *which)
{
	char kind[8] = "";
	struct world *world;
	bool fine;

	if (sscanf(which, "%u %95s %7s %zu %u", &present.seed, present.file, kind, &present.offset, &present.bit) != 5) {
		fprintf(stderr, "SLUICE_DAMAGE: all, or seed, file, damage, offset, bit\n");
		return 2;
	}
	while (present.kind < DAMAGE_BIT && strcmp(kind, kind_names[present.kind]) != 0)
		present.kind++;
	world = first_life(present.seed);
	fine = survives(world);
	world_fini(world);
	free(world);
	return fine ? 0 : 1;
}

static int try_share(unsigned share, bool all)
{
	struct trial trial = { .share = share, .shares = PROCESSES };

	for (unsigned seed = 1; seed <= (all ? SEEDS_WHOLE : SEEDS); seed++)
		try_seed(&trial, seed, all);
	printf("%u damages, %u failed\n", trial.tried, trial.failed);
	return trial.failed > 0;
}

int main(void)
{
	const char *which = getenv("SLUICE_DAMAGE");
	bool all = which != NULL && strcmp(which, "all") == 0;
	int failed = 0, status;

	if (which != NULL && !all)
		return try_one(which);
	for (unsigned share = 0; share < PROCESSES; share++) {
		fflush(stdout);
		if (fork() == 0)
			exit(try_share(share, all));
	}
	while (wait(&status) > 0)
		failed += status != 0;
	return failed > 0;
}
