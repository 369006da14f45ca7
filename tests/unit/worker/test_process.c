/* The real executable, killed again and again while its ring is fed: every published flow is stored once or counted. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/random.h"

enum { RING = 16 << 20, SMALL_RING = 256 << 10, LIVES = 40 };

static struct stand stand;
static unsigned lives_ready;             /* lives that came as far as ready */

static int set_up(void **state)
{
	(void)state;
	stand_init(&stand, RING);
	return 0;
}

static int set_up_small(void **state)
{
	(void)state;
	stand_init(&stand, SMALL_RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

/* The seed is said, so that a failure can be had again: TEST_SEED. */
static void seed(void)
{
	const char *given = getenv("TEST_SEED");
	unsigned number = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)random_u64();

	print_message("TEST_SEED=%u\n", number);
	srandom(number);
}

/* One life: started, fed for up to 30 ms (ready or not), killed. */
static void live_and_die(const char *config, uint32_t flows)
{
	int64_t end = clock_boottime_ns() + random() % 30 * NS_PER_MS;

	stand_spawn(&stand, config);
	while (clock_boottime_ns() < end) {
		stand_publish(&stand, 1 + (uint32_t)random() % flows);
		loop_run_once(stand.loop, (int)(random() % 3), NULL);
	}
	usleep((useconds_t)(random() % 2000));        /* not a wait: when it dies is to be anywhere */
	lives_ready += stand.ready;
	stand_kill(&stand);
}

static void end_in_order(const char *config)
{
	stand_spawn(&stand, config);
	stand_until(&stand, stand.ready);
	stand_drain(&stand, DRAIN_HANDOVER, true, 20000);
	stand_until(&stand, stand.told_drained);
	assert_int_equal(stand_wait(&stand), WORKER_DONE);
	stand_figures(&stand);
}

/* The first life fixes the position, so that all that is published counts. */
static void begin(const char *config)
{
	seed();
	lives_ready = 0;
	stand_spawn(&stand, config);
	stand_until(&stand, stand.ready);
	stand_kill(&stand);
}

static void killed_at_any_moment_it_stores_each_flow_once(void **state)
{
	const char *config = stand_config(50);
	uint64_t stored;

	(void)state;
	begin(config);
	for (unsigned i = 0; i < LIVES; i++)
		live_and_die(config, 100);
	end_in_order(config);
	stand_stored(&stand, &stored);

	print_message("%llu flows published, %u of %d lives ready\n", (unsigned long long)stand.published, lives_ready, LIVES);
	stand_check_account(&stand);
	assert_int_equal(stand.figures.account.lost_ring, 0);
	assert_int_equal(stand.figures.account.written, stand.published);
	assert_int_equal(stored, stand.published);
}

static void killed_and_overtaken_it_counts_what_it_does_not_store(void **state)
{
	const char *config = stand_config(50);
	uint64_t stored;

	(void)state;
	begin(config);
	for (unsigned i = 0; i < LIVES; i++)
		live_and_die(config, 100);
	end_in_order(config);
	stand_stored(&stand, &stored);

	print_message("%llu flows published, %llu lost, %u of %d lives ready\n", (unsigned long long)stand.published,
		(unsigned long long)stand.figures.account.lost_ring, lives_ready, LIVES);
	stand_check_account(&stand);
	assert_int_equal(stand.figures.account.written + stand.figures.account.lost_ring, stand.published);
	assert_int_equal(stored, stand.figures.account.written);
}

static void it_ignores_the_terminal_s_signals(void **state)
{
	(void)state;
	stand_spawn(&stand, stand_config(50));
	stand_until(&stand, stand.ready);
	kill(stand.pid, SIGINT);
	kill(stand.pid, SIGTERM);
	stand_publish(&stand, 10);
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand_wait(&stand), WORKER_DONE);
}

static void it_has_nothing_open_but_its_descriptors(void **state)
{
	char path[64];

	(void)state;
	stand_spawn(&stand, stand_config(50));
	stand_until(&stand, stand.ready);
	for (int fd = FD_CHILD_END; fd < 64; fd++) {
		char target[256] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)stand.pid, fd);
		if (readlink(path, target, sizeof(target) - 1) > 0)
			assert_null(strstr(target, "socket:"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_at_any_moment_it_stores_each_flow_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_and_overtaken_it_counts_what_it_does_not_store, set_up_small, tear_down),
		cmocka_unit_test_setup_teardown(it_ignores_the_terminal_s_signals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_has_nothing_open_but_its_descriptors, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
