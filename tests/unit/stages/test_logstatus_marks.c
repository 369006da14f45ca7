/* mangle logstatus: which records are marked, and for how long what was before them is remembered. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"

#define INTERVAL_NS (60 * NS_PER_S)
#define ONE_PACKET ",\"LastUpdateMetric\":{\"ABPackets\":1},\"Metric\":{\"ABPackets\":1}"
#define THREE_IN_ALL ",\"LastUpdateMetric\":{\"ABPackets\":1},\"Metric\":{\"ABPackets\":3}"

static struct pipeline_rig rig;
static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig.config.mangle.type = MANGLE_LOGSTATUS;
	rig.config.mangle.interval = INTERVAL_NS / NS_PER_S;
	rig.config.mangle.emit = 1u << LOG_STATUS_OK | 1u << LOG_STATUS_NODATA | 1u << LOG_STATUS_SKIPDATA;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static void assert_statuses(const char *const *statuses, size_t count)
{
	struct records *records;

	rig_flush(&rig);
	records = records_of_rig(&rig);
	assert_int_equal(records->tags[TAG_INTERNAL].count, count);
	for (size_t i = 0; i < count; i++)
		assert_non_null(strstr(records->tags[TAG_INTERNAL].records[i], statuses[i]));
	records_free(records);
}

static void a_loss_marks_no_interval_after_the_one_that_met_it(void **state)
{
	static const char *const statuses[] = { "\"OK\"", "\"SKIPDATA\"", "\"SKIPDATA\"", "\"OK\"" };

	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, INTERNAL ",\"NodeTID\":\"tid\""));
	rig.spool.now.account.gaps++;
	rig.now_ns += 1000 * INTERVAL_NS;
	rig_feed(&rig, message_of(1, 2, INTERNAL ",\"NodeTID\":\"tid\""));
	rig_feed(&rig, message_of(1, 3, INTERNAL ",\"NodeTID\":\"tid\""));
	rig.now_ns += INTERVAL_NS;
	rig_feed(&rig, message_of(1, 4, INTERNAL ",\"NodeTID\":\"tid\""));
	assert_statuses(statuses, 4);
}

static void a_finished_flow_is_remembered_for_a_minute(void **state)
{
	static const char *const statuses[] = { "\"OK\"", "\"SKIPDATA\"", "\"OK\"" };

	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, INTERNAL ONE_PACKET ",\"FinishType\":2"));
	rig.now_ns = PIPELINE_START_NS + 60 * NS_PER_S - 1;
	rig_feed(&rig, message_of(1, 1, INTERNAL THREE_IN_ALL ",\"FinishType\":2"));
	rig.now_ns = PIPELINE_START_NS + 120 * NS_PER_S;
	rig_feed(&rig, message_of(1, 1, INTERNAL ONE_PACKET));
	assert_statuses(statuses, 3);
}

static unsigned rows_left(void)
{
	return rig.spool.now.lanes[TAG_OTHER].open.records;
}

static void what_is_not_watched_leaves_no_rows_behind(void **state)
{
	(void)state;
	rig.config.mangle.emit = 1u << LOG_STATUS_OK;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, ONE_PACKET ",\"NodeTID\":\"tid\""));
	rig_feed(&rig, message_of(1, 1, THREE_IN_ALL ",\"NodeTID\":\"tid\""));
	assert_true(pipeline_next_due(rig.pipeline) > PIPELINE_START_NS + 100 * INTERVAL_NS);
	rig.now_ns += 2 * INTERVAL_NS;
	rig_feed(&rig, message_of(1, 1, THREE_IN_ALL));
	assert_int_equal(rows_left(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_loss_marks_no_interval_after_the_one_that_met_it, prepare, finish),
		cmocka_unit_test_setup_teardown(a_finished_flow_is_remembered_for_a_minute, prepare, finish),
		cmocka_unit_test_setup_teardown(what_is_not_watched_leaves_no_rows_behind, prepare, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
