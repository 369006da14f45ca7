#include "subscriber/transport.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/buffer.h"
#include "subscriber/connector.h"
#include "subscriber/frame.h"

enum {
	READ_SIZE = 262144,           /* a whole message of 100 flows is one read, and mostly needs no copy */
	WRITE_SIZE = 4096,            /* a piece that a writable socket takes whole */
	QUEUE_MAX = 262144,
	TLS_READ_SIZE = 131072,
};

struct transport {
	struct loop *loop;
	const struct transport_events *events;
	void *owner;
	struct connector connector;
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct lws *connection;       /* NULL: none */
	struct tls *tls;              /* NULL: a plain connection, or none */
	struct buffer queue;          /* what is to be sent, behind TLS if there is one */
	char *plain;                  /* decrypted bytes, TLS_READ_SIZE + FRAME_PADDING; NULL while never needed */
	struct err failure;           /* why the connection ends; code 0: not known yet */
	bool established;             /* the connected event was given */
	bool finishing, finished;     /* our direction is to be ended; has been */
	bool aborted;                 /* the end is our own wish: no event */
	bool in_callback;             /* libwebsockets must not be asked to close what it is serving */
};

/* ---- the end of a connection ---- */

static void forget_connection(struct transport *transport)
{
	transport->connection = NULL;
	tls_free(&transport->tls);
	buffer_fini(&transport->queue);
	transport->established = transport->finishing = transport->finished = false;
}

/* The connection is gone. Why: what was found out before, else `code` and `message`. */
static void connection_over(struct transport *transport, int code, const char *message)
{
	struct err err = transport->failure;
	bool silent = transport->aborted;

	if (err.code == 0)
		err_set(&err, code, "%s", message);
	forget_connection(transport);
	if (!silent)
		transport->events->closed(transport->owner, &err);
}

/* ---- sending ---- */

static void want_write(struct transport *transport)
{
	if (transport->connection != NULL)
		lws_callback_on_writable(transport->connection);
}

static int queue_bytes(struct transport *transport, const char *bytes, size_t length, struct err *err)
{
	if (buffer_append(&transport->queue, bytes, length) != 0)
		return err_set(err, ERR_LIMIT, "the analyzer does not read: %zu bytes wait to be sent", transport->queue.length);
	want_write(transport);
	return 0;
}

/* Moves what TLS wants to send into the queue. */
static int queue_tls_output(struct transport *transport, struct err *err)
{
	char piece[WRITE_SIZE];
	size_t length;
	int error = 0;

	while (error == 0 && (length = tls_output(transport->tls, piece, sizeof(piece))) > 0)
		error = queue_bytes(transport, piece, length, err);
	return error;
}

static void end_direction(struct transport *transport)
{
	if (transport->finished)
		return;
	transport->finished = true;
	shutdown(lws_get_socket_fd(transport->connection), SHUT_WR);
}

/* The socket takes bytes. One piece a call: lws_write keeps what a full socket leaves over and stops reading until it is
 * gone, so it is never given more than a writable socket takes. */
static int write_piece(struct transport *transport)
{
	char piece[LWS_PRE + WRITE_SIZE];
	size_t length = transport->queue.length < WRITE_SIZE ? transport->queue.length : WRITE_SIZE;

	if (length == 0) {
		if (transport->finishing)
			end_direction(transport);
		return 0;
	}
	memcpy(piece + LWS_PRE, transport->queue.bytes, length);
	if (lws_write(transport->connection, (unsigned char *)piece + LWS_PRE, length, LWS_WRITE_RAW) < (int)length) {
		if (transport->failure.code == 0)
			err_set(&transport->failure, ERR_IO, "the connection broke while sending");
		return -1;
	}
	buffer_consume(&transport->queue, length);
	if (transport->queue.length > 0 || transport->finishing)
		want_write(transport);
	return 0;
}

/* ---- receiving ---- */

static int go_on_with_handshake(struct transport *transport)
{
	struct err *err = &transport->failure;
	int done = tls_handshake(transport->tls, err);

	/* a failed handshake has an alert to send, too late: the connection ends */
	if (done < 0 || queue_tls_output(transport, err) != 0)
		return -1;
	if (done == 1) {
		transport->established = true;
		transport->events->connected(transport->owner);
	}
	return 0;
}

static int receive_tls(struct transport *transport, const char *bytes, size_t length)
{
	struct err *err = &transport->failure;
	int got = 0;

	if (tls_input(transport->tls, bytes, length, err) != 0)
		return -1;
	if (!transport->established && go_on_with_handshake(transport) != 0)
		return -1;
	/* a callback may abort the connection, and tls with it */
	while (!transport->aborted && transport->established &&
	       (got = tls_read(transport->tls, transport->plain, TLS_READ_SIZE, err)) > 0)
		transport->events->received(transport->owner, transport->plain, (size_t)got);
	if (transport->aborted || got < 0)
		return -1;
	return queue_tls_output(transport, err);
}

/* What is read may fill libwebsockets' buffer to its end, but a receiver may touch FRAME_PADDING bytes behind: the last
 * few are then handed on from a buffer of our own. */
static int receive_plain(struct transport *transport, char *bytes, size_t length)
{
	char tail[2 * FRAME_PADDING] = { 0 };
	size_t tail_length = length + FRAME_PADDING > READ_SIZE ? FRAME_PADDING : 0;

	if (tail_length > length)
		tail_length = length;
	memcpy(tail, bytes + length - tail_length, tail_length);
	if (length > tail_length)
		transport->events->received(transport->owner, bytes, length - tail_length);
	if (tail_length > 0 && !transport->aborted)
		transport->events->received(transport->owner, tail, tail_length);
	return transport->aborted ? -1 : 0;
}

/* ---- libwebsockets ---- */

static int connection_event(struct transport *transport, enum lws_callback_reasons reason, void *in, size_t length)
{
	switch (reason) {
	case LWS_CALLBACK_RAW_RX:
		return transport->tls != NULL ? receive_tls(transport, in, length) : receive_plain(transport, in, length);
	case LWS_CALLBACK_RAW_WRITEABLE:
		return write_piece(transport);
	case LWS_CALLBACK_RAW_CLOSE:
		connection_over(transport, ERR_CLOSED, transport->established ? "the analyzer ended the connection" :
			"the connection ended before it stood");
		return 0;
	default:
		return 0;
	}
}

static int lws_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct transport *transport = lws_context_user(lws_get_context(wsi));
	bool nested;
	int result;

	(void)user;
	if (wsi == NULL || transport == NULL || wsi != transport->connection)
		return 0;
	nested = transport->in_callback;
	transport->in_callback = true;
	result = transport->aborted && reason != LWS_CALLBACK_RAW_CLOSE ? -1
									 : connection_event(transport, reason, in, length);
	transport->in_callback = nested;
	return result;
}

static int begin(struct transport *transport)
{
	if (transport->tls != NULL)
		return go_on_with_handshake(transport);
	transport->established = true;
	transport->events->connected(transport->owner);
	return transport->aborted ? -1 : 0;
}

/* TCP stands, or does not: libwebsockets takes the socket over. */
static void tcp_done(struct connector *connector, int fd, const struct err *err)
{
	struct transport *transport = loop_owner(connector, struct transport, connector);
	lws_sock_file_fd_type socket = { .sockfd = fd };

	if (fd < 0) {
		transport->failure = *err;
		connection_over(transport, ERR_IO, "");
		return;
	}
	transport->connection = lws_adopt_descriptor_vhost(transport->vhost, LWS_ADOPT_SOCKET, socket, "connection", NULL);
	if (transport->connection == NULL) {
		/* it has closed the socket */
		connection_over(transport, ERR_NO_MEMORY, "libwebsockets does not take the connection");
		return;
	}
	transport->in_callback = true;
	if (begin(transport) != 0)
		lws_set_timeout(transport->connection, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	transport->in_callback = false;
}

/* Our epoll descriptor became readable: transport_wait runs the loop before it waits again. */
static int loop_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	(void)wsi;
	(void)reason;
	(void)user;
	(void)in;
	(void)length;
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ .name = "connection", .callback = lws_event, .rx_buffer_size = READ_SIZE },
	{ .name = "loop", .callback = loop_event },
	{ 0 },
};

static int make_context(struct transport *transport, struct err *err)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.fd_limit_per_thread = 16,
		.pt_serv_buf_size = READ_SIZE,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.user = transport,
	};
	lws_sock_file_fd_type epoll = { .filefd = loop_fd(transport->loop) };

	lws_set_log_level(0, NULL);
	transport->context = lws_create_context(&info);
	if (transport->context == NULL)
		return err_set(err, ERR_NO_MEMORY, "libwebsockets cannot be started");
	transport->vhost = lws_get_vhost_by_name(transport->context, "default");
	if (transport->vhost == NULL ||
		lws_adopt_descriptor_vhost(transport->vhost, LWS_ADOPT_RAW_FILE_DESC, epoll, "loop", NULL) == NULL)
		return err_set(err, ERR_NO_MEMORY, "libwebsockets does not take the event loop");
	return 0;
}

int transport_new(struct transport **transport, struct loop *loop, const struct transport_events *events, void *owner,
	struct err *err)
{
	struct transport *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the connection");
	made->loop = loop;
	made->events = events;
	made->owner = owner;
	buffer_init(&made->queue, QUEUE_MAX);
	connector_init(&made->connector, loop, tcp_done);
	error = make_context(made, err);
	if (error != 0) {
		transport_free(&made);
		return error;
	}
	*transport = made;
	return 0;
}

void transport_free(struct transport **transport)
{
	if (transport == NULL || *transport == NULL)
		return;
	(*transport)->aborted = true;
	connector_cancel(&(*transport)->connector);
	lws_context_destroy((*transport)->context);
	forget_connection(*transport);
	free((*transport)->plain);
	free(*transport);
	*transport = NULL;
}

/* ---- the interface ---- */

static int prepare_tls(struct transport *transport, const struct url *url, const struct tls_options *options,
	struct err *err)
{
	if (!url->tls)
		return 0;
	if (transport->plain == NULL)
		transport->plain = malloc(TLS_READ_SIZE + FRAME_PADDING);
	if (transport->plain == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for TLS");
	return tls_new(&transport->tls, options, url->host, url->address, err);
}

int transport_connect(struct transport *transport, const struct url *url, const struct tls_options *tls,
	struct err *err)
{
	int error;

	transport->failure = (struct err){ 0 };
	transport->aborted = false;
	error = prepare_tls(transport, url, tls, err);
	if (error == 0)
		error = connector_start(&transport->connector, url->host, url->port, err);
	if (error != 0)
		forget_connection(transport);
	return error;
}

int transport_send(struct transport *transport, const char *bytes, size_t length, struct err *err)
{
	int error;

	if (transport->connection == NULL || transport->finishing || transport->aborted)
		return err_set(err, ERR_CLOSED, "there is no connection");
	if (transport->tls == NULL)
		return queue_bytes(transport, bytes, length, err);
	error = tls_write(transport->tls, bytes, length, err);
	return error != 0 ? error : queue_tls_output(transport, err);
}

void transport_finish(struct transport *transport)
{
	struct err ignored;

	if (transport->connection == NULL || transport->finishing || transport->aborted)
		return;
	if (transport->tls != NULL) {
		tls_shutdown(transport->tls);
		queue_tls_output(transport, &ignored);
	}
	transport->finishing = true;
	want_write(transport);
}

void transport_abort(struct transport *transport)
{
	connector_cancel(&transport->connector);
	if (transport->connection == NULL) {
		forget_connection(transport);
		return;
	}
	transport->aborted = true;
	/* inside a callback of this connection its return value ends it */
	if (!transport->in_callback) {
		lws_set_timeout(transport->connection, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
		forget_connection(transport);
	}
}

void transport_wake(struct transport *transport)
{
	lws_cancel_service(transport->context);
}

int transport_wait(struct transport *transport, struct err *err)
{
	int error = loop_run_once(transport->loop, 0, err);

	if (error != 0)
		return error;
	return lws_service(transport->context, 0) < 0 ? err_set(err, ERR_IO, "libwebsockets: service failed") : 0;
}
