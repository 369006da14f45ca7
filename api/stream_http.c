/* Sends streams by libmicrohttpd: a connection without anything to send is suspended. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "api/server_private.h"
#include "api/stream_private.h"
#include "common/clock.h"

enum {
	BLOCK = 4096,
	BEAT_S = 15,
	STALL_S = 30,                 /* one that takes nothing for so long, of what there is, is disconnected */
	SOCKET_BYTES = 64 * 1024,     /* that the kernel keeps for a client which does not read, instead of some megabytes */
};

struct http_stream {
	struct http_stream *next, *previous;
	struct http_request *request;         /* NULL: it is over, and the response's last reference goes next */
	struct api_stream *stream;            /* owned */
	struct loop_source gone;              /* the client's end, while suspended */
	int64_t beaten_ns;            /* INT64_MAX: it has no heartbeat */
	int64_t taken_ns;             /* when it was last asked for bytes */
	bool asleep;                  /* it has taken everything that there was */
};

static struct api_server *server_of(const struct http_stream *sender)
{
	return sender->request->connection->daemon->listener->server;
}

static void on_wake(void *owner)
{
	struct http_stream *sender = owner;

	if (sender->request == NULL)
		return;
	sender->asleep = false;
	sender->taken_ns = loop_now(server_of(sender)->loop);
	MHD_resume_connection(sender->request->connection->http);
	daemon_kick(sender->request->connection->daemon);
}

static ssize_t on_read(void *cls, uint64_t position, char *bytes, size_t max)
{
	struct http_stream *sender = cls;
	ssize_t length = stream_take(sender->stream, bytes, max);

	(void)position;
	sender->taken_ns = loop_now(server_of(sender)->loop);
	sender->asleep = length == STREAM_WAIT;
	if (length > 0)
		return length;
	if (length == STREAM_WAIT) {
		MHD_suspend_connection(sender->request->connection->http);
		return 0;
	}
	return length == STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void on_gone(struct loop_source *source, uint32_t events)
{
	struct http_stream *sender = source->owner;

	(void)events;
	loop_remove(server_of(sender)->loop, &sender->gone);
	stream_break(sender->stream);
}

void stream_detach(struct http_request *request)
{
	struct http_stream *sender = request->stream;
	struct api_server *server;

	if (sender == NULL)
		return;
	server = server_of(sender);
	loop_remove(server->loop, &sender->gone);
	if (sender->next != NULL)
		sender->next->previous = sender->previous;
	if (sender->previous != NULL)
		sender->previous->next = sender->next;
	else
		server->streams = sender->next;
	request->stream = NULL;
	sender->request = NULL;
}

/* What the kernel keeps for it is little, and goes when its machine has gone without a word. */
static void set_socket(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){ SOCKET_BYTES }, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){ STALL_S }, sizeof(int));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int){ 2 * STALL_S * 1000 }, sizeof(int));
}

/* libmicrohttpd gives up the response after the request, whose memory is gone by then. */
static void on_free(void *cls)
{
	struct http_stream *sender = cls;

	stream_drop(sender->stream);
	free(sender);
}

struct MHD_Response *stream_respond(struct http_request *request, struct api_stream *stream)
{
	struct http_stream *sender = calloc(1, sizeof(*sender));
	struct MHD_Response *response;
	struct api_server *server;

	if (sender == NULL) {
		stream_drop(stream);
		return NULL;
	}
	sender->request = request;
	request->stream = sender;
	sender->stream = stream;
	server = server_of(sender);
	sender->next = server->streams;
	if (sender->next != NULL)
		sender->next->previous = sender;
	server->streams = sender;
	/* events alone have comments, by which a heartbeat is none of the content */
	sender->beaten_ns = strcmp(request->exchange.reply.content_type, "text/event-stream") == 0
		? loop_now(server->loop) : INT64_MAX;
	stream_attach(stream, on_wake, sender);
	sender->taken_ns = loop_now(server->loop);
	set_socket(request->connection->fd);
	sender->gone = (struct loop_source){ .fd = request->connection->fd, .ready = on_gone, .owner = sender };
	loop_add(server->loop, &sender->gone, EPOLLRDHUP, NULL);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, sender, on_free);
	if (response == NULL) {
		stream_detach(request);
		on_free(sender);
	}
	return response;
}

/* What was found for the last one holds for all that follow with the same token. */
struct token_check {
	char id[API_ID_SIZE];
	bool holds;
};

static bool still_holds(const struct api_server *server, const struct api_caller *caller, struct token_check *last)
{
	const struct api_ops *ops = server->context.ops;

	if (strcmp(last->id, caller->token_id) != 0) {
		snprintf(last->id, sizeof(last->id), "%s", caller->token_id);
		last->holds = ops->caller_holds(ops->owner, caller);
	}
	return last->holds;
}

void stream_beat_all(struct api_server *server)
{
	struct token_check last = { .holds = true };
	int64_t now_ns = loop_now(server->loop);

	for (struct http_stream *sender = server->streams; sender != NULL; sender = sender->next) {
		const struct exchange *exchange = &sender->request->exchange;

		if (!still_holds(server, &exchange->caller, &last) || !exchange_session_lives(exchange, now_ns))
			stream_break(sender->stream);
		/* libmicrohttpd waits for room in its socket: only its end wakes it */
		if (!sender->asleep && now_ns - sender->taken_ns > STALL_S * NS_PER_S)
			shutdown(sender->request->connection->fd, SHUT_RDWR);
		if (sender->beaten_ns > now_ns - BEAT_S * NS_PER_S)
			continue;
		sender->beaten_ns = now_ns;
		stream_beat(sender->stream);
	}
}

void stream_end_all(struct api_server *server)
{
	for (struct http_stream *sender = server->streams; sender != NULL; sender = sender->next) {
		if (stream_is_text(sender->stream))
			stream_break(sender->stream);
		else
			stream_finish(sender->stream);
	}
}
