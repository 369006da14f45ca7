/* transform vpclogs: what becomes a record, and what is in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_topology.h"

#define TRANSPORT(protocol) ",\"Transport\":{\"Protocol\":\"" protocol "\",\"A\":40000,\"B\":443}"
#define METRIC(name, bytes, start, last) ",\"" name "\":{\"ABPackets\":3,\"ABBytes\":" bytes ",\"BAPackets\":2,\"BABytes\":200," \
	"\"Start\":" start ",\"Last\":" last "}"
#define UPDATE METRIC("LastUpdateMetric", "300", "1717750000123", "1717750001999")
#define FIRST UPDATE METRIC("Metric", "300", "1717750000123", "1717750001999")
#define LATER UPDATE METRIC("Metric", "900", "1717740000123", "1717750001999")
#define TCP_TIMES(a, b, c) ",\"TCPMetric\":{\"ABSynStart\":" a ",\"BASynStart\":0,\"ABFinStart\":" b ",\"BARstStart\":" c "}"
#define TCP INTERNAL TRANSPORT("TCP")
#define TID ",\"NodeTID\":\"tid-1\""

static struct pipeline_rig rig;

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	rig.config.transform.type = TRANSFORM_VPCLOGS;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

/* The last record that a message of one flow came to; "" when it came to none. */
static const char *record_of(const char *layers)
{
	static char text[2048];
	unsigned before = rig.spool.now.object_count;
	const char *content, *begin;

	rig_feed(&rig, message_of(1, 10, layers));
	rig_flush(&rig);
	if (rig.spool.now.object_count == before)
		return "";
	content = rig.spool.objects[before].content.bytes;
	begin = strchr(content, '[') + 1;
	snprintf(text, sizeof(text), "%.*s", (int)(rig.spool.objects[before].content.length - (size_t)(begin - content)), begin);
	*strrchr(text, ']') = '\0';
	return text;
}

static void assert_has(const char *record, const char *part)
{
	if (strstr(record, part) == NULL)
		fail_msg("there is no %s in %s", part, record);
}

static void assert_lacks(const char *record, const char *part)
{
	if (strstr(record, part) != NULL)
		fail_msg("there is %s in %s", part, record);
}

/* ---- fields ---- */

static void a_record_has_every_field(void **state)
{
	(void)state;
	rig_start(&rig);
	assert_string_equal(record_of(TCP LATER), "{\"start_time\":\"2024-06-07T08:46:40Z\","
		"\"end_time\":\"2024-06-07T08:46:41Z\",\"connection_start_time\":\"2024-06-07T06:00:00Z\",\"direction\":\"\","
		"\"initiator_ip\":\"10.1.2.3\",\"target_ip\":\"172.16.5.6\",\"initiator_port\":40000,\"target_port\":443,"
		"\"transport_protocol\":6,\"ether_type\":\"IPv4\",\"was_initiated\":false,\"was_terminated\":false,"
		"\"cumulative_bytes_from_initiator\":900,\"cumulative_packets_from_initiator\":3,"
		"\"cumulative_bytes_from_target\":200,\"cumulative_packets_from_target\":2,\"bytes_from_initiator\":300,"
		"\"packets_from_initiator\":3,\"bytes_from_target\":200,\"packets_from_target\":2}");
}

static void protocols_are_told_by_their_numbers(void **state)
{
	const char *record;

	(void)state;
	rig_start(&rig);
	assert_has(record_of(INTERNAL TRANSPORT("UDP") FIRST), "\"transport_protocol\":17,\"ether_type\":\"IPv4\"");
	rig.now_ns += 1000 * NS_PER_S;
	record = record_of(",\"Network\":{\"Protocol\":\"IPV6\",\"A\":\"fd00::1\",\"B\":\"fd00::2\"}" TRANSPORT("SCTP") FIRST);
	assert_has(record, "\"initiator_ip\":\"fd00::1\",\"target_ip\":\"fd00::2\"");
	assert_has(record, "\"transport_protocol\":132,\"ether_type\":\"IPv6\"");
	rig.now_ns += 1000 * NS_PER_S;
	record = record_of(TRANSPORT("NEWER") FIRST);
	assert_has(record, "\"initiator_ip\":\"\",\"target_ip\":\"\"");
	assert_has(record, "\"transport_protocol\":0,\"ether_type\":\"\"");
}

static void consumers_of_the_exporter_get_what_is_neither_empty_nor_0(void **state)
{
	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	assert_string_equal(record_of(",\"Network\":{\"Protocol\":\"IPV6\",\"A\":\"f<00::1\"},\"Transport\":{\"Protocol\":\"SCTP\","
		"\"A\":1,\"B\":0}" UPDATE), "{\"start_time\":\"2024-06-07T08:46:40Z\",\"end_time\":\"2024-06-07T08:46:41Z\","
		"\"connection_start_time\":\"1970-01-01T00:00:00Z\",\"initiator_ip\":\"f\\u003c00::1\",\"initiator_port\":1,"
		"\"ether_type\":\"IPv4\",\"was_initiated\":false,\"was_terminated\":false,\"bytes_from_initiator\":300,"
		"\"packets_from_initiator\":3,\"bytes_from_target\":200,\"packets_from_target\":2}");
}

static void assert_ends(const char *layers, bool initiated, bool terminated)
{
	const char *record;

	rig.now_ns += 1000 * NS_PER_S;          /* nothing is remembered */
	record = record_of(layers);
	assert_has(record, initiated ? "\"was_initiated\":true" : "\"was_initiated\":false");
	assert_has(record, terminated ? "\"was_terminated\":true" : "\"was_terminated\":false");
}

static void a_connection_begins_with_its_first_report_and_ends_closed_or_finished(void **state)
{
	(void)state;
	rig_start(&rig);
	assert_ends(TCP FIRST, true, false);
	assert_ends(TCP LATER, false, false);
	assert_ends(TCP FIRST TCP_TIMES("1717750000123", "0", "0"), true, false);
	assert_ends(TCP FIRST TCP_TIMES("0", "0", "0"), false, false);
	assert_ends(TCP LATER TCP_TIMES("1717750000123", "1717750000200", "0"), false, true);
	assert_ends(TCP LATER TCP_TIMES("1717750000123", "0", "1717750000200"), false, true);
	assert_ends(TCP LATER ",\"FinishType\":1", false, true);
	assert_ends(TCP FIRST ",\"FinishType\":3", true, true);
}

static void a_connection_begins_and_ends_as_the_exporter_told_it(void **state)
{
	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	assert_ends(TCP FIRST TCP_TIMES("0", "0", "0"), true, false);
	/* the bytes of one direction are the same */
	assert_ends(TCP LATER, true, false);
	assert_ends(TCP UPDATE ",\"Metric\":{\"ABBytes\":301,\"BABytes\":201}", false, false);
	assert_ends(TCP FIRST ",\"FinishType\":1", true, false);
	assert_ends(TCP FIRST TCP_TIMES("0", "1", "0"), true, true);
}

/* ---- what becomes a record ---- */

static void a_flow_without_transport_has_no_record(void **state)
{
	(void)state;
	rig_start(&rig);
	assert_string_equal(record_of(INTERNAL FIRST ",\"ICMP\":{\"Type\":\"ECHO\"}"), "");
	assert_int_equal(rig.spool.now.account.excluded_rule, 1);
	rig_assert_account(&rig, 1);
}

static void impossible_values_cost_their_flow_alone(void **state)
{
	static const char *const impossible[] = {
		",\"Transport\":{\"Protocol\":\"TCP\",\"A\":65536,\"B\":1}" FIRST,
		",\"Transport\":{\"Protocol\":\"TCP\",\"A\":1,\"B\":-1}" FIRST,
		TRANSPORT("TCP") METRIC("LastUpdateMetric", "-1", "1", "2"),
		TRANSPORT("TCP") METRIC("LastUpdateMetric", "1", "-1", "2"),
		TRANSPORT("TCP") METRIC("LastUpdateMetric", "1", "1", "253402300800000"),
		TRANSPORT("TCP") METRIC("Metric", "1", "253402300800000", "2"),
		TRANSPORT("TCP") ",\"Network\":{\"A\":\"1111111111111111111111111111111111111111111111111111111111111111\"}",
	};
	enum { COUNT = sizeof(impossible) / sizeof(*impossible) };
	char message[8192];
	size_t at = (size_t)snprintf(message, sizeof(message), "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[");

	(void)state;
	rig_start(&rig);
	for (unsigned i = 0; i < COUNT; i++)
		at += (size_t)snprintf(message + at, sizeof(message) - at, "{\"UUID\":\"%x\"%s},", i + 1, impossible[i]);
	snprintf(message + at, sizeof(message) - at, "{\"UUID\":\"f0\"%s}]}", TCP FIRST);
	rig_feed(&rig, message);
	rig_flush(&rig);

	assert_int_equal(rig.spool.now.account.lost_error, COUNT);
	assert_int_equal(rig.spool.now.account.records_out, 1);
	rig_assert_account(&rig, COUNT + 1);
}

static void a_report_that_repeats_the_one_before_is_nothing_new(void **state)
{
	(void)state;
	rig_start(&rig);
	assert_has(record_of(TCP FIRST), "start_time");
	assert_string_equal(record_of(TCP LATER ",\"FinishType\":1"), "");
	assert_int_equal(rig.spool.now.account.excluded_rule, 1);
	/* the timeout was its last */
	assert_has(record_of(TCP FIRST), "start_time");
	assert_has(record_of(TCP METRIC("LastUpdateMetric", "300", "1717750001999", "1717750002999")), "start_time");
	assert_has(record_of(TCP METRIC("LastUpdateMetric", "300", "1717750001999", "1717750003999")), "start_time");
	rig_assert_account(&rig, 5);
}

static void a_repeated_report_is_written_again_for_consumers_of_the_exporter(void **state)
{
	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	for (int i = 0; i < 3; i++)
		assert_has(record_of(TCP FIRST), "start_time");
}

/* ---- direction ---- */

static const struct fake_interface interfaces[] = {
	{ "tid-1", TOPOLOGY_FOUND, { "10.1.2.3", "fd00::1" } },
	{ "tid-2", TOPOLOGY_FOUND, { "10.9.9.9", "172.16.5.6" } },
	{ "tid-3", TOPOLOGY_FOUND, { "172.16.5.6", "10.1.2.3" } },
	{ "tid-4", TOPOLOGY_FOUND, { NULL } },
	{ "tid-asked", TOPOLOGY_ASKED, { NULL } },
	{ "tid-unknown", TOPOLOGY_UNKNOWN, { NULL } },
};

static struct topology topology;

static void start_with_topology(void)
{
	topology = (struct topology){ interfaces, sizeof(interfaces) / sizeof(*interfaces), .holds = true };
	rig_start(&rig);
	rig.context.topology = &topology;
}

static void assert_direction(const char *layers, const char *expected)
{
	rig.now_ns += 1000 * NS_PER_S;
	assert_has(record_of(layers), expected);
}

static void the_direction_is_seen_from_the_interface(void **state)
{
	(void)state;
	start_with_topology();
	assert_direction(TCP FIRST TID, "\"direction\":\"O\"");
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-2\"", "\"direction\":\"I\"");
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-3\"", "\"direction\":\"O\"");
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-4\"", "\"direction\":\"\"");
	assert_direction(TCP FIRST ",\"NodeTID\":\"another\"", "\"direction\":\"\"");
	assert_direction(",\"Network\":{\"Protocol\":\"IPV6\",\"A\":\"fd00::2\",\"B\":\"fd00:0::1\"}" TRANSPORT("TCP") FIRST TID,
		"\"direction\":\"I\"");
	/* no plain address is anybody's */
	assert_direction(",\"Network\":{\"A\":\"10.1.2.3/24\",\"B\":\"\"}" TRANSPORT("TCP") FIRST TID, "\"direction\":\"\"");
	assert_int_equal(rig.spool.now.account.records_unresolved, 0);
}

static void the_direction_has_the_exporter_s_names(void **state)
{
	(void)state;
	rig.config.compat = COMPAT_SFE;
	start_with_topology();
	assert_direction(TCP FIRST TID, "\"direction\":\"outbound\"");
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-2\"", "\"direction\":\"inbound\"");
	assert_lacks(record_of(TCP FIRST ",\"NodeTID\":\"tid-4\""), "direction");
}

static void nothing_is_asked_for_a_flow_without_a_node_or_record(void **state)
{
	(void)state;
	start_with_topology();
	assert_direction(TCP FIRST, "\"direction\":\"\"");
	record_of(INTERNAL FIRST TID);
	assert_int_equal(topology.questions, 0);
	assert_int_equal(rig.spool.now.account.records_unresolved, 0);
}

static void a_batch_is_held_for_an_answer_and_done_again_as_if_for_the_first_time(void **state)
{
	struct fake_interface answered = { "tid-asked", TOPOLOGY_FOUND, { "172.16.5.6" } };

	(void)state;
	start_with_topology();
	rig_decode(&rig, message_of(1, 10, TCP FIRST ",\"NodeTID\":\"tid-asked\""));
	assert_int_equal(rig_push(&rig), ERR_AGAIN);
	assert_int_equal(rig_push(&rig), ERR_AGAIN);
	rig_assert_account(&rig, 0);

	topology.interfaces = &answered;
	topology.count = 1;
	assert_has(record_of(TCP FIRST ",\"NodeTID\":\"tid-asked\""), "\"direction\":\"I\"");
	rig_assert_account(&rig, 1);
	assert_int_equal(rig.spool.now.account.records_unresolved, 0);
}

static void what_is_not_to_be_had_is_left_empty_and_counted(void **state)
{
	(void)state;
	start_with_topology();
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-unknown\"", "\"direction\":\"\"");
	topology.holds = false;
	assert_direction(TCP FIRST ",\"NodeTID\":\"tid-asked\"", "\"direction\":\"\"");
	assert_int_equal(rig.spool.now.account.records_unresolved, 2);
	rig_assert_account(&rig, 2);
}

/* ---- the exporter's own ---- */

static void the_records_are_those_that_the_exporter_wrote(void **state)
{
	struct records *golden = golden_read("syn-vpc-header"), *own;
	size_t compared = 0;

	(void)state;
	rig.config.compat = COMPAT_SFE;
	rig_start(&rig);
	rig_feed_file(&rig, "inputs/tcp-life.jsonl", NULL);
	rig_flush(&rig);
	own = records_of_rig(&rig);
	for (unsigned tag = 0; tag < TAG_COUNT; tag++) {
		assert_int_equal(own->tags[tag].count, golden->tags[tag].count);
		for (size_t i = 0; i < golden->tags[tag].count; i++, compared++) {
			record_remove(golden->tags[tag].records[i], "direction");
			assert_string_equal(own->tags[tag].records[i], golden->tags[tag].records[i]);
		}
	}
	assert_int_equal(compared, 16);
	records_free(golden);
	records_free(own);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_has_every_field),
		TEST(protocols_are_told_by_their_numbers),
		TEST(consumers_of_the_exporter_get_what_is_neither_empty_nor_0),
		TEST(a_connection_begins_with_its_first_report_and_ends_closed_or_finished),
		TEST(a_connection_begins_and_ends_as_the_exporter_told_it),
		TEST(a_flow_without_transport_has_no_record),
		TEST(impossible_values_cost_their_flow_alone),
		TEST(a_report_that_repeats_the_one_before_is_nothing_new),
		TEST(a_repeated_report_is_written_again_for_consumers_of_the_exporter),
		TEST(the_direction_is_seen_from_the_interface),
		TEST(the_direction_has_the_exporter_s_names),
		TEST(nothing_is_asked_for_a_flow_without_a_node_or_record),
		TEST(a_batch_is_held_for_an_answer_and_done_again_as_if_for_the_first_time),
		TEST(what_is_not_to_be_had_is_left_empty_and_counted),
		TEST(the_records_are_those_that_the_exporter_wrote),
	};

	return cmocka_run_group_tests_name("vpclogs", tests, NULL, NULL);
}
