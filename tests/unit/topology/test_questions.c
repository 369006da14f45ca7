/* What is asked besides names: values, the cluster's nodes; and by whom. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_analyzer.h"

static struct analyzer_stand stand;

static int set_up(void **state)
{
	(void)state;
	analyzer_init(&stand);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	analyzer_fini(&stand);
	return 0;
}

static void the_first_value_of_an_answer_is_given_as_json(void **state)
{
	static const struct {
		const char *query, *body, *json;
	} cases[] = {
		{ "q1", "[\"host <a>\", \"second\"]", "\"host <a>\"" }, { "q2", "[1500]", "1500" }, { "q3", "[true]", "true" },
		{ "q4", "3", "3" }, { "q5", "[0.1]", "0.1" }, { "q6", "null", NULL }, { "q7", "[]", NULL }, { "q8", "[{}]", NULL },
		{ "q9", "[[\"deep\"]]", "\"deep\"" },
	};
	const char *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		analyzer_answer(&stand, cases[i].query, cases[i].body);
		topology_value(stand.topology, cases[i].query, 2, stand.batch.now_ns, &json);
	}
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.retries == 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum topology_state found = topology_value(stand.topology, cases[i].query, 2, stand.batch.now_ns, &json);

		assert_int_equal(found, cases[i].json != NULL ? TOPOLOGY_FOUND : TOPOLOGY_NONE);
		if (cases[i].json != NULL)
			assert_string_equal(json, cases[i].json);
	}
}

#define CLUSTER_NODE(id, kind, address) "{\"ID\":\"" id "\",\"Metadata\":{\"K8s\":{\"Extra\":{\"Status\":{\"Addresses\":[" \
	"{\"Type\":\"InternalIP\",\"Address\":\"192.168.0.1\"},{\"Type\":\"" kind "\",\"Address\":\"" address "\"}]}}}}}"

static void the_clusters_nodes_serve_until_others_are_known(void **state)
{
	struct prefix_list nodes = { 0 };
	uint64_t first, second;

	(void)state;
	analyzer_answer(&stand, "Manager", "[" CLUSTER_NODE("b", "Hostname", "x") "," CLUSTER_NODE("a", "ExternalIP", "10.9.9.9") "]");
	assert_int_equal(topology_cluster(stand.topology, stand.batch.now_ns, &nodes, &first), TOPOLOGY_ASKED);
	analyzer_until(&stand, topology_cluster(stand.topology, stand.batch.now_ns, &nodes, &first) == TOPOLOGY_FOUND);
	assert_int_equal(nodes.count, 2);
	assert_int_equal(nodes.items[0].length, 128);
	assert_memory_equal(nodes.items[0].address + 12, "\x0a\x09\x09\x09", 4);
	assert_memory_equal(nodes.items[1].address + 12, "\xc0\xa8\x00\x01", 4);

	/* the same nodes in another order are no news; others are */
	analyzer_answer(&stand, "Manager", "[" CLUSTER_NODE("a", "ExternalIP", "10.9.9.9") "," CLUSTER_NODE("b", "Hostname", "x") "]");
	topology_cluster(stand.topology, stand.batch.now_ns + 310 * NS_PER_S, &nodes, &second);
	analyzer_until(&stand, stand.queries == 2);
	loop_run_once(stand.loop, 100, NULL);
	assert_int_equal(topology_cluster(stand.topology, stand.batch.now_ns, &nodes, &second), TOPOLOGY_FOUND);
	assert_int_equal(first, second);
	analyzer_answer(&stand, "Manager", "[]");
	assert_int_equal(topology_cluster(stand.topology, stand.batch.now_ns + 310 * NS_PER_S, &nodes, &second), TOPOLOGY_FOUND);
	analyzer_until(&stand, topology_cluster(stand.topology, stand.batch.now_ns, &nodes, &second) == TOPOLOGY_NONE);
	assert_int_not_equal(first, second);
	assert_int_equal(nodes.count, 0);
}

static void the_topology_is_wanted_by_what_asks_it(void **state)
{
	static const char *fields[] = { "srcaddr", "flow-direction" };
	struct pipeline_config config = { 0 };

	(void)state;
	assert_false(topology_wanted(&config));
	config.transform.type = TRANSFORM_SECADVISOR;
	assert_true(topology_wanted(&config));
	config = (struct pipeline_config){ .classify.type = CLASSIFY_SUBNET_AUTODISCOVERY };
	assert_true(topology_wanted(&config));
	config = (struct pipeline_config){ .transform = { .type = TRANSFORM_AWSFLOWLOGS, .aws = { .version = 4 } } };
	assert_false(topology_wanted(&config));
	config.transform.aws.version = 5;
	assert_true(topology_wanted(&config));
	config.transform.aws.fields = (struct text_list){ fields, 1 };
	assert_false(topology_wanted(&config));
	config.transform.aws.fields = (struct text_list){ fields, 2 };
	assert_true(topology_wanted(&config));
	/* the exporter's records have no direction; its rows are ours */
	config.compat = COMPAT_SFE;
	assert_false(topology_wanted(&config));
	config.encode.type = ENCODE_TEXT;
	assert_true(topology_wanted(&config));
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(the_first_value_of_an_answer_is_given_as_json),
		test_of(the_clusters_nodes_serve_until_others_are_known),
		cmocka_unit_test(the_topology_is_wanted_by_what_asks_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
