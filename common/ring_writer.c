/* The ring's writer. It never waits: `oldest` goes past what will be overwritten, then the bytes are written, then
 * `head` goes past them. It may be killed anywhere in between: what lies outside [oldest, head) means nothing. */
#include "common/ring_layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct ring_writer {
	struct ring_map map;
	uint64_t oldest, head;        /* as in the header, which only this writer changes */
	uint64_t sequence;            /* of the next flow */
	int wake_fd;                  /* borrowed; -1: nobody is woken */
	bool wake_due;
};

/* The head of the batch at offset, as far as the writer relies on it. */
static int head_at(const struct ring_map *map, uint64_t offset, struct ring_head *head, struct err *err)
{
	ring_load(ring_at(map, offset), head, sizeof(*head) / RING_WORD);
	if (head->offset == offset && head->bytes >= RING_ALIGN && head->bytes % RING_ALIGN == 0 &&
		head->bytes <= map->size / 4)
		return 0;
	return err_set(err, ERR_CORRUPT, "the ring has no batch at offset %" PRIu64, offset);
}

static int find_sequence(struct ring_writer *writer, struct err *err)
{
	uint64_t offset = writer->oldest;
	struct ring_head head;

	while (offset < writer->head) {
		int result = head_at(&writer->map, offset, &head, err);

		if (result != 0)
			return result;
		writer->sequence = head.first_sequence + head.count;
		offset += head.bytes;
	}
	if (offset != writer->head)
		return err_set(err, ERR_CORRUPT, "the ring's batches do not end at its head");
	return 0;
}

static int attach(struct ring_writer *writer, int fd, struct err *err)
{
	const struct ring_header *header;
	int result = ring_map_open(&writer->map, fd, PROT_READ | PROT_WRITE, err);

	if (result != 0)
		return result;
	header = writer->map.header;
	if (atomic_load_explicit(&header->closed, memory_order_relaxed) != 0)
		return err_set(err, ERR_CLOSED, "the ring's epoch is closed");
	writer->oldest = atomic_load_explicit(&header->oldest, memory_order_relaxed);
	writer->head = atomic_load_explicit(&header->head, memory_order_relaxed);
	/* What the predecessor gave up stays given up for whoever sees a word of ours. */
	ring_fence_release();
	return find_sequence(writer, err);
}

int ring_writer_open(struct ring_writer **writer, int fd, int wake_fd, bool *restarted, struct err *err)
{
	struct ring_writer *made = calloc(1, sizeof(*made));
	int result;

	if (made == NULL)
		return err_sys(err, ENOMEM, "open the ring");
	made->wake_fd = wake_fd;
	result = attach(made, fd, err);
	if (result != 0) {
		ring_writer_close(&made);
		return result;
	}
	*restarted = made->head != 0;
	*writer = made;
	return 0;
}

void ring_writer_close(struct ring_writer **writer)
{
	if (*writer == NULL)
		return;
	ring_map_close(&(*writer)->map);
	free(*writer);
	*writer = NULL;
}

size_t ring_batch_max(const struct ring_writer *writer)
{
	return writer->map.size / 4;
}

size_t ring_flows_size(uint32_t count, size_t text_length)
{
	uint64_t fixed = (uint64_t)count * (sizeof(struct flow_column) + sizeof(struct flow));

	if (text_length > UINT32_MAX)
		return SIZE_MAX;
	return ring_batch_size(fixed + (text_length + RING_WORD - 1) / RING_WORD * RING_WORD);
}

/* Moves oldest to the first batch that writing up to `end` leaves whole. */
static int make_room(struct ring_writer *writer, uint64_t end, struct err *err)
{
	struct ring_head head;

	if (end - writer->oldest <= writer->map.size)
		return 0;
	while (end - writer->oldest > writer->map.size) {
		int result = head_at(&writer->map, writer->oldest, &head, err);

		if (result != 0)
			return result;
		writer->oldest += head.bytes;
	}
	atomic_store_explicit(&writer->map.header->oldest, writer->oldest, memory_order_relaxed);
	/* A reader that sees one of the words written from here on sees this oldest after its acquire fence. */
	ring_fence_release();
	return 0;
}

/* Writes a batch's head and last word at head->offset and gives the place of its payload. */
static ring_word *frame(struct ring_writer *writer, const struct ring_head *head)
{
	ring_word *words = ring_at(&writer->map, head->offset);
	uint64_t behind = head->first_sequence + head->count;

	ring_store(words, head, sizeof(*head) / RING_WORD);
	ring_store(words + head->bytes / RING_WORD - 1, &behind, 1);
	return words + sizeof(*head) / RING_WORD;
}

/* Begins a batch of head->bytes behind a pad where it would wrap; nothing of it is published before publish(). */
static int begin(struct ring_writer *writer, struct ring_head *head, ring_word **payload, struct err *err)
{
	uint64_t rest = writer->map.size - (writer->head & writer->map.mask);
	uint64_t pad = rest < head->bytes ? rest : 0;
	int result;

	if (atomic_load_explicit(&writer->map.header->closed, memory_order_relaxed) != 0)
		return err_set(err, ERR_CLOSED, "the ring's epoch is closed");
	result = make_room(writer, writer->head + pad + head->bytes, err);
	if (result != 0)
		return result;
	head->first_sequence = writer->sequence;
	head->offset = writer->head + pad;
	if (pad != 0)
		frame(writer, &(struct ring_head) { .offset = writer->head, .first_sequence = writer->sequence,
			.kind = RING_PAD, .bytes = (uint32_t)pad });
	*payload = frame(writer, head);
	return 0;
}

static void publish(struct ring_writer *writer, const struct ring_head *head)
{
	writer->sequence += head->count;
	writer->head = head->offset + head->bytes;
	writer->wake_due = true;
	atomic_store_explicit(&writer->map.header->head, writer->head, memory_order_release);
}

int ring_publish_flows(struct ring_writer *writer, const struct ring_flows *flows, struct err *err)
{
	size_t bytes = ring_flows_size(flows->count, flows->text_length);
	size_t columns = flows->count * (sizeof(struct flow_column) / RING_WORD);
	size_t records = flows->count * (sizeof(struct flow) / RING_WORD);
	struct ring_head head = { .kind = RING_FLOWS, .count = flows->count, .wall_ms = flows->wall_ms,
		.boottime_ns = flows->boottime_ns };
	ring_word *payload;
	int result;

	if (bytes > ring_batch_max(writer))
		return err_set(err, ERR_LIMIT, "%" PRIu32 " flows with %zu bytes of text are larger than a quarter of "
			"the ring (%zu bytes)", flows->count, flows->text_length, ring_batch_max(writer));
	head.bytes = (uint32_t)bytes;
	head.text_length = (uint32_t)flows->text_length;
	result = begin(writer, &head, &payload, err);
	if (result != 0)
		return result;
	ring_store(payload, flows->columns, columns);
	ring_store(payload + columns, flows->flows, records);
	ring_store_bytes(payload + columns + records, flows->text, flows->text_length);
	publish(writer, &head);
	return 0;
}

/* A batch without flows, whose payload is one struct. */
static int publish_note(struct ring_writer *writer, struct ring_head *head, const void *note, size_t size,
	struct err *err)
{
	ring_word *payload;
	int result;

	head->bytes = (uint32_t)ring_batch_size(size);
	result = begin(writer, head, &payload, err);
	if (result != 0)
		return result;
	ring_store(payload, note, size / RING_WORD);
	publish(writer, head);
	return 0;
}

int ring_publish_gap(struct ring_writer *writer, const struct ring_gap *gap, int64_t boottime_ns, struct err *err)
{
	struct ring_head head = { .kind = RING_GAP, .wall_ms = gap->to_ms, .boottime_ns = boottime_ns };

	return publish_note(writer, &head, gap, sizeof(*gap), err);
}

int ring_publish_drops(struct ring_writer *writer, const struct ring_drops *drops, int64_t wall_ms, int64_t boottime_ns,
	struct err *err)
{
	struct ring_head head = { .kind = RING_DROPS, .wall_ms = wall_ms, .boottime_ns = boottime_ns };

	return publish_note(writer, &head, drops, sizeof(*drops), err);
}

void ring_wake(struct ring_writer *writer)
{
	const uint64_t one = 1;

	if (!writer->wake_due || writer->wake_fd < 0)
		return;
	/* Never read, so it only grows; it fails when full, after 2^64 wake-ups. */
	if (write(writer->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		writer->wake_due = false;
}

void ring_close(struct ring_writer *writer)
{
	atomic_store_explicit(&writer->map.header->closed, 1, memory_order_release);
	writer->wake_due = true;
	ring_wake(writer);
}

struct ring_counters *ring_writer_counters(struct ring_writer *writer)
{
	return &writer->map.header->counters;
}

uint64_t ring_writer_sequence(const struct ring_writer *writer)
{
	return writer->sequence;
}
