/* What is copied out of the ring: nothing that it says of itself is believed. */
#include "support_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/clock.h"

static struct stand stand;

static int set_up(void **state)
{
	(void)state;
	stand_init(&stand, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

/* Flows as long as the memory behind them would have to be: none of it may be believed. */
static void a_flow_that_is_longer_than_its_column_says_is_lost_and_copies_nothing(void **state)
{
	enum { COUNT = 8, LENGTH = 30000 };
	char *text = calloc(1, LENGTH);
	struct flow_column columns[COUNT] = { 0 };
	struct flow flows[COUNT] = { 0 };
	uint64_t found;
	struct ring_flows batch = { .columns = columns, .flows = flows, .count = COUNT, .text = text, .text_length = LENGTH,
		.wall_ms = clock_wall_ms(), .boottime_ns = clock_boottime_ns() };

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		flows[i].raw = (struct text_ref){ .length = LENGTH };
		columns[i].text_length = 1;
	}
	stand_begin(&stand, 10);
	assert_int_equal(ring_publish_flows(stand.writer, &batch, NULL), 0);
	stand_publish(&stand, 4);
	stand_until(&stand, stand_account(&stand)->passed == COUNT + 4);

	assert_int_equal(stand_account(&stand)->lost_error, COUNT);
	stand_drain(&stand, DRAIN_HANDOVER, true, 10000);
	stand_until(&stand, stand.told_drained);
	stand_stored(&stand, &found);
	assert_int_equal(found, 4);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_flow_that_is_longer_than_its_column_says_is_lost_and_copies_nothing, set_up,
			tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
