/* What stages are told, and how often the analyzer is asked for it. */
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

static enum topology_state context(const char *address, struct topology_context *found)
{
	return topology_context(stand.topology, address, strlen(address), TID, strlen(TID), stand.batch.now_ns, found);
}

static void an_answer_is_waited_for_and_then_known(void **state)
{
	const char *type = NULL;

	(void)state;
	analyzer_answer(&stand, "\"TID\", \"" TID "\"", NODE);
	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_ASKED);
	assert_true(topology_holds(stand.topology, &stand.batch));
	assert_int_equal(stand.retries, 0);
	analyzer_until(&stand, stand.retries == 1);

	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_FOUND);
	assert_string_equal(type, "veth");
	assert_int_equal(stand.queries, 1);
	assert_true(stand.answers_now);
}

static void type_and_addresses_of_a_node_are_one_question(void **state)
{
	struct topology_addresses addresses;
	const char *type;

	(void)state;
	analyzer_answer(&stand, "\"TID\"", NODE);
	analyzer_node_type(&stand, 0, &type);
	assert_int_equal(topology_interface(stand.topology, TID, strlen(TID), stand.batch.now_ns, &addresses), TOPOLOGY_ASKED);
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.retries == 1);

	assert_int_equal(topology_interface(stand.topology, TID, strlen(TID), stand.batch.now_ns, &addresses), TOPOLOGY_FOUND);
	assert_int_equal(addresses.count, 2);
	assert_memory_equal(addresses.items[0], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03", 16);
	assert_memory_equal(addresses.items[1], "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	assert_int_equal(stand.queries, 1);
}

static void the_batch_is_tried_again_once_when_all_its_answers_are_there(void **state)
{
	struct topology_context found;
	const char *type;

	(void)state;
	analyzer_answer(&stand, "RoutingTables.Src\", \"10.0.0.1\"", "[{\"ID\":\"h\",\"Metadata\":{\"Name\":\"node-1\"}}]");
	assert_int_equal(context("10.0.0.1", &found), TOPOLOGY_ASKED);
	assert_int_equal(context("10.0.0.2", &found), TOPOLOGY_ASKED);
	analyzer_node_type(&stand, 0, &type);
	assert_true(topology_holds(stand.topology, &stand.batch));
	analyzer_until(&stand, stand.retries > 0);

	/* both names of a container, docker and host each; and the node */
	assert_int_equal(stand.queries, 2 * 4 + 1);
	assert_int_equal(stand.retries, 1);
	assert_int_equal(context("10.0.0.1", &found), TOPOLOGY_FOUND);
	assert_string_equal(found.type, "host");
	assert_string_equal(found.name, "node-1");
	assert_int_equal(context("10.0.0.2", &found), TOPOLOGY_NONE);
	assert_int_equal(analyzer_node_type(&stand, 0, &type), TOPOLOGY_NONE);
	assert_int_equal(stand.queries, 2 * 4 + 1);
}

#define OLD_CONTAINER "[[{\"ID\":\"c\",\"Metadata\":{\"Runc\":{\"ContainerID\":\"c1\",\"Hosts\":{\"Hostname\":\"web\"}}}}]]"
#define NEW_CONTAINER "[[{\"ID\":\"c\",\"Metadata\":{\"Container\":{\"ID\":\"c1\",\"Hosts\":{\"Hostname\":\"web\"}}}}]]"

/* Asks and waits for the answer; how many queries it took. */
static unsigned queries_for(const char *address, enum topology_state wanted, struct topology_context *found)
{
	unsigned before = stand.queries;

	stand.batch.first++;
	assert_int_equal(context(address, found), TOPOLOGY_ASKED);
	assert_true(topology_holds(stand.topology, &stand.batch));
	analyzer_until(&stand, stand.retries == stand.batch.first);
	assert_int_equal(context(address, found), wanted);
	return stand.queries - before;
}

static void an_analyzer_is_asked_by_the_names_that_it_has(void **state)
{
	static const struct {
		const char *part, *body;
		unsigned until_found;
	} cases[] = {
		/* the new names first, then the old ones; and for a pod */
		{ "Container.Hosts.IP\", \"10.0.0.1", NEW_CONTAINER, 2 }, { "Runc.Hosts.IP\", \"10.0.0.1", OLD_CONTAINER, 3 },
	};
	struct topology_context found;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		analyzer_answer(&stand, cases[i].part, cases[i].body);
		assert_int_equal(queries_for("10.0.0.1", TOPOLOGY_FOUND, &found), cases[i].until_found);
		assert_string_equal(found.type, "container");
		assert_string_equal(found.name, "web");
		/* by one kind of names, as docker's and as a host's */
		assert_int_equal(queries_for("10.0.0.2", TOPOLOGY_NONE, &found), 3);
		analyzer_fini(&stand);
		analyzer_init(&stand);
	}
}

static void of_the_containers_of_an_address_the_one_with_a_pod_is_meant(void **state)
{
	struct topology_context found;

	(void)state;
	analyzer_answer(&stand, "\"container\"", "[{\"ID\":\"a\",\"Metadata\":{\"Name\":\"pause\",\"Docker\":{\"ContainerID\":\"c1\"}}},"
		"{\"ID\":\"b\",\"Metadata\":{\"Name\":\"app\",\"Docker\":{\"ContainerID\":\"c2\"}}}]");
	analyzer_answer(&stand, "docker://c2", "[{\"ID\":\"p\",\"Metadata\":{\"K8s\":{\"Namespace\":\"shop\",\"Name\":\"web-0\"}}}]");
	queries_for("10.0.0.1", TOPOLOGY_FOUND, &found);
	assert_string_equal(found.type, "pod");
	assert_string_equal(found.name, "shop/web-0");
	assert_string_equal(found.pod_name, "0_0_shop-web-0_0");
}

static void what_is_known_is_asked_again_before_it_is_too_old(void **state)
{
	const char *type;

	(void)state;
	analyzer_answer(&stand, "\"TID\"", NODE);
	analyzer_node_type(&stand, 0, &type);
	analyzer_until(&stand, analyzer_node_type(&stand, 0, &type) == TOPOLOGY_FOUND);

	assert_int_equal(analyzer_node_type(&stand, 470 * NS_PER_S, &type), TOPOLOGY_FOUND);
	assert_int_equal(stand.queries, 1);
	/* four fifths of its life are over: nobody waits for the answer */
	assert_int_equal(analyzer_node_type(&stand, 490 * NS_PER_S, &type), TOPOLOGY_FOUND);
	analyzer_until(&stand, stand.queries == 2);
	stand.silent = true;
	assert_int_equal(analyzer_node_type(&stand, 630 * NS_PER_S, &type), TOPOLOGY_ASKED);
}

static void a_node_that_is_not_there_is_asked_for_again_after_a_minute(void **state)
{
	const char *type;

	(void)state;
	analyzer_node_type(&stand, 0, &type);
	analyzer_until(&stand, analyzer_node_type(&stand, 0, &type) == TOPOLOGY_NONE);

	assert_int_equal(analyzer_node_type(&stand, 45 * NS_PER_S, &type), TOPOLOGY_NONE);
	assert_int_equal(analyzer_node_type(&stand, 90 * NS_PER_S, &type), TOPOLOGY_ASKED);
}

static void what_is_no_address_or_name_is_never_asked(void **state)
{
	static const char *const addresses[] = { "", "10.1.2.3/24", "fe80::1%eth0", "010.001.002.003", "not-an-ip",
		"1.1.1.1\").Drop(\"", "::ffff:10.1.2.3.4" };
	static const char *const tids[] = { "", "a\"b", "a b", "a\\", "\xc3\xa9" };
	struct topology_context found;
	const char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		assert_int_equal(context(addresses[i], &found), TOPOLOGY_NONE);
	for (size_t i = 0; i < sizeof(tids) / sizeof(tids[0]); i++)
		assert_int_equal(topology_node_type(stand.topology, tids[i], strlen(tids[i]), 0, &text), TOPOLOGY_NONE);
	assert_int_equal(topology_value(stand.topology, "G.V()\n", 6, 0, &text), TOPOLOGY_NONE);
	loop_run_once(stand.loop, 0, NULL);
	assert_int_equal(stand.queries, 0);
}

static void an_address_without_a_node_is_looked_for_as_a_hosts_alone(void **state)
{
	struct topology_context found;

	(void)state;
	topology_context(stand.topology, "10.0.0.1", 8, "", 0, stand.batch.now_ns, &found);
	topology_holds(stand.topology, &stand.batch);
	analyzer_until(&stand, stand.retries == 1);
	assert_int_equal(stand.queries, 1);
	assert_int_equal(topology_context(stand.topology, "10.0.0.1", 8, "a\"b", 3, stand.batch.now_ns, &found), TOPOLOGY_NONE);
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(an_answer_is_waited_for_and_then_known),
		test_of(type_and_addresses_of_a_node_are_one_question),
		test_of(the_batch_is_tried_again_once_when_all_its_answers_are_there),
		test_of(an_analyzer_is_asked_by_the_names_that_it_has),
		test_of(of_the_containers_of_an_address_the_one_with_a_pod_is_meant),
		test_of(what_is_known_is_asked_again_before_it_is_too_old),
		test_of(a_node_that_is_not_there_is_asked_for_again_after_a_minute),
		test_of(what_is_no_address_or_name_is_never_asked),
		test_of(an_address_without_a_node_is_looked_for_as_a_hosts_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
