#include "common/ipc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"

/* One packet: this head, then at most CHUNK bytes of the payload. */
struct packet_head {
	uint16_t type;
	uint16_t more;                        /* 1: another packet continues this message */
	uint32_t id;
};

enum {
	CHUNK = 32 * 1024,
	QUEUE_MAX = 4 << 20,
	TURN_PACKETS = 64,            /* taken before the loop has its turn again: the other end may never stop sending */
};

struct ipc_channel {
	struct loop *loop;
	struct loop_source source;
	const struct ipc_handler *handler;
	void *owner;
	struct buffer received;               /* payload of the message that is being put together */
	struct packet_head receiving;         /* its head; more = 0 between messages */
	struct buffer queue;                  /* packets that found no room: u32 length, then the packet */
	size_t queue_sent;                    /* bytes at its start that have gone out */
	bool *freed;                          /* set while a callback runs: tells that the channel is gone */
};

static void channel_ready(struct loop_source *source, uint32_t events);

bool ipc_given(int fd)
{
	socklen_t size = sizeof(int);
	int type = 0;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int ipc_new(struct ipc_channel **out, struct loop *loop, int fd, const struct ipc_handler *handler, void *owner,
	struct err *err)
{
	struct ipc_channel *channel = calloc(1, sizeof(*channel));
	int error;

	*out = NULL;
	if (channel == NULL) {
		close(fd);
		return err_set(err, ERR_NO_MEMORY, "no memory for a control channel");
	}
	channel->loop = loop;
	channel->source = (struct loop_source){ .fd = fd, .ready = channel_ready, .owner = channel };
	channel->handler = handler;
	channel->owner = owner;
	buffer_init(&channel->received, IPC_PAYLOAD_MAX + 1);
	buffer_init(&channel->queue, QUEUE_MAX);
	error = loop_add(loop, &channel->source, EPOLLIN, err);
	if (error != 0) {
		ipc_free(&channel);
		return error;
	}
	*out = channel;
	return 0;
}

void ipc_free(struct ipc_channel **out)
{
	struct ipc_channel *channel = *out;

	if (channel == NULL)
		return;
	*out = NULL;
	if (channel->freed != NULL)
		*channel->freed = true;
	loop_remove(channel->loop, &channel->source);
	close(channel->source.fd);
	buffer_cleanse(&channel->received);
	buffer_cleanse(&channel->queue);
	free(channel);
}

bool ipc_settled(const struct ipc_channel *channel)
{
	return channel->queue.length == 0 && !channel->receiving.more;
}

int ipc_fd(const struct ipc_channel *channel)
{
	return channel->source.fd;
}

/* ---- sending ---- */

/* 0, ERR_AGAIN or ERR_CLOSED. */
static int send_packet(int fd, const void *packet, size_t length)
{
	ssize_t sent;

	do {
		sent = send(fd, packet, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? ERR_AGAIN : ERR_CLOSED;
}

static int queue_packet(struct ipc_channel *channel, const void *packet, uint32_t length)
{
	int error = buffer_reserve(&channel->queue, sizeof(length) + length);

	if (error != 0)
		return error;
	buffer_put(&channel->queue, &length, sizeof(length));
	buffer_put(&channel->queue, packet, length);
	return loop_modify(channel->loop, &channel->source, EPOLLIN | EPOLLOUT, NULL);
}

static int send_queued(struct ipc_channel *channel)
{
	struct buffer *queue = &channel->queue;
	int error = 0;

	while (channel->queue_sent < queue->length && error == 0) {
		const char *next = queue->bytes + channel->queue_sent;
		uint32_t length;

		memcpy(&length, next, sizeof(length));
		error = send_packet(channel->source.fd, next + sizeof(length), length);
		if (error == 0)
			channel->queue_sent += sizeof(length) + length;
	}
	if (error == 0) {
		buffer_cleanse(queue);
		channel->queue_sent = 0;
		loop_modify(channel->loop, &channel->source, EPOLLIN, NULL);
	} else if (channel->queue_sent > queue->length / 2) {
		/* moved only when half of it has gone: each byte is moved once on average */
		buffer_consume(queue, channel->queue_sent);
		channel->queue_sent = 0;
	}
	return error;
}

static int send_chunk(struct ipc_channel *channel, const struct packet_head *head, const char *bytes, size_t length)
{
	char packet[sizeof(*head) + CHUNK];
	int error = ERR_AGAIN;

	memcpy(packet, head, sizeof(*head));
	if (length > 0)
		memcpy(packet + sizeof(*head), bytes, length);
	if (channel->queue.length == 0)
		error = send_packet(channel->source.fd, packet, sizeof(*head) + length);
	if (error == ERR_AGAIN)
		error = queue_packet(channel, packet, (uint32_t)(sizeof(*head) + length));
	/* payloads may hold secrets */
	explicit_bzero(packet, sizeof(*head) + length);
	return error;
}

int ipc_send(struct ipc_channel *channel, uint16_t type, uint32_t id, const void *payload, size_t length,
	struct err *err)
{
	size_t packets = length / CHUNK + 1;
	size_t queued = length + packets * (sizeof(struct packet_head) + sizeof(uint32_t));
	size_t done = 0;
	int error;

	/* all of a message or nothing: half of one would garble what follows */
	if (length > IPC_PAYLOAD_MAX || channel->queue.length + queued > QUEUE_MAX)
		return err_set(err, ERR_LIMIT, "control message of %zu bytes does not fit", length);
	if (packets > 1 && buffer_reserve(&channel->queue, queued) != 0)
		return err_set(err, ERR_NO_MEMORY, "no memory for a control message of %zu bytes", length);
	do {
		size_t chunk = length - done < CHUNK ? length - done : CHUNK;
		struct packet_head head = { .type = type, .more = done + chunk < length, .id = id };

		error = send_chunk(channel, &head, (const char *)payload + done, chunk);
		done += chunk;
	} while (error == 0 && done < length);
	if (channel->queue.length == 0)
		buffer_fini(&channel->queue);
	if (error == ERR_NO_MEMORY)
		return err_set(err, error, "no memory for a control message of %zu bytes", length);
	if (error != 0)
		return err_set(err, error, "the other end of the control channel is closed");
	return 0;
}

size_t ipc_queued(const struct ipc_channel *channel)
{
	return channel->queue.length - channel->queue_sent;
}

int ipc_flush(struct ipc_channel *channel, int timeout_ms, struct err *err)
{
	int64_t deadline = clock_boottime_ns() + timeout_ms * NS_PER_MS;

	for (;;) {
		struct pollfd poll_fd = { .fd = channel->source.fd, .events = POLLOUT };
		int error = send_queued(channel);
		int64_t left = (deadline - clock_boottime_ns()) / NS_PER_MS;

		if (error == 0)
			return 0;
		if (error != ERR_AGAIN)
			return err_set(err, error, "the other end of the control channel is closed");
		if (left <= 0 || poll(&poll_fd, 1, (int)left) == 0)
			return err_set(err, ERR_TIMEOUT, "the control channel was not emptied in time");
	}
}

/* ---- receiving ---- */

static int take_packet(struct ipc_channel *channel, const char *packet, size_t length, struct err *err)
{
	struct packet_head head;
	int error;

	if (length < sizeof(head))
		return err_set(err, ERR_PROTOCOL, "control packet of %zu bytes", length);
	memcpy(&head, packet, sizeof(head));
	if (channel->receiving.more && (head.type != channel->receiving.type || head.id != channel->receiving.id))
		return err_set(err, ERR_PROTOCOL, "control packets of two messages mixed");
	channel->receiving = head;
	error = buffer_append(&channel->received, packet + sizeof(head), length - sizeof(head));
	if (error == 0)
		error = buffer_reserve(&channel->received, 1);
	if (error != 0)
		return err_set(err, error, error == ERR_NO_MEMORY ? "no memory for a control message" : "control message too large");
	channel->received.bytes[channel->received.length] = '\0';
	return 0;
}

/* The handler may free the channel; *freed tells. */
static void hand_over(struct ipc_channel *channel, bool *freed)
{
	struct buffer payload = channel->received;

	channel->received = (struct buffer){ .cap = payload.cap };
	channel->handler->message(channel->owner, channel->receiving.type, channel->receiving.id, payload.bytes,
		payload.length);
	buffer_cleanse(&payload);
	if (!*freed)
		buffer_fini(&channel->received);
}

static void channel_closed(struct ipc_channel *channel, const struct err *err)
{
	loop_remove(channel->loop, &channel->source);
	channel->handler->closed(channel->owner, err);
}

static void receive(struct ipc_channel *channel, bool *freed)
{
	char packet[sizeof(struct packet_head) + CHUNK];
	struct err err = { .code = ERR_CLOSED };

	for (int i = 0; i < TURN_PACKETS && !*freed && channel->source.added; i++) {
		ssize_t length = recv(channel->source.fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (length <= 0)
			err_set(&err, ERR_CLOSED, "the other end of the control channel is closed");
		if (length <= 0 || take_packet(channel, packet, (size_t)length, &err) != 0) {
			channel_closed(channel, &err);
			return;
		}
		explicit_bzero(packet, (size_t)length);
		if (!channel->receiving.more)
			hand_over(channel, freed);
	}
}

static void channel_ready(struct loop_source *source, uint32_t events)
{
	struct ipc_channel *channel = source->owner;
	bool freed = false;

	channel->freed = &freed;
	if (events & EPOLLOUT)
		send_queued(channel);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(channel, &freed);
	if (!freed)
		channel->freed = NULL;
}
