/* Connections of store prom_sky_con and the page that shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support_state.h"
#include "worker/batch.h"
#include "worker/prometheus/interfaces.h"
#include "worker/prometheus/page.h"

enum { TIMEOUT = 100 };

static struct state *state;
static struct connections connections;
static int memory;
static char text[64 * 1024];

static int begin(void **context)
{
	enum state_origin origin;
	struct err err;

	(void)context;
	memory = support_memory();
	assert_int_equal(state_new(&state, memory, &err), 0);
	assert_int_equal(slot_table_new(&connections.table, state, "prom.connections", sizeof(struct connection), 64, &err), 0);
	return state_open(state, 1, 0, -1, &origin, &err);
}

static int end(void **context)
{
	(void)context;
	slot_table_free(&connections.table);
	state_free(&state);
	return close(memory);
}

static struct text_ref put(char *all, const char *more)
{
	struct text_ref ref = { .offset = (uint32_t)strlen(all), .length = (uint32_t)strlen(more) };

	snprintf(all + ref.offset, 1024 - ref.offset, "%s", more);
	return ref;
}

/* A report of a connection from address a, by this node. */
static int report(const char *a, int64_t port, const char *node, int64_t bytes, int64_t now_ns)
{
	char all[1024] = "";
	struct flow flow = { .transport_protocol = PROTOCOL_TCP, .port_a = port, .port_b = 443,
		.metric = { .ab_bytes = bytes, .ba_bytes = bytes < INT64_MAX ? bytes + 1 : 0, .ab_packets = 2, .ba_packets = 3, .rtt = 4 } };
	struct batch batch = { .text = all, .now_ns = now_ns };
	bool evicted = false;
	struct err err;

	flow.network_a = put(all, a);
	flow.network_b = put(all, "10.0.0.2");
	flow.node_tid = put(all, node);
	return connections_take(&connections, &batch, &flow, TIMEOUT, &evicted, &err);
}

/* The whole page, taken in pieces of this size. */
static const char *read_all(int64_t now_ns, size_t piece)
{
	struct page page;
	size_t length = 0, more;

	page_begin(&page, &connections, now_ns);
	while ((more = page_next(&page, text + length, piece)) > 0)
		length += more;
	text[length] = '\0';
	return text;
}

static unsigned count(const char *page, const char *what)
{
	unsigned found = 0;

	while ((page = strstr(page, what)) != NULL) {
		found++;
		page++;
	}
	return found;
}

static void a_connection_has_five_lines_and_those_of_its_last_report(void **context)
{
	const char *page;

	(void)context;
	assert_int_equal(report("10.0.0.1", 4000, "node-1", 5, 10), 0);
	assert_int_equal(report("10.0.0.1", 4000, "node-2", 7, 20), 0);
	page = read_all(20, 4096);
	assert_int_equal(count(page, "\n") - count(page, "# "), 5);
	assert_non_null(strstr(page, "skydive_network_connection_total_bytes{direction=\"target_to_initiator\","
		"initiator_ip=\"10.0.0.1\",initiator_port=\"4000\",node_tid=\"node-1\",protocol=\"TCP\",target_ip=\"10.0.0.2\","
		"target_port=\"443\"} 8\n"));
	assert_int_equal(count(page, "rtt_nanoseconds{"), 1);
}

static void a_page_is_the_same_in_pieces_of_any_size(void **context)
{
	static char whole[sizeof(text)];

	(void)context;
	for (int64_t port = 1; port <= 20; port++)
		assert_int_equal(report("10.0.0.1", port, "node-1", port, 10), 0);
	snprintf(whole, sizeof(whole), "%s", read_all(20, sizeof(text)));
	assert_int_equal(count(whole, "{"), 100);
	for (size_t piece = 1; piece < 600; piece += 37)
		assert_string_equal(read_all(20, piece), whole);
}

static void what_expired_or_came_behind_the_beginning_is_not_shown(void **context)
{
	(void)context;
	assert_string_equal(read_all(0, 100), "");
	assert_int_equal(report("10.0.0.1", 1, "node-1", 5, 10), 0);
	assert_int_equal(count(read_all(10 + TIMEOUT - 1, 100), "{"), 5);
	assert_string_equal(read_all(10 + TIMEOUT, 100), "");
	assert_string_equal(read_all(9, 100), "");
	/* the same connection once more is another life of it */
	assert_int_equal(report("10.0.0.1", 1, "node-2", 5, 10 + TIMEOUT), 0);
	assert_int_equal(count(read_all(10 + TIMEOUT, 100), "node-2"), 5);
}

/* Reads on up to behind this. */
static void read_to(struct page *page, size_t *length, const char *what)
{
	while (count(text, what) == 0 && page_next(page, text + *length, 1) > 0)
		text[++*length] = '\0';
	assert_int_equal(count(text, what), 1);
}

static void one_that_goes_between_its_lines_takes_none_of_the_next(void **context)
{
	struct page page;
	size_t length = 0, more;

	(void)context;
	text[0] = '\0';
	assert_int_equal(report("10.0.0.1", 1, "node-1", 5, 10), 0);
	assert_int_equal(report("10.0.0.1", 2, "node-1", 5, 10), 0);
	page_begin(&page, &connections, 10);
	read_to(&page, &length, "total_bytes{direction=\"initiator_to_target\",initiator_ip=\"10.0.0.1\",initiator_port=\"1\"");
	read_to(&page, &length, "\"} 5\n");
	assert_int_equal(report("10.0.0.1", 2, "node-1", 5, 90), 0);
	for (int64_t port = 3; port <= 20; port++)
		assert_int_equal(report("10.0.0.1", port, "node-1", 5, 120), 0);
	while ((more = page_next(&page, text + length, 100)) > 0)
		text[length += more] = '\0';
	assert_int_equal(count(text, "initiator_port=\"1\""), 2);
	assert_int_equal(count(text, "initiator_port=\"2\""), 5);
	assert_int_equal(count(text, "{"), 7);
}

static bool has(const struct interfaces_text *interfaces, const char *line)
{
	return memmem(interfaces->bytes.bytes, interfaces->bytes.length, line, strlen(line)) != NULL;
}

static void readers_of_one_answer_share_the_interfaces(void **context)
{
	char labels[] = "host=\"a\"";
	struct interface item = { .labels = labels, .figures = { [INTERFACE_RX_BYTES] = 7 } };
	struct topology_interfaces interfaces = { &item, 1, 1 };
	struct interfaces_text *last = NULL, *first = interfaces_share(&last, &interfaces), *second, *third;

	(void)context;
	second = interfaces_share(&last, &interfaces);
	assert_ptr_equal(first, second);
	item.figures[INTERFACE_RX_BYTES] = 8;
	interfaces.generation = 2;
	third = interfaces_share(&last, &interfaces);
	assert_ptr_equal(third, last);
	assert_true(has(first, "rx_bytes{host=\"a\"} 7\n"));
	assert_true(has(third, "rx_bytes{host=\"a\"} 8\n"));
	interfaces_let_go(&first);
	interfaces_let_go(&second);
	interfaces_let_go(&third);
	interfaces_let_go(&last);
	assert_null(last);
}

static void what_can_be_no_label_is_refused(void **context)
{
	char long_text[CONNECTION_TID_SIZE + 1];

	(void)context;
	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(report("10.0.0.1\n", 1, "node-1", 5, 10), ERR_INVALID);
	assert_int_equal(report("a\"b", 1, "node-1", 5, 10), ERR_INVALID);
	assert_int_equal(report("a\\b", 1, "node-1", 5, 10), ERR_INVALID);
	assert_int_equal(report("10.0.0.1", 1, "\xc3\xa4", 5, 10), ERR_INVALID);
	assert_int_equal(report("10.0.0.1", 1, long_text, 5, 10), ERR_INVALID);
	assert_string_equal(read_all(10, 100), "");
	assert_int_equal(report("10.0.0.1", 1, long_text + 1, INT64_MAX, 10), 0);
	assert_int_equal(count(read_all(10, 100), "} 9223372036854775807\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_connection_has_five_lines_and_those_of_its_last_report, begin, end),
		cmocka_unit_test_setup_teardown(a_page_is_the_same_in_pieces_of_any_size, begin, end),
		cmocka_unit_test_setup_teardown(what_expired_or_came_behind_the_beginning_is_not_shown, begin, end),
		cmocka_unit_test_setup_teardown(one_that_goes_between_its_lines_takes_none_of_the_next, begin, end),
		cmocka_unit_test_setup_teardown(what_can_be_no_label_is_refused, begin, end),
		cmocka_unit_test(readers_of_one_answer_share_the_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
