#include "tests/tools/analyzer/subscriber.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/tools/analyzer/connection.h"

enum { STAGE_SIZE = 256 << 10, CLIENT_FRAME_MAX = 64 << 10, PING_INTERVAL_MS = 2000, PONG_TIMEOUT_MS = 7000 };
enum { CLOSE_NORMAL = 1000, CLOSE_PROTOCOL = 1002 };

static const char sync_payload[] = "sync";

static void put_frame(struct connection *connection, unsigned opcode, const void *payload, size_t length)
{
	size_t before = connection->out.length;

	if (frame_append(&connection->out, opcode, true, payload, length) == 0)
		connection->out_total += connection->out.length - before;
	connection_watch(connection);
}

static void put_close(struct connection *connection, unsigned code)
{
	unsigned char payload[2] = { (unsigned char)(code >> 8), (unsigned char)code };

	put_frame(connection, OPCODE_CLOSE, payload, sizeof(payload));
}

static void set_timer(struct connection *connection, struct loop_timer *timer, int ms)
{
	struct loop *loop = connection->server->loop;

	loop_timer_set(loop, timer, loop_now(loop) + ms * NS_PER_MS, NULL);
}

static void ping(struct loop_timer *timer)
{
	struct connection *connection = timer->owner;

	if (!connection->server->no_pings && !connection->hung)
		put_frame(connection, OPCODE_PING, "", 0);
	set_timer(connection, &connection->ping, PING_INTERVAL_MS);
}

static void pong_missing(struct loop_timer *timer)
{
	struct connection *connection = timer->owner;

	/* who is not pinged owes no pong */
	if (connection->server->no_pings)
		set_timer(connection, timer, PONG_TIMEOUT_MS);
	else
		connection_end(&connection, "no pong");
}

void subscriber_begin(struct connection *connection)
{
	connection->state = CONNECTION_SUBSCRIBER;
	connection->ping = (struct loop_timer){ .fire = ping, .owner = connection };
	connection->pong_deadline = (struct loop_timer){ .fire = pong_missing, .owner = connection };
	set_timer(connection, &connection->pong_deadline, PONG_TIMEOUT_MS);
	ping(&connection->ping);
	publisher_subscribed(&connection->server->publisher, connection);
}

void subscriber_refuse(struct connection *connection)
{
	connection->state = CONNECTION_REFUSED;
	put_close(connection, CLOSE_NORMAL);
}

void subscriber_fini(struct connection *connection)
{
	loop_timer_cancel(connection->server->loop, &connection->ping);
	loop_timer_cancel(connection->server->loop, &connection->pong_deadline);
	for (; connection->queue_count > 0; connection->queue_count--) {
		raw_release(&connection->queue[connection->queue_first].item.raw);
		connection->queue_first = (connection->queue_first + 1) % connection->queue_size;
	}
	for (; connection->mark_count > 0; connection->mark_count--) {
		raw_release(&connection->marks[connection->mark_first].item.raw);
		connection->mark_first = (connection->mark_first + 1) % connection->mark_size;
	}
	free(connection->queue);
	free(connection->marks);
}

/* ---- towards the client ---- */

/* A ring of `count` elements from `first` moves into one of twice the size, beginning at 0. */
static int ring_grow(void **ring, unsigned first, unsigned count, unsigned *size, size_t element)
{
	unsigned larger = *size ? *size * 2 : 64;
	char *bytes = calloc(larger, element);

	if (bytes == NULL)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < count; i++)
		memcpy(bytes + i * element, (char *)*ring + (first + i) % *size * element, element);
	free(*ring);
	*ring = bytes;
	*size = larger;
	return 0;
}

void subscriber_push(struct connection *connection, const struct item *item, const char *capture)
{
	struct queued *queued;

	if (connection->queue_count >= connection->server->options->queue) {
		connection->dropped++;
		return;
	}
	if (connection->queue_count == connection->queue_size) {
		if (ring_grow((void **)&connection->queue, connection->queue_first, connection->queue_count,
			    &connection->queue_size, sizeof(*queued)) != 0)
			abort();
		connection->queue_first = 0;
	}
	queued = &connection->queue[(connection->queue_first + connection->queue_count++) % connection->queue_size];
	if (connection->queue_count > connection->server->queue_most)
		connection->server->queue_most = connection->queue_count;
	*queued = (struct queued){ *item, capture };
	if (item->raw != NULL)
		item->raw->references++;
	connection_watch(connection);
}

static void put_item(struct connection *connection, const struct queued *queued)
{
	size_t before = connection->out.length;
	struct mark *mark;

	if (connection->mark_count == connection->mark_size) {
		if (ring_grow((void **)&connection->marks, connection->mark_first, connection->mark_count,
			    &connection->mark_size, sizeof(*mark)) != 0)
			abort();
		connection->mark_first = 0;
	}
	if (item_frames(&queued->item, queued->capture, &connection->server->style, connection->server->options->framing,
		    &connection->out) != 0)
		abort();
	connection->out_total += connection->out.length - before;
	mark = &connection->marks[(connection->mark_first + connection->mark_count++) % connection->mark_size];
	*mark = (struct mark){ connection->out_total, queued->item, queued->capture };
}

bool subscriber_fill(struct connection *connection)
{
	bool put = false;

	if (connection->state != CONNECTION_SUBSCRIBER)
		return false;
	if (connection->queue_count < 16)
		publisher_poke(&connection->server->publisher);
	while (connection->queue_count > 0 && connection->out.length - connection->sent < STAGE_SIZE) {
		put_item(connection, &connection->queue[connection->queue_first]);
		connection->queue_first = (connection->queue_first + 1) % connection->queue_size;
		connection->queue_count--;
		put = true;
	}
	return put;
}

static void note_written(struct connection *connection, const struct mark *mark)
{
	const struct message *message = mark->item.message;

	connection->written.messages++;
	connection->written.changed = true;
	if (message == NULL)
		return;
	if (mark->capture == NULL) {
		written_add(&connection->written, mark->item.serial, message->flow_count);
		return;
	}
	for (uint32_t i = 0; i < message->flow_count; i++) {
		if (strcmp(message->flows[i].capture, mark->capture) == 0)
			written_add(&connection->written, mark->item.serial + i, 1);
	}
}

void subscriber_wrote(struct connection *connection)
{
	bool noted = false;

	connection->written.bytes = connection->sent_total;
	while (connection->mark_count > 0 && connection->marks[connection->mark_first].end <= connection->sent_total) {
		struct mark *mark = &connection->marks[connection->mark_first];

		note_written(connection, mark);
		raw_release(&mark->item.raw);
		connection->mark_first = (connection->mark_first + 1) % connection->mark_size;
		connection->mark_count--;
		noted = true;
	}
	if (noted && connection->mark_count == 0)
		publisher_check_finished(&connection->server->publisher);
}

void subscriber_close(struct connection *connection, unsigned code)
{
	if (connection->state != CONNECTION_SUBSCRIBER)
		return;
	put_close(connection, code);
	connection->state = CONNECTION_CLOSING;
}

void subscriber_sync(struct connection *connection)
{
	if (connection->state == CONNECTION_SUBSCRIBER)
		put_frame(connection, OPCODE_PING, sync_payload, strlen(sync_payload));
}

void subscriber_half_message(struct connection *connection)
{
	size_t from = connection->out.length;
	struct item item = { .message = connection->server->recording.messages };

	if (connection->state != CONNECTION_SUBSCRIBER || connection->server->recording.count == 0)
		return;
	if (item_frames(&item, NULL, &connection->server->style, FRAMING_EMPTY_END, &connection->out) != 0)
		abort();
	connection->out.length = from + (connection->out.length - from) / 2;
	connection->out_total += connection->out.length - from;
	connection->state = CONNECTION_CLOSING;
	connection->finish = true;
	connection_watch(connection);
}

/* ---- from the client ---- */

static int read_close(struct connection *connection, const unsigned char *payload, size_t length, const char **reason)
{
	if (connection->state != CONNECTION_SUBSCRIBER) {
		*reason = "close answered";
		return ERR_CLOSED;
	}
	/* the same code comes back, then TCP ends */
	put_frame(connection, OPCODE_CLOSE, payload, length < 2 ? 0 : 2);
	connection->state = CONNECTION_CLOSING;
	connection->finish = true;
	return 0;
}

static int read_frame(struct connection *connection, unsigned opcode, unsigned char *payload, size_t length,
	const char **reason)
{
	if (opcode == OPCODE_CLOSE)
		return read_close(connection, payload, length, reason);
	if (opcode == OPCODE_PING && connection->state == CONNECTION_SUBSCRIBER)
		put_frame(connection, OPCODE_PONG, payload, length);
	if (opcode != OPCODE_PONG || connection->state != CONNECTION_SUBSCRIBER)
		return 0;
	if (!connection->server->ignore_pongs)
		set_timer(connection, &connection->pong_deadline, PONG_TIMEOUT_MS);
	if (length == strlen(sync_payload) && memcmp(payload, sync_payload, length) == 0)
		history_event(connection->server->history, "synced", ",\"connection\":%u", connection->id);
	return 0;
}

/* Length of head and payload of the frame at bytes (at least 2); 0: more is needed; SIZE_MAX: too large. */
static size_t frame_size(const unsigned char *bytes, size_t length, size_t *head)
{
	size_t extra = (bytes[1] & 0x7f) < 126 ? 0 : (bytes[1] & 0x7f) == 126 ? 2 : 8;
	uint64_t payload = bytes[1] & 0x7f;

	*head = 2 + extra + 4;
	if (length < *head)
		return 0;
	if (extra > 0)
		payload = 0;
	for (size_t i = 0; i < extra; i++)
		payload = payload << 8 | bytes[2 + i];
	return payload > CLIENT_FRAME_MAX ? SIZE_MAX : *head + (size_t)payload;
}

static void refuse_unmasked(struct connection *connection)
{
	subscriber_close(connection, CLOSE_PROTOCOL);
	connection->finish = true;
	connection->in.length = 0;
}

int subscriber_read(struct connection *connection, const char **reason)
{
	struct buffer *in = &connection->in;
	size_t head;
	size_t size;

	while (in->length >= 2) {
		unsigned char *bytes = (unsigned char *)in->bytes;
		int error;

		if ((bytes[1] & 0x80) == 0) {
			refuse_unmasked(connection);
			return 0;
		}
		size = frame_size(bytes, in->length, &head);
		if (size == SIZE_MAX) {
			*reason = "frame too large";
			return ERR_LIMIT;
		}
		if (size == 0 || size > in->length)
			return 0;
		for (size_t i = head; i < size; i++)
			bytes[i] ^= bytes[head - 4 + (i - head) % 4];
		error = read_frame(connection, bytes[0] & 15, bytes + head, size - head, reason);
		if (error != 0)
			return error;
		buffer_consume(in, size);
	}
	return 0;
}
