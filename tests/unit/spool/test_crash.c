/* Random histories of a spool that is killed, loses power and meets failing files, each checked to the end: what was
 * published is stored once or counted lost. More of them: SLUICE_CRASH_HISTORIES=100000; one of them again:
 * SLUICE_CRASH_SEED=1000101. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "support_world.h"

enum { HISTORIES = 150, STEPS = 120 };

static unsigned histories(void)
{
	const char *wanted = getenv("SLUICE_CRASH_HISTORIES");

	return wanted != NULL ? (unsigned)strtoul(wanted, NULL, 10) : HISTORIES;
}

/* The history that is played, or was when a test failed. */
static uint64_t played;

static int tell_history(void **state)
{
	(void)state;
	print_message("last history: %llu\n", (unsigned long long)played);
	return 0;
}

/* One history again: SLUICE_CRASH_SEED. */
static bool left_out(uint64_t seed)
{
	const char *wanted = getenv("SLUICE_CRASH_SEED");

	return wanted != NULL && strtoull(wanted, NULL, 10) != seed;
}

/* power: of 100 crashes, how many take the machine with them. */
static void play(uint64_t seed, unsigned power, bool faults)
{
	struct world *world;

	if (left_out(seed))
		return;
	world = calloc(1, sizeof(*world));
	played = seed;
	world_init(world, seed);
	world->faults_expected = faults;
	for (unsigned step = 0; step < STEPS; step++) {
		if (disk_random(world->disk, 12) == 0)
			world->disk->kill_at = world->disk->operations + 1 + disk_random(world->disk, 12);
		if (faults && disk_random(world->disk, 10) == 0) {
			world->disk->fault = FAULT_EIO + disk_random(world->disk, 3);
			world->disk->fault_at = world->disk->operations + disk_random(world->disk, 6);
			world->disk->fault_hit = false;
		}
		world_step(world);
		if (world->disk->dead)
			world_crash(world, disk_random(world->disk, 100) < power);
	}
	world->disk->kill_at = 0;
	world_finish(world);
	world_fini(world);
	free(world);
}

static void a_worker_killed_at_any_file_operation_loses_nothing_and_doubles_nothing(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= histories(); i++)
		play(i, 0, false);
}

static void a_power_loss_at_any_moment_is_accounted_for(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= histories(); i++)
		play(1000000 + i, 50, false);
}

static void failing_files_are_held_or_counted(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= histories(); i++)
		play(2000000 + i, 20, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_worker_killed_at_any_file_operation_loses_nothing_and_doubles_nothing, tell_history),
		cmocka_unit_test_teardown(a_power_loss_at_any_moment_is_accounted_for, tell_history),
		cmocka_unit_test_teardown(failing_files_are_held_or_counted, tell_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
