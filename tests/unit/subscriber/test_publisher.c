/* From messages to the ring: what is published, split, counted, and what probes are found to have lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "subscriber/decode.h"
#include "subscriber/probe_drops.h"
#include "subscriber/publisher.h"

enum { RING_SIZE = 1 << 16 };

struct bench {
	int ring_fd, read_fd, wake_fd;
	struct loop *loop;
	struct publisher *publisher;
	struct ring_reader *reader;
	struct ring_position position;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	bool restarted;
	int64_t since;
	uint64_t epoch;

	assert_int_equal(ring_create(RING_SIZE, &bench->ring_fd, &epoch, NULL), 0);
	assert_int_equal(ring_reopen_read(bench->ring_fd, &bench->read_fd, NULL), 0);
	bench->wake_fd = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(loop_new(&bench->loop, NULL), 0);
	assert_int_equal(publisher_new(&bench->publisher, bench->loop, bench->ring_fd, bench->wake_fd, 1, &restarted, &since,
		NULL), 0);
	assert_false(restarted);
	assert_int_equal(ring_reader_open(&bench->reader, bench->read_fd, NULL), 0);
	bench->position.epoch = epoch;
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	publisher_free(&bench->publisher);
	ring_reader_close(&bench->reader);
	loop_free(&bench->loop);
	close(bench->ring_fd);
	close(bench->read_fd);
	close(bench->wake_fd);
	free(bench);
	return 0;
}

static bool send_text(struct bench *bench, const char *text, size_t length)
{
	char *copy = malloc(length + DECODE_PADDING);
	bool flows;

	/* something else stands behind a message that lies in the middle of what was read */
	memset(copy + length, '}', DECODE_PADDING);
	memcpy(copy, text, length);
	flows = publisher_message(bench->publisher, copy, length);
	assert_int_equal(copy[length], '}');
	free(copy);
	return flows;
}

static bool send(struct bench *bench, const char *text)
{
	return send_text(bench, text, strlen(text));
}

static struct ring_counters counters(const struct bench *bench)
{
	struct ring_counters counters;

	ring_read_counters(bench->reader, &counters);
	return counters;
}

static void pass(struct bench *bench, const struct ring_batch *batch)
{
	bench->position.offset = batch->next_offset;
	bench->position.sequence += batch->count;
}

/* ---- tests ---- */

static void flows_are_published_and_the_first_batch_wakes_at_once(void **state)
{
	struct bench *bench = *state;
	struct ring_batch batch;
	struct flow flow;
	uint64_t wakes;
	char uuid[8];

	assert_true(send(bench, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"a1\"},{\"UUID\":\"b22\"}]}"));
	assert_int_equal(read(bench->wake_fd, &wakes, sizeof(wakes)), sizeof(wakes));
	assert_int_equal(ring_peek(bench->reader, &bench->position, &batch, NULL), 0);
	assert_int_equal(batch.count, 2);
	assert_int_equal(ring_copy_flow(bench->reader, &batch, 1, &flow, NULL), 0);
	assert_int_equal(flow.uuid.length, 3);
	assert_int_equal(ring_copy_text(bench->reader, &batch, flow.uuid.offset, 3, uuid, NULL), 0);
	assert_memory_equal(uuid, "b22", 3);
	assert_int_equal(counters(bench).flows, 2);
}

static void a_restarted_subscriber_knows_whether_flows_came_before_it(void **state)
{
	struct bench *bench = *state;
	bool restarted;
	int64_t since;

	assert_false(publisher_had_flows(bench->publisher));
	assert_true(send(bench, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"a\"}]}"));
	publisher_free(&bench->publisher);
	assert_int_equal(publisher_new(&bench->publisher, bench->loop, bench->ring_fd, bench->wake_fd, 1, &restarted, &since,
		NULL), 0);
	assert_true(restarted);
	assert_true(publisher_had_flows(bench->publisher));
}

/* As if the first subscriber of the epoch had begun a while ago. */
static void begin_earlier(struct bench *bench, int64_t by_ns)
{
	struct ring_writer *writer;
	bool restarted;

	assert_int_equal(ring_writer_open(&writer, bench->ring_fd, -1, &restarted, NULL), 0);
	ring_writer_counters(writer)->started_ns -= (uint64_t)by_ns;
	ring_writer_close(&writer);
}

static void a_successor_of_one_that_published_nothing_knows_since_when(void **state)
{
	struct bench *bench = *state;
	int64_t since_ms;
	bool restarted;

	publisher_free(&bench->publisher);
	begin_earlier(bench, 5 * NS_PER_S);
	assert_int_equal(publisher_new(&bench->publisher, bench->loop, bench->ring_fd, bench->wake_fd, 1, &restarted,
		&since_ms, NULL), 0);
	assert_true(restarted);
	assert_in_range(clock_wall_ms() - since_ms, 5000, 60000);
	assert_false(publisher_had_flows(bench->publisher));
}

static void odd_messages_are_counted_by_kind(void **state)
{
	struct bench *bench = *state;

	assert_false(send(bench, "no JSON"));
	assert_false(send(bench, "{\"Namespace\":\"topology\",\"Type\":\"x\",\"Obj\":1}"));
	assert_true(send(bench, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"a\"},{\"UUID\":7}]}"));
	assert_int_equal(counters(bench).refused, 1);
	assert_int_equal(counters(bench).ignored, 1);
	assert_int_equal(counters(bench).malformed, 1);
	assert_int_equal(counters(bench).flows, 1);
	assert_int_equal(counters(bench).messages, 1);
}

/* A message of `count` flows whose names say which they are, with `fill` bytes of padding each. */
static void make_message(struct buffer *text, unsigned count, unsigned fill)
{
	buffer_init(text, 1 << 24);
	buffer_append_text(text, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[");
	for (unsigned i = 0; i < count; i++)
		buffer_printf(text, "%s{\"UUID\":\"%08x\",\"Application\":\"%0*d\"}", i ? "," : "", i, (int)fill, 0);
	buffer_append_text(text, "]}");
}

static void a_message_larger_than_a_batch_goes_in_several_with_its_texts(void **state)
{
	enum { FLOWS = 70 };
	struct bench *bench = *state;
	struct buffer text;
	unsigned seen = 0, batches = 0;

	make_message(&text, FLOWS, 200);
	assert_true(send_text(bench, text.bytes, text.length));
	buffer_fini(&text);
	assert_int_equal(counters(bench).flows, FLOWS);
	while (seen < FLOWS) {
		struct ring_batch batch;

		assert_int_equal(ring_peek(bench->reader, &bench->position, &batch, NULL), 0);
		for (uint32_t i = 0; i < batch.count; i++) {
			struct flow flow;
			char expected[9], uuid[9] = "";

			snprintf(expected, sizeof(expected), "%08x", seen++);
			assert_int_equal(ring_copy_flow(bench->reader, &batch, i, &flow, NULL), 0);
			assert_int_equal(ring_copy_text(bench->reader, &batch, flow.uuid.offset, 8, uuid, NULL), 0);
			assert_string_equal(uuid, expected);
		}
		pass(bench, &batch);
		batches++;
	}
	assert_true(batches > 1);
}

static void a_flow_larger_than_the_ring_takes_is_malformed_and_its_neighbours_stay(void **state)
{
	struct bench *bench = *state;
	struct buffer text;

	buffer_init(&text, 1 << 20);
	buffer_printf(&text, "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"UUID\":\"a\"},{\"UUID\":\"b\",\"X\":\"%020000d\"},"
		"{\"UUID\":\"c\"}]}", 0);
	assert_true(send_text(bench, text.bytes, text.length));
	buffer_fini(&text);
	assert_int_equal(counters(bench).malformed, 1);
	assert_int_equal(counters(bench).flows, 2);
}

static void a_closed_epoch_is_told_to_the_readers(void **state)
{
	struct bench *bench = *state;

	publisher_close(bench->publisher);
	assert_true(ring_closed(bench->reader));
}

/* ---- losses of probes ---- */

static void only_what_was_lost_since_the_previous_report_counts(void **state)
{
	struct probe_drops *probes = probe_drops_new();
	struct ring_drops more, totals = { .capture = 7, .flow_dropped = 100 };

	(void)state;
	assert_false(probe_drops_take(probes, &totals, 10 * NS_PER_S, &more));
	assert_false(probe_drops_take(probes, &totals, 20 * NS_PER_S, &more));
	totals.flow_dropped = 117;
	assert_true(probe_drops_take(probes, &totals, 30 * NS_PER_S, &more));
	assert_int_equal(more.flow_dropped, 17);
	probe_drops_free(&probes);
}

static void two_probes_of_one_capture_are_not_taken_for_each_other(void **state)
{
	struct probe_drops *probes = probe_drops_new();
	struct ring_drops more, one = { .capture = 7, .packets_dropped = 5 }, two = { .capture = 7, .packets_dropped = 900 };
	uint64_t sum = 0;

	(void)state;
	for (int64_t round = 1; round < 20; round++) {
		if (probe_drops_take(probes, &two, round * 10 * NS_PER_S, &more))
			sum += more.packets_dropped;
		if (probe_drops_take(probes, &one, round * 10 * NS_PER_S + 1000, &more))
			sum += more.packets_dropped;
		one.packets_dropped += 1;
		two.packets_dropped += 10;
	}
	assert_int_equal(sum, 18 * 11);
	probe_drops_free(&probes);
}

static void a_probe_that_begins_anew_claims_nothing(void **state)
{
	struct probe_drops *probes = probe_drops_new();
	struct ring_drops more, totals = { .capture = 7, .kernel_flow_dropped = 50 };

	(void)state;
	probe_drops_take(probes, &totals, 10 * NS_PER_S, &more);
	totals.kernel_flow_dropped = 3;
	assert_false(probe_drops_take(probes, &totals, 20 * NS_PER_S, &more));
	probe_drops_free(&probes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(flows_are_published_and_the_first_batch_wakes_at_once),
		TEST(a_restarted_subscriber_knows_whether_flows_came_before_it),
		TEST(a_successor_of_one_that_published_nothing_knows_since_when),
		TEST(odd_messages_are_counted_by_kind),
		TEST(a_message_larger_than_a_batch_goes_in_several_with_its_texts),
		TEST(a_flow_larger_than_the_ring_takes_is_malformed_and_its_neighbours_stay),
		TEST(a_closed_epoch_is_told_to_the_readers),
		cmocka_unit_test(only_what_was_lost_since_the_previous_report_counts),
		cmocka_unit_test(two_probes_of_one_capture_are_not_taken_for_each_other),
		cmocka_unit_test(a_probe_that_begins_anew_claims_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
