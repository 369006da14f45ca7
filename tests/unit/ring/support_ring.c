#include "support_ring.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not an assertion of cmocka's: these helpers also run in threads and children. */
static void must(int result, const struct err *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "%s\n", err->message);
	abort();
}

void support_ring_open(struct support_ring *ring, size_t size)
{
	struct err err;
	bool restarted;

	must(ring_create(size, &ring->fd, &ring->epoch, &err), &err);
	must(ring_reopen_read(ring->fd, &ring->read_fd, &err), &err);
	must(ring_writer_open(&ring->writer, ring->fd, -1, &restarted, &err), &err);
	must(ring_reader_open(&ring->reader, ring->read_fd, &err), &err);
}

void support_ring_close(struct support_ring *ring)
{
	ring_writer_close(&ring->writer);
	ring_reader_close(&ring->reader);
	close(ring->fd);
	close(ring->read_fd);
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 31) * 0x9e3779b97f4a7c15ull;
	return value ^ value >> 29;
}

uint32_t support_message_count(uint64_t sequence)
{
	return 1 + (uint32_t)(mix(sequence + 1) % SUPPORT_FLOWS_MAX);
}

static uint32_t text_length(uint64_t sequence)
{
	return 17 + (uint32_t)(mix(sequence) % 100);
}

static void flow_make(struct flow *flow, struct flow_column *column, char *text, uint32_t offset, uint64_t sequence)
{
	uint32_t length = text_length(sequence);

	memset(flow, 0, sizeof(*flow));
	memset(column, 0, sizeof(*column));
	flow->finish_type = (int64_t)sequence;
	flow->raw_packets_captured = (int64_t)mix(sequence);
	flow->tcp.ba_rst_start = (int64_t)~sequence;
	flow->raw = (struct text_ref) { .offset = offset, .length = length };
	flow->capture_id = (struct text_ref) { .offset = offset + 1, .length = length - 1, .escaped = 1 };
	memcpy(column->a, &sequence, sizeof(sequence));
	column->capture = mix(sequence);
	column->text_length = length;
	for (uint32_t i = 0; i < length; i++)
		text[offset + i] = (char)(sequence + i);
}

void support_message_make(struct support_message *message, uint64_t sequence, uint32_t count)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		flow_make(&message->flows[i], &message->columns[i], message->text, used, sequence + i);
		used += message->flows[i].raw.length;
	}
	message->batch = (struct ring_flows) {
		.columns = message->columns, .flows = message->flows, .count = count,
		.text = message->text, .text_length = used,
		.wall_ms = (int64_t)mix(sequence), .boottime_ns = (int64_t)sequence,
	};
}

static int flow_check(struct ring_reader *reader, const struct ring_batch *batch, uint32_t index, uint32_t *used,
	struct support_message *expected, struct err *err)
{
	char text[sizeof(expected->text)];
	struct flow flow;
	uint64_t sequence = batch->first_sequence + index;
	int result = ring_copy_flow(reader, batch, index, &flow, err);

	if (result != 0)
		return result;
	flow_make(&expected->flows[0], &expected->columns[0], expected->text, *used, sequence);
	result = ring_copy_text(reader, batch, *used, expected->flows[0].raw.length, text + index % 8, err);
	if (result != 0)
		return result;
	if (memcmp(&flow, &expected->flows[0], sizeof(flow)) != 0 ||
		memcmp(text + index % 8, expected->text + *used, expected->flows[0].raw.length) != 0)
		return err_set(err, ERR_INVALID, "flow %" PRIu64 " is torn", sequence);
	*used += expected->flows[0].raw.length;
	return 0;
}

static int batch_check(struct ring_reader *reader, const struct ring_batch *batch, struct support_message *scratch,
	struct err *err)
{
	struct flow_column columns[SUPPORT_FLOWS_MAX];
	uint32_t used = 0;
	int result = ring_copy_columns(reader, batch, 0, batch->count, columns, err);

	for (uint32_t i = 0; result == 0 && i < batch->count; i++) {
		result = flow_check(reader, batch, i, &used, scratch, err);
		if (result == 0 && memcmp(&columns[i], &scratch->columns[0], sizeof(columns[i])) != 0)
			result = err_set(err, ERR_INVALID, "column %" PRIu64 " is torn", batch->first_sequence + i);
	}
	if (result == 0 && used != batch->text_length)
		result = err_set(err, ERR_INVALID, "the batch's text has another length than its flows");
	return result;
}

int support_batch_read(struct ring_reader *reader, const struct ring_batch *batch, struct support_message *scratch,
	struct err *err)
{
	int result = 0;

	if (batch->kind == RING_FLOWS && batch->count > SUPPORT_FLOWS_MAX)
		result = err_set(err, ERR_INVALID, "a batch of %" PRIu32 " flows was never published", batch->count);
	else if (batch->kind == RING_FLOWS)
		result = batch_check(reader, batch, scratch, err);
	if (!ring_still_there(reader, batch))
		return ERR_LAPPED;      /* then nothing that was read means anything */
	return result;
}

void support_position_pass(struct ring_position *position, const struct ring_batch *batch)
{
	position->offset = batch->next_offset;
	position->sequence = batch->first_sequence + batch->count;
	position->passed = 0;
}
