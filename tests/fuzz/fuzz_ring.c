/* The ring is input to its readers: whatever stands in its memory, a reader refuses it or reads inside its bounds. The
 * input is a list of patches (offset, length, bytes) to a ring with some good batches. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/ring.h"

enum { RING_SIZE = 1 << 16, PAGE = 4096, STEPS = 64, TEXT = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void publish(struct ring_writer *writer, unsigned count)
{
	char text[TEXT];
	struct flow_column columns[8] = { { .text_length = 16, .valid = 3 } };
	struct flow flows[8] = { { .raw = { .offset = 0, .length = 16 } } };
	struct ring_flows batch = { .columns = columns, .flows = flows, .count = count, .text = text,
		.text_length = sizeof(text) };

	memset(text, 'x', sizeof(text));
	for (unsigned i = 1; i < count; i++) {
		columns[i] = columns[0];
		flows[i] = flows[0];
	}
	ring_publish_flows(writer, &batch, NULL);
}

static void patch(int fd, const uint8_t *data, size_t size)
{
	uint8_t *memory = mmap(NULL, PAGE + RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		abort();
	while (size >= 4) {
		size_t offset = ((size_t)data[0] << 8 | data[1]) % (PAGE + RING_SIZE);
		size_t length = 1 + data[2] % 32;

		data += 3;
		size -= 3;
		if (length > size)
			length = size;
		if (length > PAGE + RING_SIZE - offset)
			length = PAGE + RING_SIZE - offset;
		memcpy(memory + offset, data, length);
		data += length;
		size -= length;
	}
	munmap(memory, PAGE + RING_SIZE);
}

/* All that a worker does with a batch. The blocks are as large as was asked for, so that more is found. */
static void read_batch(struct ring_reader *reader, const struct ring_batch *batch)
{
	uint32_t count = batch->count < 16 ? batch->count : 16;
	struct flow_column *columns = malloc((count + 1) * sizeof(*columns));
	struct flow flow;

	ring_copy_columns(reader, batch, 0, count, columns, NULL);
	for (uint32_t i = 0; i < count; i++) {
		char *text;

		if (ring_copy_flow(reader, batch, i, &flow, NULL) != 0 || flow.raw.length > RING_SIZE)
			continue;
		text = malloc(flow.raw.length + 1u);
		ring_copy_text(reader, batch, flow.raw.offset, flow.raw.length, text, NULL);
		free(text);
	}
	ring_still_there(reader, batch);
	free(columns);
}

static void walk(int fd)
{
	struct ring_position position = { 0 };
	struct ring_reader *reader;
	struct ring_counters counters;

	if (ring_reader_open(&reader, fd, NULL) != 0)
		return;
	ring_read_counters(reader, &counters);
	position.epoch = ring_epoch(reader);
	for (unsigned i = 0; i < STEPS; i++) {
		struct ring_batch batch;
		uint64_t lost;
		int error = ring_peek(reader, &position, &batch, NULL);

		if (error == ERR_LAPPED && ring_resume(reader, &position, &lost, NULL) == 0)
			continue;
		if (error != 0)
			break;
		read_batch(reader, &batch);
		position.offset = batch.next_offset;
		position.sequence += batch.count;
	}
	ring_head(reader, &position);
	ring_lag_permille(reader, &position);
	ring_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ring_writer *writer;
	uint64_t epoch;
	bool restarted;
	int fd, read_fd;

	if (ring_create(RING_SIZE, &fd, &epoch, NULL) != 0 || ring_reopen_read(fd, &read_fd, NULL) != 0 ||
		ring_writer_open(&writer, fd, -1, &restarted, NULL) != 0)
		abort();
	for (unsigned i = 0; i < 6; i++)
		publish(writer, 1 + i % 3);
	ring_writer_close(&writer);
	patch(fd, data, size);
	walk(read_fd);
	/* a restarted writer walks it too */
	if (ring_writer_open(&writer, fd, -1, &restarted, NULL) == 0)
		publish(writer, 2);
	ring_writer_close(&writer);
	close(read_fd);
	close(fd);
	return 0;
}
