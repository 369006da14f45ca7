/* The flow ring's two ends in one thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/ring_layout.h"
#include "support_ring.h"

enum { SMALL = 64 << 10 };

static struct support_message message, scratch;

static void publish(struct support_ring *ring, uint32_t count)
{
	support_message_make(&message, ring_writer_sequence(ring->writer), count);
	assert_int_equal(ring_publish_flows(ring->writer, &message.batch, NULL), 0);
}

/* Publishes until the ring has been filled `times` times. */
static void fill(struct support_ring *ring, unsigned times)
{
	uint64_t end = ring->reader->map.size * times;

	while (atomic_load(&ring->reader->map.header->head) < end)
		publish(ring, 1 + ring_writer_sequence(ring->writer) % 7);
}

static void test_what_is_published_is_read_as_it_was(void **state)
{
	struct support_ring ring;
	struct ring_position position;
	struct ring_batch batch;

	(void)state;
	support_ring_open(&ring, SMALL);
	ring_head(ring.reader, &position);
	publish(&ring, 5);

	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);

	assert_int_equal(batch.kind, RING_FLOWS);
	assert_int_equal(batch.count, 5);
	assert_int_equal(batch.wall_ms, message.batch.wall_ms);
	assert_int_equal(batch.boottime_ns, message.batch.boottime_ns);
	assert_int_equal(support_batch_read(ring.reader, &batch, &scratch, NULL), 0);
	support_position_pass(&position, &batch);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_AGAIN);
	support_ring_close(&ring);
}

static void test_gaps_and_drops_are_met_in_their_place(void **state)
{
	const struct ring_gap gap = { .from_ms = 10, .to_ms = 20, .reason = GAP_SILENCE };
	const struct ring_drops drops = { .capture = 7, .flow_dropped = 1, .kernel_flow_dropped = 2, .packets_dropped = 3 };
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	assert_int_equal(ring_publish_gap(ring.writer, &gap, 99, NULL), 0);
	publish(&ring, 3);
	assert_int_equal(ring_publish_drops(ring.writer, &drops, 30, 31, NULL), 0);

	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
	assert_int_equal(batch.kind, RING_GAP);
	assert_int_equal(batch.boottime_ns, 99);
	assert_memory_equal(&batch.gap, &gap, sizeof(gap));
	support_position_pass(&position, &batch);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
	assert_int_equal(batch.kind, RING_FLOWS);
	support_position_pass(&position, &batch);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
	assert_int_equal(batch.kind, RING_DROPS);
	assert_int_equal(batch.first_sequence, 3);
	assert_int_equal(batch.wall_ms, 30);
	assert_memory_equal(&batch.drops, &drops, sizeof(drops));
	support_ring_close(&ring);
}

static void test_a_reader_that_keeps_up_sees_every_flow_over_many_rounds(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;
	struct err err;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	while (position.offset < 20 * SMALL) {
		publish(&ring, 1 + position.sequence % 11);
		assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
		assert_int_equal(batch.first_sequence, position.sequence);
		assert_int_equal(support_batch_read(ring.reader, &batch, &scratch, &err), 0);
		support_position_pass(&position, &batch);
	}
	assert_int_equal(position.sequence, ring_writer_sequence(ring.writer));
	assert_int_equal(position.sequence, ring_head_sequence(ring.reader));
	support_ring_close(&ring);
}

static void test_an_overtaken_reader_learns_exactly_how_many_flows_it_lost(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;
	uint64_t lost, seen = 0, oldest;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	fill(&ring, 3);
	oldest = atomic_load(&ring.reader->map.header->oldest);

	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_LAPPED);
	assert_int_equal(ring_resume(ring.reader, &position, &lost, NULL), 0);

	assert_true(position.offset >= oldest + SMALL / 4);
	assert_true(position.offset < oldest + SMALL / 2);
	assert_int_equal(position.sequence, lost);
	while (ring_peek(ring.reader, &position, &batch, NULL) == 0) {
		assert_int_equal(support_batch_read(ring.reader, &batch, &scratch, NULL), 0);
		seen += batch.count;
		support_position_pass(&position, &batch);
	}
	assert_int_equal(lost + seen, ring_writer_sequence(ring.writer));
	support_ring_close(&ring);
}

static void test_flows_passed_before_the_overtaking_are_not_lost(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	uint64_t lost;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	publish(&ring, 10);
	position.passed = 4;
	position.sequence = 4;
	fill(&ring, 2);

	assert_int_equal(ring_resume(ring.reader, &position, &lost, NULL), 0);

	assert_int_equal(lost, position.sequence - 4);
	assert_int_equal(position.passed, 0);
	support_ring_close(&ring);
}

static void test_resuming_without_having_been_overtaken_changes_nothing(void **state)
{
	struct ring_position position = { 0 }, before;
	struct support_ring ring;
	uint64_t lost;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	publish(&ring, 10);
	before = position;

	assert_int_equal(ring_resume(ring.reader, &position, &lost, NULL), 0);

	assert_int_equal(lost, 0);
	assert_memory_equal(&position, &before, sizeof(before));
	support_ring_close(&ring);
}

static void test_a_batch_overwritten_while_it_is_read_does_not_count(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;
	struct flow flow;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	publish(&ring, 10);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
	assert_int_equal(ring_copy_flow(ring.reader, &batch, 0, &flow, NULL), 0);
	assert_true(ring_still_there(ring.reader, &batch));
	fill(&ring, 2);

	assert_false(ring_still_there(ring.reader, &batch));
	assert_int_equal(ring_copy_flow(ring.reader, &batch, 1, &flow, NULL), ERR_LAPPED);
	support_ring_close(&ring);
}

static void test_text_is_copied_from_any_offset_to_any_address(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;
	char text[256];

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	publish(&ring, 3);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
	for (uint32_t offset = 0; offset < 20; offset++)
		for (uint32_t length = 0; offset + length <= batch.text_length && length < 150; length++) {
			char *to = text + 8 + (offset + length) % 8;

			memset(text, 0x55, sizeof(text));
			assert_int_equal(ring_copy_text(ring.reader, &batch, offset, length, to, NULL), 0);
			assert_memory_equal(to, message.text + offset, length);
			assert_int_equal(to[-1], 0x55);
			assert_int_equal(to[length], 0x55);
		}
	assert_int_equal(ring_copy_text(ring.reader, &batch, batch.text_length, 1, text, NULL), ERR_INVALID);
	assert_int_equal(ring_copy_text(ring.reader, &batch, UINT32_MAX, 2, text, NULL), ERR_INVALID);
	support_ring_close(&ring);
}

static void test_a_message_above_a_quarter_of_the_ring_is_refused(void **state)
{
	static char text[SMALL];
	struct ring_flows flows = { .text = text };
	struct support_ring ring;

	(void)state;
	support_ring_open(&ring, SMALL);
	assert_int_equal(ring_batch_max(ring.writer), SMALL / 4);
	flows.text_length = SMALL / 4 - sizeof(struct ring_head) - RING_WORD;

	assert_int_equal(ring_publish_flows(ring.writer, &flows, NULL), 0);
	flows.text_length++;
	assert_int_equal(ring_publish_flows(ring.writer, &flows, NULL), ERR_LIMIT);
	assert_int_equal(ring_flows_size(1, SIZE_MAX), SIZE_MAX);
	support_ring_close(&ring);
}

static void test_largest_batches_leave_the_last_one_standing(void **state)
{
	static char text[SMALL];
	struct support_ring ring;
	struct ring_position position;
	struct ring_batch batch;

	(void)state;
	support_ring_open(&ring, SMALL);
	for (unsigned i = 0; i < 200; i++) {
		struct ring_flows flows = { .text = text, .text_length = SMALL / 4 - 64 - i * 37 % 4000 };

		ring_head(ring.reader, &position);
		assert_int_equal(ring_publish_flows(ring.writer, &flows, NULL), 0);
		assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);
		assert_int_equal(batch.text_length, flows.text_length);
	}
	support_ring_close(&ring);
}

static void test_a_restarted_writer_continues_the_sequence(void **state)
{
	struct support_ring ring;
	uint64_t sequence;
	bool restarted;

	(void)state;
	support_ring_open(&ring, SMALL);
	fill(&ring, 3);
	sequence = ring_writer_sequence(ring.writer);
	ring_writer_close(&ring.writer);

	assert_int_equal(ring_writer_open(&ring.writer, ring.fd, -1, &restarted, NULL), 0);

	assert_true(restarted);
	assert_int_equal(ring_writer_sequence(ring.writer), sequence);
	support_ring_close(&ring);
}

static void test_a_fresh_ring_was_not_restarted(void **state)
{
	struct support_ring ring;
	bool restarted;

	(void)state;
	support_ring_open(&ring, SMALL);
	ring_writer_close(&ring.writer);

	assert_int_equal(ring_writer_open(&ring.writer, ring.fd, -1, &restarted, NULL), 0);

	assert_false(restarted);
	support_ring_close(&ring);
}

static void test_nothing_is_published_in_a_closed_epoch(void **state)
{
	const struct ring_gap gap = { 0 };
	struct support_ring ring;
	bool restarted;

	(void)state;
	support_ring_open(&ring, SMALL);
	publish(&ring, 1);
	assert_false(ring_closed(ring.reader));

	ring_close(ring.writer);

	assert_true(ring_closed(ring.reader));
	assert_int_equal(ring_publish_gap(ring.writer, &gap, 0, NULL), ERR_CLOSED);
	ring_writer_close(&ring.writer);
	assert_int_equal(ring_writer_open(&ring.writer, ring.fd, -1, &restarted, NULL), ERR_CLOSED);
	assert_int_equal(ring_head_sequence(ring.reader), 1);
	support_ring_close(&ring);
}

static void test_positions_that_are_none_of_this_ring_are_refused(void **state)
{
	struct support_ring ring;
	struct ring_batch batch;
	struct ring_position position;

	(void)state;
	support_ring_open(&ring, SMALL);
	publish(&ring, 2);
	publish(&ring, 2);
	position = (struct ring_position) { .epoch = ring.epoch + 1 };
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_INVALID);
	position = (struct ring_position) { .epoch = ring.epoch, .offset = 1 << 20 };
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_CORRUPT);
	position = (struct ring_position) { .epoch = ring.epoch, .offset = RING_ALIGN };
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_CORRUPT);
	position = (struct ring_position) { .epoch = ring.epoch, .sequence = 1 };
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), ERR_CORRUPT);
	support_ring_close(&ring);
}

static void test_a_text_reference_beyond_the_text_is_damage(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;
	struct ring_batch batch;
	struct flow flow;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	support_message_make(&message, 0, 2);
	message.flows[1].capture_id.length++;
	assert_int_equal(ring_publish_flows(ring.writer, &message.batch, NULL), 0);
	assert_int_equal(ring_peek(ring.reader, &position, &batch, NULL), 0);

	assert_int_equal(ring_copy_flow(ring.reader, &batch, 0, &flow, NULL), 0);
	assert_int_equal(ring_copy_flow(ring.reader, &batch, 1, &flow, NULL), ERR_CORRUPT);
	assert_int_equal(ring_copy_flow(ring.reader, &batch, 2, &flow, NULL), ERR_INVALID);
	support_ring_close(&ring);
}

static void test_lag_is_the_share_of_the_ring_between_position_and_head(void **state)
{
	struct ring_position position = { 0 };
	struct support_ring ring;

	(void)state;
	support_ring_open(&ring, SMALL);
	position.epoch = ring.epoch;
	assert_int_equal(ring_lag_permille(ring.reader, &position), 0);
	while (atomic_load(&ring.reader->map.header->head) < SMALL / 2)
		assert_int_equal(ring_publish_gap(ring.writer, &(struct ring_gap) { 0 }, 0, NULL), 0);
	assert_int_equal(ring_lag_permille(ring.reader, &position), 500);
	fill(&ring, 2);
	assert_int_equal(ring_lag_permille(ring.reader, &position), 1000);
	support_ring_close(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_published_is_read_as_it_was),
		cmocka_unit_test(test_gaps_and_drops_are_met_in_their_place),
		cmocka_unit_test(test_a_reader_that_keeps_up_sees_every_flow_over_many_rounds),
		cmocka_unit_test(test_an_overtaken_reader_learns_exactly_how_many_flows_it_lost),
		cmocka_unit_test(test_flows_passed_before_the_overtaking_are_not_lost),
		cmocka_unit_test(test_resuming_without_having_been_overtaken_changes_nothing),
		cmocka_unit_test(test_a_batch_overwritten_while_it_is_read_does_not_count),
		cmocka_unit_test(test_text_is_copied_from_any_offset_to_any_address),
		cmocka_unit_test(test_a_message_above_a_quarter_of_the_ring_is_refused),
		cmocka_unit_test(test_largest_batches_leave_the_last_one_standing),
		cmocka_unit_test(test_a_restarted_writer_continues_the_sequence),
		cmocka_unit_test(test_a_fresh_ring_was_not_restarted),
		cmocka_unit_test(test_nothing_is_published_in_a_closed_epoch),
		cmocka_unit_test(test_positions_that_are_none_of_this_ring_are_refused),
		cmocka_unit_test(test_a_text_reference_beyond_the_text_is_damage),
		cmocka_unit_test(test_lag_is_the_share_of_the_ring_between_position_and_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
