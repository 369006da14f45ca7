/* Where a worker that is told to end, or is left alone, stops reading. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/clock.h"

enum { RING = 4 << 20 };

static struct stand stand;

static int set_up(void **state)
{
	(void)state;
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static uint64_t stored(void)
{
	uint64_t flows;

	stand_stored(&stand, &flows);
	return flows;
}

static void an_order_ends_reading_at_its_sequence(void **state)
{
	struct ipc_drain order = { .mode = DRAIN_HANDOVER, .deadline_ns = clock_boottime_ns() + 10 * NS_PER_S };

	(void)state;
	stand_begin(&stand, 10);
	order.epoch = stand.epoch;
	order.sequence = 45;
	ipc_send(stand.peer, IPC_DRAIN, 0, &order, sizeof(order), NULL);
	stand_until(&stand, stand.worker.drain.phase == DRAIN_READING);
	stand_publish(&stand, 60);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand_account(&stand)->passed, 45);
	assert_int_equal(stored(), 45);
	assert_int_equal(stand.figures.position.sequence, 45);
}

static void an_orphan_reads_the_closed_epoch_to_its_end(void **state)
{
	(void)state;
	stand_begin(&stand, 10);
	stand_publish(&stand, 100);
	ring_close(stand.writer);
	ipc_free(&stand.peer);
	stand_until(&stand, stand.worker.life == LIFE_ENDED);

	assert_int_equal(stand.worker.exit_status, WORKER_DONE);
	assert_int_equal(stand_account(&stand)->written, 100);
	assert_int_equal(stored(), 100);
}

static void an_orphan_beside_a_dead_subscriber_reads_to_a_head_that_stands(void **state)
{
	int64_t begin;

	(void)state;
	stand_begin(&stand, 10);
	stand_publish(&stand, 100);
	begin = clock_boottime_ns();
	ipc_free(&stand.peer);
	stand_until(&stand, stand.worker.life == LIFE_ENDED);

	assert_in_range(clock_boottime_ns() - begin, NS_PER_S, 4 * NS_PER_S);
	assert_int_equal(stored(), 100);
}

/* The subscriber was killed between publishing and waking: nobody else tells the worker of these flows. */
static void an_order_is_carried_out_to_flows_of_which_nobody_told(void **state)
{
	(void)state;
	stand_begin(&stand, 10);
	stand.silent_ring = true;
	stand_publish(&stand, 60);
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand_account(&stand)->passed, 60);
	assert_int_equal(stored(), 60);
}

static void an_orphan_reads_flows_of_which_nobody_told(void **state)
{
	int64_t begin;

	(void)state;
	stand_begin(&stand, 10);
	stand.silent_ring = true;
	stand_publish(&stand, 100);
	begin = clock_boottime_ns();
	ipc_free(&stand.peer);
	stand_until(&stand, stand.worker.life == LIFE_ENDED);

	assert_in_range(clock_boottime_ns() - begin, NS_PER_S, 4 * NS_PER_S);
	assert_int_equal(stored(), 100);
}

/* 20 flows are cut and on their way for a handover. */
static void hand_over(void)
{
	stand_begin(&stand, 10);
	stand_publish(&stand, 20);
	stand_drain(&stand, DRAIN_HANDOVER, false, 10000);
	stand_until(&stand, stand.worker.drain.phase == DRAIN_SENDING);
}

static void assert_stopped_at(uint64_t sequence)
{
	stand_until(&stand, stand.told_drained);
	assert_int_equal(stand.drained.mode, DRAIN_STOP);
	assert_int_equal(stand.drained.epoch, stand.epoch);
	assert_int_equal(stand.drained.sequence, sequence);
	assert_int_equal(stand_account(&stand)->passed, sequence);
	assert_int_equal(stand.figures.position.epoch, 0);
	stand_check_account(&stand);
}

static void a_handover_keeps_the_position_and_says_so(void **state)
{
	(void)state;
	hand_over();
	stand_until(&stand, stand.told_drained);

	assert_int_equal(stand.drained.mode, DRAIN_HANDOVER);
	stand_figures(&stand);
	assert_int_equal(stand.figures.position.epoch, stand.epoch);
}

static void a_stop_behind_a_handover_reads_what_it_lacks(void **state)
{
	(void)state;
	hand_over();
	stand_publish(&stand, 15);
	stand_drain(&stand, DRAIN_STOP, true, 10000);

	assert_stopped_at(35);
	assert_int_equal(stored(), 35);
}

static void a_stop_behind_a_handover_with_nothing_to_read_clears_the_position(void **state)
{
	(void)state;
	hand_over();
	stand_drain(&stand, DRAIN_STOP, true, 10000);

	assert_stopped_at(20);
	assert_int_equal(stored(), 20);
}

static void a_stop_behind_a_handover_ends_reading_at_its_own_sequence(void **state)
{
	struct ipc_drain order = { .mode = DRAIN_HANDOVER, .deadline_ns = clock_boottime_ns() + 60 * NS_PER_S };

	(void)state;
	stand_begin(&stand, 10);
	order.epoch = stand.epoch;
	order.sequence = 1000;
	ipc_send(stand.peer, IPC_DRAIN, 0, &order, sizeof(order), NULL);
	stand_until(&stand, stand.worker.drain.phase == DRAIN_READING);
	stand_publish(&stand, 45);
	stand_drain(&stand, DRAIN_STOP, true, 10000);

	assert_stopped_at(45);
	assert_int_equal(stored(), 45);
}

static void a_stop_that_comes_when_nothing_is_sent_any_more_counts_what_it_lacks(void **state)
{
	(void)state;
	hand_over();
	stand.worker.drain.phase = DRAIN_ENDING;
	stand_publish(&stand, 15);
	stand_drain(&stand, DRAIN_STOP, true, 10000);

	assert_stopped_at(35);
	assert_int_equal(stand_account(&stand)->lost_ring, 15);
}

static void a_handover_behind_a_stop_is_part_of_it(void **state)
{
	struct ipc_drain order = { .mode = DRAIN_STOP, .deadline_ns = clock_boottime_ns() + 10 * NS_PER_S };

	(void)state;
	stand_begin(&stand, 10);
	order.epoch = stand.epoch;
	order.sequence = 45;
	ipc_send(stand.peer, IPC_DRAIN, 0, &order, sizeof(order), NULL);
	stand_until(&stand, stand.worker.drain.phase == DRAIN_READING);
	stand_drain(&stand, DRAIN_HANDOVER, false, 10000);
	stand_publish(&stand, 60);

	assert_stopped_at(45);
	assert_int_equal(stored(), 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_order_ends_reading_at_its_sequence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_orphan_reads_the_closed_epoch_to_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_orphan_beside_a_dead_subscriber_reads_to_a_head_that_stands, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_order_is_carried_out_to_flows_of_which_nobody_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_orphan_reads_flows_of_which_nobody_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_handover_keeps_the_position_and_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_behind_a_handover_reads_what_it_lacks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_behind_a_handover_with_nothing_to_read_clears_the_position,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_behind_a_handover_ends_reading_at_its_own_sequence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_stop_that_comes_when_nothing_is_sent_any_more_counts_what_it_lacks,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_handover_behind_a_stop_is_part_of_it, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
