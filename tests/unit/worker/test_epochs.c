/* A worker that finds another ring than the one it read last: what it did not read is lost exactly where the old ring's end
 * is known, and a gap with its reason where it is not. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum { RING = 4 << 20 };

static struct stand stand;

static int set_up(void **state)
{
	(void)state;
	stand_init(&stand, RING);
	stand.epochs[0] = (struct ipc_epoch){ .epoch = stand.epoch, .last_sequence = UINT64_MAX, .first_wall_ms = 1000,
		.last_wall_ms = 5000 };
	clock_boot_id(stand.epochs[0].boot_id);
	stand.epoch_count = 1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

/* A first worker reads 20 flows and dies. */
static void read_twenty(void)
{
	stand_begin(&stand, 10);
	stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->passed == 20);
	stand_drop(&stand);
}

/* Another ring in the place of the present one, as after the supervisor's end; its last known moment is 3 s before the new
 * one's first. last_sequence: of the present one, UINT64_MAX: nobody wrote its end down. */
static struct ipc_epoch *new_ring(uint64_t last_sequence)
{
	struct ipc_epoch *old = &stand.epochs[stand.epoch_count - 1], *next = &stand.epochs[stand.epoch_count++];
	bool restarted;

	old->last_sequence = last_sequence;
	ring_writer_close(&stand.writer);
	close(stand.ring_fd);
	close(stand.ring_read_fd);
	assert_int_equal(ring_create(RING, &stand.ring_fd, &stand.epoch, NULL), 0);
	assert_int_equal(ring_reopen_read(stand.ring_fd, &stand.ring_read_fd, NULL), 0);
	assert_int_equal(ring_writer_open(&stand.writer, stand.ring_fd, stand.wake_fd, &restarted, NULL), 0);
	*next = (struct ipc_epoch){ .epoch = stand.epoch, .last_sequence = UINT64_MAX,
		.first_wall_ms = old->last_wall_ms + 3000, .last_wall_ms = old->last_wall_ms + 10000 };
	clock_boot_id(next->boot_id);
	return old;
}

/* A successor reads what the present ring holds. */
static void read_on(void)
{
	uint64_t stored;

	stand_begin(&stand, 10);
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);
	stand_check_account(&stand);
	stand_stored(&stand, &stored);
	assert_int_equal(stored, stand_account(&stand)->written);
}

static void assert_event(const char *code, const char *text)
{
	const char *event = strstr(stand.events, code);
	const char *found = event != NULL ? strstr(event, text) : NULL;

	if (found == NULL || found > strchr(event, '\n'))
		fail_msg("no event %s with \"%s\" in:\n%s", code, text, stand.events);
}

static void the_unread_end_of_a_known_epoch_is_lost_to_the_ring(void **state)
{
	(void)state;
	read_twenty();
	stand_publish(&stand, 15);
	new_ring(35);
	stand_publish(&stand, 7);
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 42);
	assert_int_equal(stand_account(&stand)->lost_ring, 15);
	assert_int_equal(stand_account(&stand)->written, 27);
	assert_int_equal(stand_account(&stand)->gaps, 0);
	assert_event("ring.lost", "15 flows");
}

static void an_epoch_without_a_known_end_leaves_a_gap_of_what_was_killed(void **state)
{
	(void)state;
	read_twenty();
	new_ring(UINT64_MAX);
	stand_publish(&stand, 7);
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 27);
	assert_int_equal(stand_account(&stand)->lost_ring, 0);
	assert_int_equal(stand_account(&stand)->gaps, 1);
	assert_int_equal(stand_account(&stand)->gap_ms, 3000);
	assert_event("epoch.gap", "(killed): a gap of 3.0 s");
}

static void an_epoch_of_another_boot_leaves_a_gap_of_a_power_loss(void **state)
{
	(void)state;
	read_twenty();
	new_ring(UINT64_MAX)->boot_id[0] ^= 1;
	read_on();

	assert_int_equal(stand_account(&stand)->gaps, 1);
	assert_event("epoch.gap", "(power): a gap of 3.0 s");
}

/* Worker away through three rings: the first ended in order, the second was killed, the third is the present one. */
static void each_epoch_in_between_is_passed_for_what_is_known_of_it(void **state)
{
	(void)state;
	read_twenty();
	stand_publish(&stand, 5);
	new_ring(25);
	stand_publish(&stand, 100);
	new_ring(UINT64_MAX);
	stand_publish(&stand, 7);
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 32);
	assert_int_equal(stand_account(&stand)->lost_ring, 5);
	assert_int_equal(stand_account(&stand)->written, 27);
	assert_int_equal(stand_account(&stand)->gaps, 1);
	assert_int_equal(stand_account(&stand)->gap_ms, 3000);
	assert_event("epoch.gap", "(killed)");
	assert_event("ring.lost", "5 flows");
}

static void a_whole_epoch_that_was_never_read_is_lost_when_its_end_is_known(void **state)
{
	(void)state;
	read_twenty();
	new_ring(20);
	stand_publish(&stand, 100);
	new_ring(100);
	stand_publish(&stand, 7);
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 127);
	assert_int_equal(stand_account(&stand)->lost_ring, 100);
	assert_int_equal(stand_account(&stand)->gaps, 0);
}

static void a_ring_that_nobody_has_on_record_leaves_a_gap_of_unknown_length(void **state)
{
	(void)state;
	read_twenty();
	new_ring(20);
	stand.epochs[0] = stand.epochs[1];
	stand.epoch_count = 1;
	stand_publish(&stand, 7);
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 27);
	assert_int_equal(stand_account(&stand)->lost_ring, 0);
	assert_int_equal(stand_account(&stand)->gaps, 1);
	assert_event("epoch.unknown", "unknown length");
}

/* A start has settled a stop and died before it was ready: what was published since then is not to be missed. */
static void a_stop_that_the_position_has_passed_is_not_settled_again(void **state)
{
	char settings[128];

	(void)state;
	read_twenty();
	stand_publish(&stand, 15);
	snprintf(settings, sizeof(settings), ",\"stopped\":{\"epoch\":\"%llu\",\"sequence\":12}",
		(unsigned long long)stand.epoch);
	stand.settings = settings;
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 35);
	assert_int_equal(stand_account(&stand)->lost_ring, 0);
	assert_int_equal(stand_account(&stand)->written, 35);
}

static void a_stop_of_an_earlier_ring_is_not_settled_again(void **state)
{
	char settings[128];

	(void)state;
	new_ring(0);
	read_twenty();
	stand_publish(&stand, 15);
	snprintf(settings, sizeof(settings), ",\"stopped\":{\"epoch\":\"%llu\",\"sequence\":12}",
		(unsigned long long)stand.epochs[0].epoch);
	stand.settings = settings;
	read_on();

	assert_int_equal(stand_account(&stand)->passed, 35);
	assert_int_equal(stand_account(&stand)->lost_ring, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(the_unread_end_of_a_known_epoch_is_lost_to_the_ring),
		TEST(an_epoch_without_a_known_end_leaves_a_gap_of_what_was_killed),
		TEST(an_epoch_of_another_boot_leaves_a_gap_of_a_power_loss),
		TEST(each_epoch_in_between_is_passed_for_what_is_known_of_it),
		TEST(a_whole_epoch_that_was_never_read_is_lost_when_its_end_is_known),
		TEST(a_ring_that_nobody_has_on_record_leaves_a_gap_of_unknown_length),
		cmocka_unit_test_setup_teardown(a_stop_that_the_position_has_passed_is_not_settled_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_of_an_earlier_ring_is_not_settled_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
