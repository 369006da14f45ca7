/* Once a second: connections whose request does not become whole, or that nobody uses, are ended. libmicrohttpd's own
 * time limit counts silence only: a client that sends a byte every few seconds would stay for ever. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "api/server_private.h"
#include "common/clock.h"

enum { SEND_DEADLINE_S = 60, BODY_RATE = 256 * 1024 };    /* bytes/s that a large body comes in at least */

/* Of a TCP connection; 0 at a Unix socket. */
static uint64_t bytes_received(const struct connection *connection)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	if (connection->peer.local || getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
		return 0;
	return info.tcpi_bytes_received;
}

void sweep_step(struct connection *connection, enum connection_step step)
{
	struct loop *loop = connection->daemon->listener->server->loop;

	/* what has come of this request before its first line was read counts */
	if (step == STEP_READING && connection->step == STEP_READING)
		return;
	connection->step = step;
	connection->since_ns = loop_now(loop);
	if (step == STEP_IDLE)
		connection->received = bytes_received(connection);
}

static bool is_late(struct connection *connection, const struct api_server *server, int64_t now_ns)
{
	int64_t age_ns;

	if (connection->step == STEP_IDLE && bytes_received(connection) != connection->received)
		sweep_step(connection, STEP_READING);
	age_ns = now_ns - connection->since_ns;
	switch (connection->step) {
	case STEP_IDLE:
		return age_ns > server->idle_ns;
	case STEP_READING:
		return age_ns > server->request_deadline_ns + (int64_t)(connection->body_bytes / BODY_RATE) * NS_PER_S;
	case STEP_ANSWERING:
		return age_ns > SEND_DEADLINE_S * NS_PER_S;
	default:
		return false;
	}
}

/* Daemons that a reload has replaced go with their last connection. */
static void stop_retired(struct listener *listener)
{
	struct daemon *next;

	for (struct daemon *daemon = listener->daemons; daemon != NULL; daemon = next) {
		next = daemon->next;
		if (daemon->quiet && daemon != listener->daemons && daemon_connections(daemon) == 0)
			daemon_stop(daemon);
	}
}

void sweep_begin(struct api_server *server)
{
	if (server->sweep.position == 0)
		loop_timer_set(server->loop, &server->sweep, loop_now(server->loop) + NS_PER_S, NULL);
}

void sweep_fire(struct loop_timer *timer)
{
	struct api_server *server = timer->owner;
	int64_t now_ns = loop_now(server->loop);
	bool cut = false;

	for (struct connection *connection = server->connections; connection != NULL; connection = connection->next) {
		if (!is_late(connection, server, now_ns))
			continue;
		shutdown(connection->fd, SHUT_RDWR);
		cut = true;
	}
	for (struct listener *listener = server->listeners; listener != NULL; listener = listener->next) {
		/* one that was at its limit accepts again only when it runs */
		for (struct daemon *daemon = listener->daemons; cut && daemon != NULL; daemon = daemon->next)
			daemon_kick(daemon);
		stop_retired(listener);
	}
	stream_beat_all(server);
	if (server->connections != NULL)
		sweep_begin(server);
}
