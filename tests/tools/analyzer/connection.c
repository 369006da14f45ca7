#include "tests/tools/analyzer/connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/tools/analyzer/http.h"
#include "tests/tools/analyzer/subscriber.h"

/* ROUND_BYTES: written for one client before the others get their turn. */
enum { IN_CAP = 2 << 20, OUT_CAP = 256 << 20, READ_SIZE = 64 << 10, ROUND_BYTES = 4 << 20 };

static void ready(struct loop_source *source, uint32_t events);
static void thaw(struct loop_timer *timer);

struct connection *connection_new(struct server *server, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int on = 1;

	if (connection == NULL)
		return NULL;
	connection->server = server;
	connection->id = ++server->last_id;
	connection->source = (struct loop_source){ .fd = fd, .ready = ready, .owner = connection };
	connection->thaw = (struct loop_timer){ .fire = thaw, .owner = connection };
	buffer_init(&connection->in, IN_CAP);
	buffer_init(&connection->out, OUT_CAP);
	written_init(&connection->written);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (server->tls != NULL) {
		connection->tls = SSL_new(server->tls);
		SSL_set_fd(connection->tls, fd);
		SSL_set_accept_state(connection->tls);
	}
	connection->events = EPOLLIN;
	if (loop_add(server->loop, &connection->source, EPOLLIN, NULL) != 0)
		log_error("connection %u cannot be watched", connection->id);
	connection->next = server->connections;
	server->connections = connection;
	return connection;
}

static void unlink_connection(struct connection *connection)
{
	struct connection **at = &connection->server->connections;

	while (*at != connection)
		at = &(*at)->next;
	*at = connection->next;
}

void connection_end(struct connection **taken, const char *reason)
{
	struct connection *connection = *taken;
	struct server *server = connection->server;
	bool subscriber = connection->state == CONNECTION_SUBSCRIBER || connection->state == CONNECTION_CLOSING;

	*taken = NULL;
	unlink_connection(connection);
	server->topology_waiting -= connection->thaw.position != 0;
	loop_timer_cancel(server->loop, &connection->thaw);
	loop_remove(server->loop, &connection->source);
	SSL_free(connection->tls);
	close(connection->source.fd);
	history_written(server->history, connection->id, &connection->written);
	if (connection->state != CONNECTION_HTTP)
		history_event(server->history, "closed", ",\"connection\":%u,\"reason\":\"%s\",\"dropped\":%llu",
			connection->id, reason, (unsigned long long)connection->dropped);
	subscriber_fini(connection);
	buffer_fini(&connection->in);
	buffer_fini(&connection->out);
	written_fini(&connection->written);
	free(connection);
	if (subscriber) {
		publisher_disconnected(&server->publisher);
		publisher_poke(&server->publisher);
	}
}

void connection_reset(struct connection **connection, const char *reason)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	setsockopt((*connection)->source.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	connection_end(connection, reason);
}

void connection_watch(struct connection *connection)
{
	bool writes = connection->out.length > connection->sent || connection->queue_count > 0 || connection->finish;
	uint32_t events = connection->hung ? 0 : EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0);

	if (events == connection->events)
		return;
	connection->events = events;
	loop_modify(connection->server->loop, &connection->source, events, NULL);
}

static void thaw(struct loop_timer *timer)
{
	struct connection *connection = timer->owner;

	connection->server->topology_waiting--;
	connection->hung = false;
	connection_watch(connection);
}

void connection_delay(struct connection *connection, unsigned delay_ms)
{
	struct server *server = connection->server;

	if (++server->topology_waiting > server->topology_most)
		server->topology_most = server->topology_waiting;
	connection->hung = true;
	loop_timer_set(server->loop, &connection->thaw, loop_now(server->loop) + delay_ms * NS_PER_MS, NULL);
}

int connection_put(struct connection *connection, const void *bytes, size_t length)
{
	int error = buffer_append(&connection->out, bytes, length);

	if (error == 0)
		connection->out_total += length;
	connection_watch(connection);
	return error;
}

/* Bytes moved; ERR_AGAIN, ERR_CLOSED. */
static ssize_t tls_result(struct connection *connection, int result)
{
	int error = SSL_get_error(connection->tls, result);

	if (result > 0)
		return result;
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? ERR_AGAIN : ERR_CLOSED;
}

static ssize_t plain_result(ssize_t result)
{
	if (result > 0)
		return result;
	return result < 0 && (errno == EAGAIN || errno == EINTR) ? ERR_AGAIN : ERR_CLOSED;
}

static ssize_t wire_read(struct connection *connection, void *bytes, size_t length)
{
	if (connection->tls != NULL)
		return tls_result(connection, SSL_read(connection->tls, bytes, (int)length));
	return plain_result(read(connection->source.fd, bytes, length));
}

static ssize_t wire_write(struct connection *connection, const void *bytes, size_t length)
{
	if (connection->tls != NULL)
		return tls_result(connection, SSL_write(connection->tls, bytes, (int)length));
	return plain_result(send(connection->source.fd, bytes, length, MSG_NOSIGNAL));
}

static int handle_input(struct connection *connection, const char **reason)
{
	if (connection->state == CONNECTION_HTTP)
		return http_read(connection, reason);
	return subscriber_read(connection, reason);
}

static int read_all(struct connection *connection, const char **reason)
{
	ssize_t got;

	do {
		if (buffer_reserve(&connection->in, READ_SIZE) != 0)
			return ERR_LIMIT;
		got = wire_read(connection, connection->in.bytes + connection->in.length, READ_SIZE);
		if (got > 0)
			connection->in.length += (size_t)got;
	} while (got > 0);
	if (connection->in.length > 0 && handle_input(connection, reason) != 0)
		return ERR_CLOSED;
	return got == ERR_AGAIN ? 0 : ERR_CLOSED;
}

/* Writes until the socket is full, nothing is left, or others should have their turn. */
static int write_some(struct connection *connection)
{
	struct buffer *out = &connection->out;
	size_t written = 0;
	ssize_t put;

	while (written < ROUND_BYTES) {
		if (connection->sent == out->length) {
			out->length = connection->sent = 0;
			if (!subscriber_fill(connection))
				break;
		}
		put = wire_write(connection, out->bytes + connection->sent, out->length - connection->sent);
		if (put < 0)
			return put == ERR_AGAIN ? 0 : ERR_CLOSED;
		connection->sent += (size_t)put;
		connection->sent_total += (uint64_t)put;
		written += (size_t)put;
		subscriber_wrote(connection);
	}
	return 0;
}

static void ready(struct loop_source *source, uint32_t events)
{
	struct connection *connection = source->owner;
	const char *reason = "client closed";

	if (connection->hung) {
		if (events & (EPOLLHUP | EPOLLERR))
			connection_end(&connection, reason);
		return;
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && read_all(connection, &reason) != 0) {
		connection_end(&connection, reason);
		return;
	}
	if (connection->hung) {
		connection_watch(connection);
		return;
	}
	if (write_some(connection) != 0) {
		connection_end(&connection, "client closed");
		return;
	}
	if (connection->finish && connection->sent == connection->out.length) {
		connection_end(&connection, "finished");
		return;
	}
	connection_watch(connection);
}
