/* What records of secadvisor are extended by: the queries that are made of a record, and what comes of their answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_topology.h"

#define LAYERS "\"Network\":{\"Protocol\":\"IPV4\",\"A\":\"10.1.2.3\",\"B\":\"8.8.8.8\",\"ID\":0}," \
	"\"Transport\":{\"Protocol\":\"TCP\",\"A\":40000,\"B\":443,\"ID\":0},\"Metric\":{\"ABPackets\":3,\"ABBytes\":300," \
	"\"BAPackets\":2,\"BABytes\":200,\"Start\":1,\"Last\":2}"

static struct pipeline_rig rig;
static struct topology topology;
static struct records *records;
static const char *entries[8];

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	memset(&topology, 0, sizeof(topology));
	rig.config.transform.type = TRANSFORM_SECADVISOR;
	rig.config.transform.extend.items = entries;
	records = NULL;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	if (records != NULL)
		records_free(records);
	rig_fini(&rig);
	return 0;
}

static void extend_by(const char *entry)
{
	entries[rig.config.transform.extend.count++] = entry;
}

static void answer(const struct fake_value *values, size_t count)
{
	topology.values = values;
	topology.value_count = count;
}

static void feed(const char *flow)
{
	char message[4096];

	if (rig.pipeline == NULL)
		rig_start(&rig);
	rig.context.topology = &topology;
	snprintf(message, sizeof(message), "{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"x\",\"Status\":200,\"Obj\":[{%s}]}",
		flow);
	rig_feed(&rig, message);
}

/* The member Extend of the last record, or "" where it has none. */
static const char *extended(unsigned tag)
{
	static char member[1024];
	const char *record, *at;

	rig_flush(&rig);
	records = records_of_rig(&rig);
	assert_true(records->tags[tag].count > 0);
	record = records->tags[tag].records[records->tags[tag].count - 1];
	at = strstr(record, ",\"Extend\":");
	if (at == NULL)
		return "";
	/* it is the last one of the record */
	assert_int_equal(at[strlen(at) - 2], '}');
	snprintf(member, sizeof(member), "%.*s", (int)strlen(at) - 12, at + 11);
	member[strlen(member) - 1] = '\0';
	return member;
}

static void values_of_every_kind_stand_in_the_order_of_their_names(void **state)
{
	static const struct fake_value values[] = { { "G.V('u1')", TOPOLOGY_FOUND, "\"a \\\"b\\\"\"" },
		{ "G.V('10.1.2.3')", TOPOLOGY_FOUND, "1500" }, { "G.V('443')", TOPOLOGY_FOUND, "true" } };

	(void)state;
	extend_by("b=G.V('{{.UUID}}')");
	extend_by("none=G.V('{{.Network.B}}')");
	extend_by("a=G.V('{{.Transport.B}}')");
	extend_by("B=G.V('{{ .Network.A }}')");
	answer(values, 3);
	feed("\"UUID\":\"u1\"," LAYERS);
	assert_string_equal(extended(TAG_EGRESS), "\"B\":1500,\"a\":true,\"b\":\"a \\\"b\\\"\"");
}

static void an_answer_that_is_missing_leaves_nothing_behind(void **state)
{
	(void)state;
	extend_by("a=G.V('{{.UUID}}')");
	feed("\"UUID\":\"u1\"," LAYERS);
	assert_string_equal(extended(TAG_EGRESS), "");
}

static void queries_have_what_the_record_has(void **state)
{
	static const struct fake_context contexts[] = {
		{ "10.1.2.3", { "pod", "shop/web\\u003c-0", "ReplicaSet:shop/web", "0_0_shop-web-0_0" } } };

	(void)state;
	extend_by("a={{.UUID}} {{.UpdateCount}} '{{.Status}}' '{{.Version}}'");
	extend_by("b='{{.Context.A.Type}} {{.Context.A.Name}} {{.Context.A.Set}} {{.Network.AName}}'");
	extend_by("c={{.Metric.ABBytes}} {{.Metric.Last}} {{.Start}} {{.Last}} {{.LinkID}} '{{.L3TrackingID}}'");
	extend_by("d='{{.FinishType}}'");
	topology.contexts = contexts;
	topology.context_count = 1;
	feed("\"UUID\":\"u1\",\"Start\":5,\"Last\":-6,\"L3TrackingID\":\"t3\",\"Link\":{\"ID\":7}," LAYERS);
	feed("\"UUID\":\"u1\",\"FinishType\":1," LAYERS);
	assert_string_equal(topology.queries[0], "u1 0 'STARTED' '1.1.0'");
	assert_string_equal(topology.queries[1], "'pod shop/web<-0 ReplicaSet:shop/web 0_0_shop-web-0_0'");
	assert_string_equal(topology.queries[2], "300 2 5 -6 7 't3'");
	assert_string_equal(topology.queries[3], "u1 1 'ENDED' '1.1.0'");
	assert_string_equal(topology.queries[5], "'Timeout'");
}

static void a_record_without_a_field_leaves_out_that_entry_alone(void **state)
{
	static const struct fake_value values[] = { { "u1", TOPOLOGY_FOUND, "1" } };
	static const struct fake_context none[1] = { { "", { "", "", "", "" } } };

	(void)state;
	extend_by("a=G.V('{{.Transport.A}}')");
	extend_by("b=G.V('{{.Context.A.Name}}')");
	extend_by("c=G.V('{{.NodeType}}')");
	extend_by("d={{.UUID}}");
	extend_by("e=G.V('{{.Metric.RTT}}')");
	answer(values, 1);
	topology.contexts = none;
	feed("\"UUID\":\"u1\"");
	assert_int_equal(topology.query_count, 1);
	assert_string_equal(extended(TAG_OTHER), "\"d\":1");
	assert_int_equal(rig.spool.now.account.records_unresolved, 0);
}

/* Skydive ends a string at any quote and knows no escapes. */
static void no_value_ends_a_string_of_the_query(void **state)
{
	static const char *const bad[] = { "x').V('", "x\\\").V(\\\"", "x\\u0027", "x\\\\", "x\\n", "x\\u0000", "x\\u007f" };

	(void)state;
	extend_by("a=G.V('{{.UUID}}')");
	extend_by("b=G.V({{.LayersPath}})");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char flow[256];

		snprintf(flow, sizeof(flow), "\"UUID\":\"%s\",\"LayersPath\":\"a)b\"", bad[i]);
		feed(flow);
	}
	assert_int_equal(topology.query_count, 0);
	feed("\"UUID\":\"caf\\u00e9 (\\/)\",\"LayersPath\":\"Ethernet-1.2_3:4\"");
	assert_int_equal(topology.query_count, 2);
	assert_string_equal(topology.queries[0], "G.V('café (/)')");
	assert_string_equal(topology.queries[1], "G.V(Ethernet-1.2_3:4)");
}

static void a_query_that_becomes_too_long_is_not_asked(void **state)
{
	char flow[1200];

	(void)state;
	extend_by("a={{.UUID}}{{.UUID}}{{.UUID}}{{.UUID}}{{.UUID}}");
	extend_by("b={{.UUID}}");
	snprintf(flow, sizeof(flow), "\"UUID\":\"%01000d\"", 0);
	feed(flow);
	assert_int_equal(topology.query_count, 1);
}

static void a_batch_is_held_for_its_values_and_its_counts_are_undone(void **state)
{
	static const struct fake_value asked[] = { { "u1-0", TOPOLOGY_ASKED, NULL } };
	static const struct fake_value known[] = { { "u1-0", TOPOLOGY_FOUND, "5" } };

	(void)state;
	extend_by("a={{.UUID}}-{{.UpdateCount}}");
	topology.holds = true;
	answer(asked, 1);
	rig_start(&rig);
	rig.context.topology = &topology;
	for (int i = 0; i < 2; i++) {
		rig_decode(&rig, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"x\",\"Status\":200,\"Obj\":[{\"UUID\":\"u1\"}]}");
		assert_int_equal(rig_push(&rig), ERR_AGAIN);
	}
	answer(known, 1);
	feed("\"UUID\":\"u1\"");
	assert_string_equal(extended(TAG_OTHER), "\"a\":5");
}

static void what_was_not_answered_in_time_is_missing_and_counted(void **state)
{
	static const struct fake_value unknown[] = { { "u1", TOPOLOGY_UNKNOWN, NULL } };
	static const struct fake_context none[1] = { { "", { "", "", "", "" } } };

	(void)state;
	extend_by("a={{.UUID}}");
	answer(unknown, 1);
	topology.contexts = none;
	feed("\"UUID\":\"u1\"");
	feed("\"UUID\":\"u2\"");
	assert_string_equal(extended(TAG_OTHER), "");
	assert_int_equal(rig.spool.now.account.records_unresolved, 1);
}

static void started_flows_that_are_left_out_are_not_asked_for(void **state)
{
	(void)state;
	rig.config.transform.exclude_started_flows = true;
	extend_by("a={{.UUID}}-{{.UpdateCount}}");
	feed("\"UUID\":\"u1\"");
	assert_int_equal(topology.query_count, 0);
	feed("\"UUID\":\"u1\"");
	assert_int_equal(topology.query_count, 1);
	assert_string_equal(topology.queries[0], "u1-1");
}

static void for_consumers_of_the_exporter_all_values_are_strings(void **state)
{
	static const struct fake_value values[] = { { "1", TOPOLOGY_FOUND, "\"x\"" }, { "2", TOPOLOGY_FOUND, "1500" },
		{ "3", TOPOLOGY_FOUND, "true" }, { "5", TOPOLOGY_UNKNOWN, NULL } };

	(void)state;
	rig.config.compat = COMPAT_SFE;
	extend_by("a=1");
	extend_by("b=2");
	extend_by("c=3");
	extend_by("d=4");
	extend_by("e=5");
	extend_by("f={{.Network.A}}");
	extend_by("g='{{.FinishType}}'");
	answer(values, 4);
	feed("\"UUID\":\"u1\"");
	assert_string_equal(extended(TAG_OTHER), "\"a\":\"x\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\",\"g\":\"\"");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)
	const struct CMUnitTest tests[] = {
		TEST(values_of_every_kind_stand_in_the_order_of_their_names),
		TEST(an_answer_that_is_missing_leaves_nothing_behind),
		TEST(queries_have_what_the_record_has),
		TEST(a_record_without_a_field_leaves_out_that_entry_alone),
		TEST(no_value_ends_a_string_of_the_query),
		TEST(a_query_that_becomes_too_long_is_not_asked),
		TEST(a_batch_is_held_for_its_values_and_its_counts_are_undone),
		TEST(what_was_not_answered_in_time_is_missing_and_counted),
		TEST(started_flows_that_are_left_out_are_not_asked_for),
		TEST(for_consumers_of_the_exporter_all_values_are_strings),
	};

	return cmocka_run_group_tests_name("extend", tests, NULL, NULL);
}
