/* What is read out of answers, in whatever order they come. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/topology/topology_finding.h"

#define RUNC(id, container, host) "{\"ID\":\"" id "\",\"Metadata\":{\"Runc\":{\"ContainerID\":\"" container \
	"\",\"Hosts\":{\"Hostname\":\"" host "\"}}}}"
#define NETNS "{\"ID\":\"0\",\"Metadata\":{\"Type\":\"netns\"}}"
#define POD(space, name, owners) "[{\"ID\":\"p\",\"Metadata\":{\"K8s\":{\"Namespace\":\"" space "\",\"Name\":\"" name \
	"\",\"Extra\":{\"ObjectMeta\":{" owners "}}}}}]"

static struct containers containers;
static struct finding finding;
static struct err err;

static int tear_down(void **state)
{
	(void)state;
	containers_fini(&containers);
	finding_fini(&finding);
	return 0;
}

static int find_containers(const char *text)
{
	containers_fini(&containers);
	return finding_containers(&containers, text, strlen(text), false, &err);
}

static void of_several_paths_the_shortest_counts_and_then_the_least_id(void **state)
{
	static const char *const orders[] = {
		"[[" RUNC("a", "far", "x") "," NETNS "," NETNS "],[" RUNC("c", "near-c", "x") "," NETNS "],[" RUNC("b", "near-b", "x") "," NETNS "]]",
		"[[" RUNC("b", "near-b", "x") "," NETNS "],[" RUNC("c", "near-c", "x") "," NETNS "],[" RUNC("a", "far", "x") "," NETNS "," NETNS "]]",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(find_containers(orders[i]), 0);
		assert_int_equal(containers.count, 3);
		assert_string_equal(containers.items[0].id, "near-b");
		assert_string_equal(containers.items[1].id, "near-c");
		assert_string_equal(containers.items[2].id, "far");
		assert_int_equal(containers.names, NAMES_OLD);
	}
}

static void of_several_hosts_the_one_with_the_least_id_is_meant(void **state)
{
	static const char hosts[] = "[{\"ID\":\"b\",\"Metadata\":{\"Name\":\"two\"}},{\"ID\":\"a\",\"Metadata\":{\"Name\":\"one\"}},"
		"{\"ID\":\"c\",\"Metadata\":{\"Name\":\"three\"}}]";

	(void)state;
	assert_int_equal(finding_host(&finding, hosts, strlen(hosts), false, &err), 0);
	assert_string_equal(finding.name, "one");
}

static void no_more_containers_are_kept_than_are_asked_for(void **state)
{
	(void)state;
	assert_int_equal(find_containers("[" RUNC("f", "f", "x") "," RUNC("e", "e", "x") "," RUNC("d", "d", "x") "," RUNC("c", "c", "x")
		"," RUNC("b", "b", "x") "," RUNC("a", "a", "x") "]"), 0);
	assert_int_equal(containers.count, CONTAINERS_MAX);
	assert_string_equal(containers.items[0].id, "a");
	assert_string_equal(containers.items[CONTAINERS_MAX - 1].id, "d");
}

static void an_id_that_would_end_the_next_query_is_none(void **state)
{
	(void)state;
	assert_int_equal(find_containers("[[" RUNC("a", "x\\\")", "web") "]]"), 0);
	assert_int_equal(containers.count, 1);
	assert_string_equal(containers.items[0].id, "");
	assert_string_equal(containers.items[0].name, "web");
}

static void a_pod_has_its_name_its_owner_and_a_label(void **state)
{
	static const char pod[] = POD("dev", "app<1>_\xc3\xa9", "\"OwnerReferences\":[{\"Kind\":\"DaemonSet\",\"Name\":\"app\"}]");

	(void)state;
	assert_int_equal(finding_pod(&finding, pod, strlen(pod), false, &err), 0);
	assert_string_equal(finding.type, "pod");
	assert_string_equal(finding.name, "dev/app<1>_\xc3\xa9");
	assert_string_equal(finding.set, "DaemonSet:dev/app");
	assert_string_equal(finding.pod_name, "0_0_dev-app-1---_0");
	finding_fini(&finding);
	assert_int_equal(finding_pod(&finding, pod, strlen(pod), true, &err), 0);
	assert_string_equal(finding.name, "dev/app\\u003c1\\u003e_\xc3\xa9");
}

static void a_pod_may_have_no_owner_and_what_has_no_name_is_none(void **state)
{
	static const char lonely[] = POD("dev", "app", ""), nameless[] = POD("dev", "", "");

	(void)state;
	assert_int_equal(finding_pod(&finding, lonely, strlen(lonely), false, &err), 0);
	assert_true(finding.found);
	assert_string_equal(finding.set, "");
	finding_fini(&finding);
	assert_int_equal(finding_pod(&finding, nameless, strlen(nameless), false, &err), 0);
	assert_false(finding.found);
}

static void what_is_no_answer_is_an_error_and_what_says_nothing_is_none(void **state)
{
	static const char *const wrong[] = { "", "<html>", "[", "[1", "[1 2]", "{\"a\":}", "[] []", "nul", "[\"\xff\"]" };
	static const char *const nothing[] = { "[]", "null", " [ ] \n", "[[]]", "[null,[null]]", "3", "\"x\"", "[[[[1]]]]", "{}" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(finding_pod(&finding, wrong[i], strlen(wrong[i]), false, &err), ERR_PROTOCOL);
		assert_int_equal(find_containers(wrong[i]), ERR_PROTOCOL);
	}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		assert_int_equal(finding_pod(&finding, nothing[i], strlen(nothing[i]), false, &err), 0);
		assert_false(finding.found);
	}
}

static void arrays_in_one_another_have_an_end(void **state)
{
	enum { DEPTH = 100000 };
	char *text = malloc(2 * DEPTH);

	(void)state;
	assert_non_null(text);
	memset(text, '[', DEPTH);
	memset(text + DEPTH, ']', DEPTH);
	assert_int_equal(finding_cluster(&finding, text, 2 * DEPTH, &err), ERR_LIMIT);
	free(text);
}

static void a_name_or_value_that_is_too_long_is_none(void **state)
{
	char text[2 * FINDING_VALUE_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[\"", 2);
	memcpy(text + sizeof(text) - 2, "\"]", 2);
	assert_int_equal(finding_value(&finding, text, sizeof(text), false, &err), 0);
	assert_false(finding.found);
}

static void interfaces_have_escaped_labels_and_stand_once(void **state)
{
	static const char text[] = "[{\"Host\":\"h\",\"Metadata\":{\"Name\":\"b\\\"\\\\\\n\",\"TID\":\"t\",\"IPV4\":[\"10.0.0.1/8\",\"x\"],"
		"\"Metric\":{\"RxBytes\":123456789012,\"Collisions\":2}}},{\"Metadata\":{\"Name\":\"a\"}},{\"Metadata\":{\"Name\":\"a\"}},7]";

	(void)state;
	assert_int_equal(finding_interfaces(&finding, text, strlen(text), &err), 0);
	assert_int_equal(finding.interface_count, 2);
	assert_string_equal(finding.interfaces[0].labels, "host=\"\",interface_name=\"a\",interface_type=\"\",ipv4=\"\",ipv6=\"\","
		"node_tid=\"\"");
	assert_string_equal(finding.interfaces[1].labels, "host=\"h\",interface_name=\"b\\\"\\\\\\n\",interface_type=\"\","
		"ipv4=\"10.0.0.1/8\",ipv6=\"\",node_tid=\"t\"");
	assert_true(finding.interfaces[1].figures[INTERFACE_RX_BYTES] == 123456789012.0);
	assert_true(finding.interfaces[1].figures[INTERFACE_COLLISIONS] == 2 &&
		finding.interfaces[1].figures[INTERFACE_TX_BYTES] == 0);
}

#define test_of(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(of_several_paths_the_shortest_counts_and_then_the_least_id),
		test_of(of_several_hosts_the_one_with_the_least_id_is_meant),
		test_of(no_more_containers_are_kept_than_are_asked_for),
		test_of(an_id_that_would_end_the_next_query_is_none),
		test_of(a_pod_has_its_name_its_owner_and_a_label),
		test_of(a_pod_may_have_no_owner_and_what_has_no_name_is_none),
		test_of(what_is_no_answer_is_an_error_and_what_says_nothing_is_none),
		test_of(arrays_in_one_another_have_an_end),
		test_of(a_name_or_value_that_is_too_long_is_none),
		test_of(interfaces_have_escaped_labels_and_stand_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
