/* A worker between a real ring and the file writer: slices, laps, holds, the ways to end. */
#include "support_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "worker/spool.h"

enum { RING = 4 << 20, SMALL_RING = 64 << 10 };

static struct stand stand;

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

static void drain(uint32_t mode)
{
	stand_drain(&stand, mode, true, 10000);
	stand_until(&stand, stand.told_drained);
	stand_check_account(&stand);
}

static uint64_t stored(void)
{
	uint64_t flows;

	stand_stored(&stand, &flows);
	return flows;
}

static void everything_published_is_stored_once(void **state)
{
	(void)state;
	stand_begin(&stand, 300);
	for (unsigned i = 0; i < 40; i++)
		stand_publish(&stand, 100);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->written, 4000);
	assert_int_equal(stored(), 4000);
	assert_int_equal(stand.drained.unsent_objects, 0);
}

static void a_message_larger_than_an_object_is_read_in_slices(void **state)
{
	(void)state;
	stand_begin(&stand, 7);
	stand_publish(&stand, 1000);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->written, 1000);
	assert_int_equal(stored(), 1000);
	/* each tag has a quarter of the flows, in objects of 7 */
	assert_int_equal(stand_account(&stand)->objects_written, 4 * 36);
}

static void a_pipeline_begins_at_the_head(void **state)
{
	(void)state;
	stand_publish(&stand, 50);
	stand_begin(&stand, 10);
	stand_publish(&stand, 30);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->passed, 30);
	assert_int_equal(stored(), 30);
}

static void a_killed_worker_s_successor_goes_on_where_it_was(void **state)
{
	(void)state;
	stand_begin(&stand, 100);
	stand_publish(&stand, 90);
	stand_until(&stand, stand_account(&stand)->passed == 90);
	stand_drop(&stand);
	stand_publish(&stand, 60);
	stand_begin(&stand, 100);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->written, 150);
	assert_int_equal(stored(), 150);
}

static void what_was_overwritten_is_counted_exactly(void **state)
{
	(void)state;
	stand_begin(&stand, 1000);
	stand_publish(&stand, 10);
	stand_until(&stand, stand_account(&stand)->passed == 10);
	for (unsigned i = 0; i < 100; i++)
		stand_publish(&stand, 10);
	stand_until(&stand, stand_account(&stand)->passed == stand.published);
	drain(DRAIN_HANDOVER);

	assert_true(stand_account(&stand)->lost_ring > 0);
	assert_int_equal(stand_account(&stand)->written + stand_account(&stand)->lost_ring, 1010);
	assert_int_equal(stored(), stand_account(&stand)->written);
	assert_non_null(strstr(stand.events, "ring.lapped"));
	assert_int_equal(stand.figures.laps, 1);
}

static void gaps_and_probe_losses_are_accounted_where_they_stand(void **state)
{
	const struct ring_gap gap = { .from_ms = 1000, .to_ms = 3500, .reason = GAP_RECONNECT };
	const struct ring_drops drops = { .flow_dropped = 5, .kernel_flow_dropped = 2, .packets_dropped = 99 };

	(void)state;
	stand_begin(&stand, 10);
	ring_publish_gap(stand.writer, &gap, clock_boottime_ns(), NULL);
	ring_publish_drops(stand.writer, &drops, clock_wall_ms(), clock_boottime_ns(), NULL);
	stand_publish(&stand, 4);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->gaps, 1);
	assert_int_equal(stand_account(&stand)->gap_ms, 2500);
	assert_int_equal(stand_account(&stand)->probe_dropped, 7);
	assert_int_equal(stand_account(&stand)->written, 4);
}

static void a_stop_clears_the_position(void **state)
{
	(void)state;
	stand_begin(&stand, 10);
	stand_publish(&stand, 20);
	drain(DRAIN_STOP);
	stand_account(&stand);
	assert_int_equal(stand.figures.position.epoch, 0);
	stand_drop(&stand);
	stand_publish(&stand, 1000);
	stand_begin(&stand, 10);
	stand_publish(&stand, 5);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->passed, 25);
	assert_int_equal(stand_account(&stand)->lost_ring, 0);
	assert_int_equal(stored(), 25);
}

static void what_a_killed_worker_lacked_of_a_stop_is_lost(void **state)
{
	char settings[128];

	(void)state;
	stand_begin(&stand, 10);
	stand_publish(&stand, 20);
	stand_until(&stand, stand_account(&stand)->passed == 20);
	stand_drop(&stand);
	stand_publish(&stand, 30);
	snprintf(settings, sizeof(settings), ",\"stopped\":{\"epoch\":\"%" PRIu64 "\",\"sequence\":\"%u\"}", stand.epoch, 45);
	stand.settings = settings;
	stand_begin(&stand, 10);
	drain(DRAIN_HANDOVER);

	assert_int_equal(stand_account(&stand)->passed, 45);
	assert_int_equal(stand_account(&stand)->lost_ring, 25);
	assert_int_equal(stored(), 20);
}

/* ---- no room ---- */

static bool disk_full;

static void a_full_disk_holds_and_loses_nothing(void **state)
{
	(void)state;
	disk_full = true;
	stand_start(&stand, stand_config(10));
	disk_fill(&stand, &disk_full);
	stand_until(&stand, stand.ready);
	stand_publish(&stand, 40);
	stand_until(&stand, strstr(stand.conditions[CONDITION_SPOOL], "NoSpace") != NULL);
	assert_int_equal(stand_account(&stand)->passed, 0);
	assert_int_equal(stand.figures.held, 1);

	disk_full = false;
	drain(DRAIN_HANDOVER);

	stand_until(&stand, strstr(stand.conditions[CONDITION_SPOOL], "\"status\":true") != NULL);
	assert_int_equal(stored(), 40);
}

static void a_worker_is_not_ready_before_its_stream_has_a_name(void **state)
{
	const struct ipc_stream_name name = { .wall_ms = 1000 };

	(void)state;
	stand.silent = true;
	stand_start(&stand, stand_config(10));
	stand_until(&stand, stand.worker.stream_request != 0 && spool_durable_number(stand.worker.spool) > 0);
	stand_run_ms(&stand, 20);
	assert_false(stand.ready);

	ipc_send(stand.peer, IPC_STREAM_NAME, stand.worker.stream_request, &name, sizeof(name), NULL);
	stand_until(&stand, stand.ready);
}

static void a_worker_waits_for_the_lock_and_still_hears(void **state)
{
	struct stand second;

	(void)state;
	stand_begin(&stand, 10);
	second = stand;
	second.published = stand.published;
	stand_start(&second, stand_config(10));
	stand_until(&second, strstr(second.conditions[CONDITION_WORKER], "SpoolLocked") != NULL);
	assert_false(second.ready);
	stand_drop(&stand);
	stand_until(&second, second.ready);
	stand_drain(&second, DRAIN_HANDOVER, true, 5000);
	stand_until(&second, second.told_drained);
	stand_drop(&second);
	stand_begin(&stand, 10);
}

/* The supervisor has checked it: what is wrong with it here was wrong on the way. */
static void a_configuration_that_cannot_be_read_is_no_refusal(void **state)
{
	(void)state;
	stand_start(&stand, "{\"pipeline\":{\"write\":{\"type\":\"pigeon\"}}}");
	stand_until(&stand, stand.worker.life == LIFE_ENDED);

	assert_int_equal(stand.worker.exit_status, WORKER_FAILED);
	stand_run_ms(&stand, 1);
	assert_non_null(strstr(stand.events, "worker.failed"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_published_is_stored_once),
		TEST(a_message_larger_than_an_object_is_read_in_slices),
		TEST(a_pipeline_begins_at_the_head),
		TEST(a_killed_worker_s_successor_goes_on_where_it_was),
		cmocka_unit_test_setup_teardown(what_was_overwritten_is_counted_exactly, set_up_small, tear_down),
		TEST(gaps_and_probe_losses_are_accounted_where_they_stand),
		TEST(a_stop_clears_the_position),
		TEST(what_a_killed_worker_lacked_of_a_stop_is_lost),
		TEST(a_full_disk_holds_and_loses_nothing),
		TEST(a_worker_is_not_ready_before_its_stream_has_a_name),
		TEST(a_worker_waits_for_the_lock_and_still_hears),
		TEST(a_configuration_that_cannot_be_read_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
