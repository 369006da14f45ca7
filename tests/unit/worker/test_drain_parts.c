/* A stop while a stage gives out what it holds in parts (STAGE_MORE), and the parts do not go through. */
#include "support_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/clock.h"
#include "worker/spool.h"
#include "worker/stages/stages.h"

enum { RING = 4 << 20 };

static struct stand stand;
static bool full;                             /* the disk; else only the first part goes through */
static unsigned parts;                        /* asked for */

static int holder_wanted(const struct pipeline_config *config)
{
	(void)config;
	return 1;
}

static int holder_push(struct stage *stage, struct batch *batch, struct err *err)
{
	return stage_next(stage, batch, err);
}

static int holder_flush(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err)
{
	parts++;
	if (!full)
		return parts == 1 ? STAGE_MORE : err_set(err, ERR_AGAIN, "there is no room");
	return spool_append(stage->context->spool, 0, "{}", 2, 0, now_ms, now_ns, err) == 0 ? STAGE_MORE : ERR_AGAIN;
}

static const struct stage_type holder = {
	.name = "holder",
	.phase = PHASE_MANGLE,
	.wanted = holder_wanted,
	.push = holder_push,
	.flush = holder_flush,
};

/* In place of the worker's. */
const struct stage_type *const stage_registry[] = {
	&stage_capture, &stage_classify_subnet, &stage_filter, &stage_fetch, &stage_transform_none, &holder, &stage_encode,
	&stage_store, NULL,
};

static int set_up(void **state)
{
	(void)state;
	parts = 0;
	stand_init(&stand, RING);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	stand_fini(&stand);
	return 0;
}

static void stop_within(int64_t ms)
{
	stand_start(&stand, stand_config(10));
	disk_fill(&stand, &full);
	stand_until(&stand, stand.ready);
	stand_drain(&stand, DRAIN_STOP, true, ms);
	stand_until(&stand, stand.told_drained);
}

static void it_ends_at_its_deadline_when_the_second_part_has_no_room(void **state)
{
	(void)state;
	full = false;
	stop_within(200);
	assert_true(parts >= 2);
}

static void a_full_disk_is_not_tried_without_a_pause(void **state)
{
	(void)state;
	full = true;
	stop_within(200);
	assert_in_range(parts, 1, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_ends_at_its_deadline_when_the_second_part_has_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_is_not_tried_without_a_pause, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("drain_parts", tests, NULL, NULL);
}
