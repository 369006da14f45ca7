/* The cluster's nodes beside the configured masks: when they are inside, and what serves while they are not known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_topology.h"

static struct prefix first_nodes[] = { { { [10] = 0xff, 0xff, 8, 8, 8, 8 }, 128 }, { { [10] = 0xff, 0xff, 93, 184, 216, 34 }, 128 } };
static struct prefix other_nodes[] = { { { [10] = 0xff, 0xff, 1, 1, 1, 1 }, 128 } };
static const struct fake_cluster first = { TOPOLOGY_FOUND, { first_nodes, 2 }, 1 };
static const struct fake_cluster other = { TOPOLOGY_FOUND, { other_nodes, 1 }, 2 };
static const struct fake_cluster asked = { TOPOLOGY_ASKED, { NULL, 0 }, 0 };
static const struct fake_cluster none = { TOPOLOGY_NONE, { NULL, 0 }, 3 };

static struct pipeline_rig rig;
static struct topology topology;

static int prepare(void **state)
{
	(void)state;
	rig_init(&rig);
	memset(&topology, 0, sizeof(topology));
	rig.config.classify.type = CLASSIFY_SUBNET_AUTODISCOVERY;
	rig_start(&rig);
	rig.context.topology = &topology;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	rig_fini(&rig);
	return 0;
}

/* Flows of this tag so far. */
static void assert_tagged(unsigned tag, size_t count)
{
	struct records *records;

	rig_flush(&rig);
	records = records_of_rig(&rig);
	assert_int_equal(records->tags[tag].count, count);
	records_free(records);
}

static void nodes_are_inside_as_the_masks_are(void **state)
{
	(void)state;
	topology.cluster = &first;
	rig_feed(&rig, message_of(1, 1, EGRESS));
	rig_feed(&rig, message_of(1, 2, INTERNAL));
	assert_tagged(TAG_INTERNAL, 2);
	rig_feed(&rig, message_of(1, 3, OTHER));
	assert_tagged(TAG_EGRESS, 1);
	assert_int_equal(rig.events, 0);
}

static void other_nodes_take_the_place_of_those_before(void **state)
{
	(void)state;
	topology.cluster = &first;
	rig_feed(&rig, message_of(1, 1, OTHER));
	topology.cluster = &other;
	rig_feed(&rig, message_of(1, 2, OTHER));
	assert_tagged(TAG_EGRESS, 1);
	assert_tagged(TAG_INGRESS, 1);
}

static void the_last_nodes_serve_while_nothing_is_answered(void **state)
{
	static const struct fake_cluster forgotten = { TOPOLOGY_UNKNOWN, { NULL, 0 }, 1 };

	(void)state;
	topology.cluster = &first;
	rig_feed(&rig, message_of(1, 1, OTHER));
	topology.cluster = &forgotten;
	rig_feed(&rig, message_of(1, 2, OTHER));
	topology.holds = true;
	topology.cluster = &asked;
	rig_feed(&rig, message_of(1, 3, OTHER));
	assert_tagged(TAG_EGRESS, 3);
	assert_int_equal(rig.events, 0);
}

static void the_first_batch_waits_for_the_nodes(void **state)
{
	(void)state;
	topology.cluster = &asked;
	topology.holds = true;
	rig_decode(&rig, message_of(1, 1, OTHER));
	assert_int_equal(rig_push(&rig), ERR_AGAIN);
	assert_int_equal(rig.fetches, 0);
	topology.cluster = &first;
	assert_int_equal(rig_push(&rig), 0);
	assert_tagged(TAG_EGRESS, 1);
	assert_int_equal(rig.events, 0);
}

static void the_masks_serve_alone_where_waiting_is_no_use_and_that_is_told_once(void **state)
{
	(void)state;
	topology.cluster = &asked;
	rig_feed(&rig, message_of(1, 1, EGRESS));
	topology.cluster = NULL;
	rig_feed(&rig, message_of(1, 2, EGRESS));
	assert_int_equal(rig.events, 1);
	assert_string_equal(rig.last_event, "classify.masks_alone");
	topology.cluster = &first;
	rig_feed(&rig, message_of(1, 3, EGRESS));
	assert_int_equal(rig.events, 2);
	assert_string_equal(rig.last_event, "classify.nodes_known");
	assert_tagged(TAG_EGRESS, 2);
	assert_tagged(TAG_INTERNAL, 1);
}

static void a_topology_without_nodes_is_told(void **state)
{
	(void)state;
	topology.cluster = &none;
	rig_feed(&rig, message_of(1, 1, EGRESS));
	rig_feed(&rig, message_of(1, 2, EGRESS));
	assert_int_equal(rig.events, 1);
	assert_string_equal(rig.last_event, "classify.no_nodes");
	assert_tagged(TAG_EGRESS, 2);
}

static void nodes_are_looked_for_without_flows_too(void **state)
{
	int64_t due = pipeline_next_due(rig.pipeline);
	struct err err;

	(void)state;
	assert_true(due <= rig.now_ns);
	topology.cluster = &asked;
	topology.holds = true;
	assert_int_equal(pipeline_timer(rig.pipeline, rig.now_ns, 0, &err), 0);
	assert_int_equal(topology.questions, 1);
	due = pipeline_next_due(rig.pipeline);
	assert_true(due > rig.now_ns && due <= rig.now_ns + 60 * NS_PER_S);
	topology.cluster = &other;
	assert_int_equal(pipeline_timer(rig.pipeline, due, 0, &err), 0);
	topology.cluster = NULL;
	rig_feed(&rig, message_of(1, 1, OTHER));
	assert_tagged(TAG_INGRESS, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, finish)
	const struct CMUnitTest tests[] = {
		TEST(nodes_are_inside_as_the_masks_are),
		TEST(other_nodes_take_the_place_of_those_before),
		TEST(the_last_nodes_serve_while_nothing_is_answered),
		TEST(the_first_batch_waits_for_the_nodes),
		TEST(the_masks_serve_alone_where_waiting_is_no_use_and_that_is_told_once),
		TEST(a_topology_without_nodes_is_told),
		TEST(nodes_are_looked_for_without_flows_too),
	};

	return cmocka_run_group_tests_name("autodiscovery", tests, NULL, NULL);
}
