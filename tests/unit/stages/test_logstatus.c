/* mangle logstatus: its rows and statuses as text, silence that is told a part at a time, and what says nothing of it.
 * What it finds in long runs is tests/integration/test_logstatus.py's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/aws_fields.h"
#include "support_golden.h"

#define INTERVAL_NS (60 * NS_PER_S)
#define TELL_NS (INTERVAL_NS + 100 * NS_PER_MS)
#define ONE_PACKET ",\"LastUpdateMetric\":{\"ABPackets\":1},\"Metric\":{\"ABPackets\":1}"
#define THREE_IN_ALL ",\"LastUpdateMetric\":{\"ABPackets\":1},\"Metric\":{\"ABPackets\":3}"

static struct pipeline_rig rig;
static bool is_heard;

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig.config.mangle.type = MANGLE_LOGSTATUS;
	rig.config.mangle.interval = INTERVAL_NS / NS_PER_S;
	rig.config.mangle.emit = 1u << LOG_STATUS_OK | 1u << LOG_STATUS_NODATA | 1u << LOG_STATUS_SKIPDATA;
	is_heard = true;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

static bool heard(void *owner)
{
	(void)owner;
	return is_heard;
}

static int64_t read_until_ns;

static int64_t reached(void *owner, int64_t now_ns)
{
	(void)owner;
	return read_until_ns < now_ns ? read_until_ns : now_ns;
}

static void timer_at(int64_t now_ns)
{
	struct err err;

	spool_begin(&rig.spool);
	assert_int_equal(pipeline_timer(rig.pipeline, now_ns, now_ns / NS_PER_MS, &err), 0);
	spool_commit(&rig.spool, &err);
}

/* Cuts what there is and compares the tag's records. */
static void assert_records(unsigned tag, const char *const *texts, size_t count)
{
	struct records *records;

	rig_flush(&rig);
	records = records_of_rig(&rig);
	assert_int_equal(records->tags[tag].count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(records->tags[tag].records[i], texts[i]);
	records_free(records);
}

/* `count` flows of interfaces that nobody else has: if-FIRST, … */
static void feed_interfaces(unsigned first, unsigned count)
{
	static char message[64 << 10];
	size_t at = (size_t)snprintf(message, sizeof(message), "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[");

	for (unsigned i = first; i < first + count; i++)
		at += (size_t)snprintf(message + at, sizeof(message) - at, "%s{\"UUID\":\"%x\",\"NodeTID\":\"if-%u\"}",
			i > first ? "," : "", i, i);
	snprintf(message + at, sizeof(message) - at, "]}");
	rig_feed(&rig, message);
}

/* ---- texts ---- */

static void a_silent_interface_and_a_skipped_report_are_told_by_default(void **state)
{
	static const char *const texts[] = {
		"{\"UUID\":\"a\",\"Version\":\"1.1.0\",\"Status\":\"STARTED\",\"LastUpdateMetric\":{\"ABPackets\":1},"
			"\"Metric\":{\"ABPackets\":1},\"Start\":0,\"Last\":0,\"UpdateCount\":0,\"LogStatus\":\"OK\"}",
		"{\"UUID\":\"a\",\"Version\":\"1.1.0\",\"Status\":\"UPDATED\",\"LastUpdateMetric\":{\"ABPackets\":1},"
			"\"Metric\":{\"ABPackets\":3},\"Start\":0,\"Last\":0,\"UpdateCount\":1,\"LogStatus\":\"SKIPDATA\"}",
		"{\"NodeTID\":\"tid\",\"Start\":1060000,\"Last\":1120000,\"UpdateCount\":0,\"LogStatus\":\"NODATA\"}",
	};

	(void)state;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 10, ONE_PACKET ",\"NodeTID\":\"tid\""));
	rig_feed(&rig, message_of(1, 10, THREE_IN_ALL ",\"NodeTID\":\"tid\""));
	timer_at(PIPELINE_START_NS + TELL_NS);
	timer_at(PIPELINE_START_NS + INTERVAL_NS + TELL_NS);
	assert_records(TAG_OTHER, texts, 3);
	rig_assert_account(&rig, 2);
}

/* What all objects of a tag hold, one behind the other. */
static void assert_contents(unsigned tag, const char *expected)
{
	size_t at = 0;

	rig_flush(&rig);
	for (unsigned i = 0; i < rig.spool.now.object_count; i++) {
		const struct fake_object *object = &rig.spool.objects[i];

		if (object->lane != tag)
			continue;
		assert_true(at + object->content.length <= strlen(expected));
		assert_memory_equal(object->content.bytes, expected + at, object->content.length);
		at += object->content.length;
	}
	assert_int_equal(at, strlen(expected));
}

#define AWS_HEADER "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action " \
	"log-status\n"

static void rows_of_aws_have_the_status_of_their_record(void **state)
{
	static const char first[] = INTERNAL ",\"NodeTID\":\"tid\",\"LastUpdateMetric\":{\"ABPackets\":1,\"ABBytes\":60,"
		"\"BAPackets\":1,\"BABytes\":50,\"Start\":1000,\"Last\":2000},\"Metric\":{\"ABPackets\":1,\"ABBytes\":60,"
		"\"BAPackets\":1,\"BABytes\":50}";
	static const char second[] = INTERNAL ",\"NodeTID\":\"tid\",\"LastUpdateMetric\":{\"ABPackets\":1,\"ABBytes\":60,"
		"\"BAPackets\":2,\"BABytes\":90,\"Start\":4000,\"Last\":5000},\"Metric\":{\"ABPackets\":3,\"ABBytes\":180,"
		"\"BAPackets\":3,\"BABytes\":140}";
	static struct arena texts;

	(void)state;
	arena_init(&texts, 1 << 20);
	rig.config.transform.type = TRANSFORM_AWSFLOWLOGS;
	rig.config.transform.aws.version = 2;
	rig.config.encode.type = ENCODE_TEXT;
	rig.config.transform.aws.header = aws_header(&rig.config, &texts);
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 10, first));
	rig_feed(&rig, message_of(1, 10, second));
	timer_at(PIPELINE_START_NS + TELL_NS);
	timer_at(PIPELINE_START_NS + INTERVAL_NS + TELL_NS);
	rig_assert_account(&rig, 2);
	assert_contents(TAG_INTERNAL, AWS_HEADER
		"2 - tid 10.1.2.3 172.16.5.6 - - - 1 60 1 2 ACCEPT OK\n"
		"2 - tid 172.16.5.6 10.1.2.3 - - - 1 50 1 2 ACCEPT OK\n"
		"2 - tid 10.1.2.3 172.16.5.6 - - - 1 60 4 5 ACCEPT SKIPDATA\n"
		"2 - tid 172.16.5.6 10.1.2.3 - - - 2 90 4 5 ACCEPT SKIPDATA\n");
	assert_contents(TAG_OTHER, AWS_HEADER "2 - tid - - - - - - - 1060 1120 - NODATA\n");
	arena_fini(&texts);
}

/* But for the times, which are those of the run: what stands before and behind them. */
static void assert_form(const char *own, const char *golden)
{
	const char *own_times = strstr(own, "\"Start\":"), *golden_times = strstr(golden, "\"Start\":");

	assert_int_equal(own_times - own, golden_times - golden);
	assert_memory_equal(own, golden, (size_t)(own_times - own));
	assert_string_equal(strstr(own, ",\"UpdateCount\""), strstr(golden, ",\"UpdateCount\""));
}

static const char *find_record(const struct records *records, const char *begin, const char *status)
{
	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		for (size_t i = 0; i < records->tags[tag].count; i++) {
			const char *record = records->tags[tag].records[i];

			if (strncmp(record, begin, strlen(begin)) == 0 && strstr(record, status) != NULL)
				return record;
		}
	fail_msg("no record begins with %s and has %s", begin, status);
	return NULL;
}

static void rows_for_consumers_of_the_exporter_have_its_forms(void **state)
{
	struct records *golden = golden_read("syn-secadvisor-logstatus"), *own;
	static const char network[] = ",\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"8.8.8.8\",\"B\":\"10.1.2.3\"}";
	char layers[256];

	(void)state;
	records_remove_topology(golden);
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	snprintf(layers, sizeof(layers), "%s%s,\"NodeTID\":\"tid\"", network, ONE_PACKET);
	rig_feed(&rig, message_of(1, 3, layers));
	snprintf(layers, sizeof(layers), "%s%s,\"NodeTID\":\"tid\"", network, THREE_IN_ALL);
	rig_feed(&rig, message_of(1, 3, layers));
	timer_at(PIPELINE_START_NS + TELL_NS);
	timer_at(PIPELINE_START_NS + INTERVAL_NS + TELL_NS);
	rig_flush(&rig);
	own = records_of_rig(&rig);
	assert_int_equal(own->tags[TAG_INGRESS].count, 3);
	assert_form(find_record(own, "{\"Start\"", "NODATA"), find_record(golden, "{\"Start\"", "NODATA"));
	assert_form(find_record(own, "{\"UUID\":\"3\",\"Network", "SKIPDATA"),
		find_record(golden, "{\"UUID\":\"3\",\"Network", "SKIPDATA"));
	rig_assert_account(&rig, 2);
	records_free(golden);
	records_free(own);
}

/* ---- silence ---- */

static unsigned rows_left(void)
{
	return rig.spool.now.lanes[TAG_OTHER].open.records;
}

static void silence_is_told_a_part_at_a_time_while_flows_go_on(void **state)
{
	enum { INTERFACES = 1300, HEARD = 10, PART = 512 };
	int64_t second = PIPELINE_START_NS + INTERVAL_NS, told = second + TELL_NS;

	(void)state;
	rig_start(&rig);
	for (unsigned first = 0; first < INTERFACES; first += 100)
		feed_interfaces(first, 100);
	rig.now_ns = second + NS_PER_S;
	feed_interfaces(INTERFACES - HEARD, HEARD);
	assert_int_equal(rows_left(), INTERFACES + HEARD);
	timer_at(told);
	assert_int_equal(rows_left(), INTERFACES + HEARD + PART);
	assert_true(pipeline_next_due(rig.pipeline) <= told);
	/* heard of in the interval that is told, and in the next; and only in the next */
	rig.now_ns = told + NS_PER_S;
	feed_interfaces(INTERFACES - HEARD - 1, 2);
	while (pipeline_next_due(rig.pipeline) <= told)
		timer_at(told);
	assert_int_equal(rows_left(), INTERFACES + HEARD + 2 + INTERFACES - HEARD);
	assert_int_equal(pipeline_next_due(rig.pipeline), told + INTERVAL_NS);
	assert_int_equal(rig.spool.now.account.waiting_spool, INTERFACES + HEARD + 2);
}

/* Heard of again before its tenth silent interval is told: told all the same, but not forgotten. */
static void an_interface_that_speaks_again_in_time_is_not_forgotten(void **state)
{
	enum { INTERFACES = 1300, LAST = INTERFACES - 1 };
	int64_t now_ns = 0;

	(void)state;
	rig_start(&rig);
	for (unsigned first = 0; first < INTERFACES; first += 100)
		feed_interfaces(first, 100);
	for (unsigned i = 0; i < 10; i++) {
		now_ns = PIPELINE_START_NS + (int64_t)i * INTERVAL_NS + TELL_NS;
		while (pipeline_next_due(rig.pipeline) <= now_ns)
			timer_at(now_ns);
	}
	assert_int_equal(rows_left(), INTERFACES + 9 * INTERFACES);
	now_ns += INTERVAL_NS;
	timer_at(now_ns);
	rig.now_ns = now_ns + 1;
	feed_interfaces(LAST, 1);
	while (pipeline_next_due(rig.pipeline) <= now_ns)
		timer_at(now_ns);
	assert_int_equal(rows_left(), INTERFACES + 10 * INTERFACES + 1);
	timer_at(now_ns + INTERVAL_NS);
	timer_at(now_ns + 2 * INTERVAL_NS);
	assert_int_equal(rows_left(), INTERFACES + 10 * INTERFACES + 1 + 1);
}

static void no_flow_means_nothing_while_some_may_be_on_their_way(void **state)
{
	int64_t told_ns = PIPELINE_START_NS + INTERVAL_NS + TELL_NS;

	(void)state;
	rig_start(&rig);
	rig.context.heard = heard;
	rig.context.reached = reached;
	feed_interfaces(0, 1);
	is_heard = false;
	timer_at(told_ns);
	assert_int_equal(rows_left(), 1);
	assert_int_equal(pipeline_next_due(rig.pipeline), told_ns + 500 * NS_PER_MS);
	/* it is heard again, but what came in the interval has not been read to its end */
	is_heard = true;
	read_until_ns = told_ns - NS_PER_S;
	timer_at(told_ns + 500 * NS_PER_MS);
	assert_int_equal(rows_left(), 1);
	read_until_ns = INT64_MAX;
	timer_at(told_ns + NS_PER_S);
	assert_int_equal(rows_left(), 2);
	assert_int_equal(pipeline_next_due(rig.pipeline), told_ns + INTERVAL_NS);
}

static void nobody_is_silent_while_the_pipeline_is_stopped(void **state)
{
	(void)state;
	rig_start(&rig);
	feed_interfaces(0, 1);
	rig_flush(&rig);
	assert_int_equal(pipeline_next_due(rig.pipeline), INT64_MAX);
	rig.now_ns += 5 * INTERVAL_NS;
	feed_interfaces(1, 1);
	assert_int_equal(rows_left(), 1);
	rig.now_ns += 2 * INTERVAL_NS;
	feed_interfaces(1, 1);
	assert_int_equal(rows_left(), 1 + 3 + 1);
}

static void rows_are_left_out_with_the_tag_that_they_go_to(void **state)
{
	int64_t now_ns = PIPELINE_START_NS;

	(void)state;
	rig.config.excluded_tags = 1u << TAG_OTHER;
	rig_start(&rig);
	rig_feed(&rig, message_of(1, 1, INTERNAL ",\"NodeTID\":\"tid\""));
	for (unsigned i = 0; i < 11; i++) {
		now_ns = PIPELINE_START_NS + (int64_t)i * INTERVAL_NS + TELL_NS;
		assert_int_equal(pipeline_next_due(rig.pipeline), now_ns);
		timer_at(now_ns);
	}
	assert_true(pipeline_next_due(rig.pipeline) > now_ns + INTERVAL_NS);
	assert_int_equal(rig.spool.now.account.records_out, 1);
}

static void an_interface_whose_name_is_too_long_is_passed_over(void **state)
{
	char layers[256];

	(void)state;
	rig_start(&rig);
	snprintf(layers, sizeof(layers), ",\"NodeTID\":\"%0100d\"", 1);
	rig_feed(&rig, message_of(1, 1, layers));
	timer_at(PIPELINE_START_NS + TELL_NS);
	timer_at(PIPELINE_START_NS + INTERVAL_NS + TELL_NS);
	assert_int_equal(rig.spool.now.account.records_out, 1);
}

static void more_interfaces_than_fit_are_told_of_once(void **state)
{
	enum { MOST = 1 << 16, STEP = 500 };

	(void)state;
	rig_start(&rig);
	for (unsigned first = 0; first < MOST; first += STEP)
		feed_interfaces(first, STEP);
	feed_interfaces(MOST + STEP, STEP);
	assert_int_equal(rig.events, 1);
	assert_string_equal(rig.last_event, "logstatus.interfaces_full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_silent_interface_and_a_skipped_report_are_told_by_default, prepare, finish),
		cmocka_unit_test_setup_teardown(rows_of_aws_have_the_status_of_their_record, prepare, finish),
		cmocka_unit_test_setup_teardown(rows_for_consumers_of_the_exporter_have_its_forms, prepare, finish),
		cmocka_unit_test_setup_teardown(silence_is_told_a_part_at_a_time_while_flows_go_on, prepare, finish),
		cmocka_unit_test_setup_teardown(an_interface_that_speaks_again_in_time_is_not_forgotten, prepare, finish),
		cmocka_unit_test_setup_teardown(no_flow_means_nothing_while_some_may_be_on_their_way, prepare, finish),
		cmocka_unit_test_setup_teardown(nobody_is_silent_while_the_pipeline_is_stopped, prepare, finish),
		cmocka_unit_test_setup_teardown(rows_are_left_out_with_the_tag_that_they_go_to, prepare, finish),
		cmocka_unit_test_setup_teardown(an_interface_whose_name_is_too_long_is_passed_over, prepare, finish),
		cmocka_unit_test_setup_teardown(more_interfaces_than_fit_are_told_of_once, prepare, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
