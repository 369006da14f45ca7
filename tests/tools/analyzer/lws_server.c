#include "tests/tools/analyzer/lws_server.h"

#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/tools/analyzer/history.h"
#include "tests/tools/analyzer/server.h"

enum { MESSAGE_CAP = 64 << 20, FRAGMENT = 1024, PING_US = 2 * LWS_US_PER_SEC };

struct lws_server {
	const struct options *options;
	struct recording recording;
	struct history *history;
	unsigned last_id;
};

/* libwebsockets gives each websocket this much of its own memory, zeroed. */
struct session {
	unsigned id;
	uint64_t serial, number;
	size_t position;
	uint32_t loop;
	struct buffer message;        /* LWS_PRE bytes of room, then the message being sent */
	size_t sent;
	bool ping_due;
	bool told;
};

static volatile sig_atomic_t stopped;
static struct lws_context *context;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
	lws_cancel_service(context);
}

/* Renders the next message behind LWS_PRE bytes; false at the end of the recordings. */
static bool next_message(const struct lws_server *server, struct session *session)
{
	const struct recording *recording = &server->recording;
	struct render_style style = { server->options->identity, false };
	struct item item = { .serial = session->serial, .number = ++session->number, .loop = session->loop };

	if (recording->count == 0 || (server->options->loops != 0 && session->loop >= server->options->loops))
		return false;
	item.message = &recording->messages[session->position];
	session->message.length = 0;
	session->sent = 0;
	if (buffer_reserve(&session->message, LWS_PRE) != 0)
		return false;
	session->message.length = LWS_PRE;
	if (item_render(&item, NULL, &style, &session->message) != 0)
		return false;
	session->serial += item.message->flow_count;
	session->position = (session->position + 1) % recording->count;
	session->loop += session->position == 0;
	return true;
}

/* How much of the message goes into the next frame. */
static size_t frame_part(enum framing framing, size_t left)
{
	if (framing == FRAMING_BYTES)
		return 1;
	if (framing == FRAMING_SPLIT_2 || framing == FRAMING_SPLIT_3)
		return left < FRAGMENT ? left : FRAGMENT;
	return left;
}

static int write_frame(const struct lws_server *server, struct session *session, struct lws *wsi)
{
	size_t left = session->message.length - LWS_PRE - session->sent;
	size_t part = frame_part(server->options->framing, left);
	bool empty_end = server->options->framing == FRAMING_EMPTY_END || server->options->framing == FRAMING_AUTO;
	int flags = session->sent == 0 ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION;
	unsigned char *bytes = (unsigned char *)session->message.bytes + LWS_PRE + session->sent;

	/* the real analyzer's long messages: everything with FIN=0, then an empty end */
	if (left > 0 && (part < left || (empty_end && left > 2 * FRAGMENT)))
		flags |= LWS_WRITE_NO_FIN;
	if (lws_write(wsi, bytes, part, (enum lws_write_protocol)flags) < (int)part)
		return -1;
	session->sent += part;
	if ((flags & LWS_WRITE_NO_FIN) == 0)
		session->message.length = 0;
	return 0;
}

static int writeable(struct lws_server *server, struct session *session, struct lws *wsi)
{
	unsigned char ping[LWS_PRE + 1];

	if (session->ping_due) {
		session->ping_due = false;
		lws_callback_on_writable(wsi);
		return lws_write(wsi, ping + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
	}
	if (session->message.length == 0 && !next_message(server, session)) {
		if (!session->told)
			history_event(server->history, "finished", ",\"connection\":%u,\"flows\":%llu", session->id,
				(unsigned long long)session->serial);
		session->told = true;
		return 0;
	}
	if (write_frame(server, session, wsi) != 0)
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static void begin(struct lws_server *server, struct session *session, struct lws *wsi)
{
	session->id = ++server->last_id;
	buffer_init(&session->message, MESSAGE_CAP);
	session->ping_due = true;
	lws_set_timer_usecs(wsi, PING_US);
	lws_callback_on_writable(wsi);
	history_event(server->history, "subscribed", ",\"connection\":%u", session->id);
}

static void tell_close(struct lws_server *server, const struct session *session, const unsigned char *payload,
	size_t length)
{
	history_event(server->history, "close_frame", ",\"connection\":%u,\"code\":%d", session->id,
		length >= 2 ? payload[0] << 8 | payload[1] : 0);
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct lws_server *server = lws_context_user(lws_get_context(wsi));
	struct session *session = user;

	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		begin(server, session, wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return writeable(server, session, wsi);
	case LWS_CALLBACK_TIMER:
		session->ping_due = true;
		lws_set_timer_usecs(wsi, PING_US);
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		history_event(server->history, "pong", ",\"connection\":%u", session->id);
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		tell_close(server, session, in, length);
		return 0;
	case LWS_CALLBACK_CLOSED:
		history_event(server->history, "closed", ",\"connection\":%u", session->id);
		buffer_fini(&session->message);
		return 0;
	default:
		return 0;
	}
}

static int create(struct lws_server *server, struct err *err)
{
	static struct lws_protocols protocols[] = { { "default", serve, sizeof(struct session), 4096, 0, NULL, 0 },
		{ NULL, NULL, 0, 0, 0, NULL, 0 } };
	struct lws_context_creation_info info = { 0 };

	lws_set_log_level(LLL_ERR, NULL);
	info.port = server->options->port;
	info.iface = server->options->address;
	info.protocols = protocols;
	info.user = server;
	info.gid = (gid_t)-1;
	info.uid = (uid_t)-1;
	info.pt_serv_buf_size = 64 << 10;
	info.ssl_cert_filepath = server->options->cert;
	info.ssl_private_key_filepath = server->options->key;
	if (server->options->cert != NULL)
		info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	context = lws_create_context(&info);
	if (context == NULL)
		return err_set(err, ERR_IO, "libwebsockets cannot listen on %s:%d", info.iface, info.port);
	history_event(server->history, "listening", ",\"port\":%d",
		lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
	return 0;
}

int lws_server_run(const struct options *options, struct err *err)
{
	struct recording_style style = { options->identity, false };
	struct lws_server server = { .options = options };
	int error = history_open(&server.history, options->log, err);

	for (unsigned i = 0; error == 0 && i < options->recording_count; i++)
		error = recording_load(&server.recording, options->recordings[i], &style, err);
	if (error == 0)
		error = create(&server, err);
	if (error == 0) {
		signal(SIGTERM, on_signal);
		signal(SIGINT, on_signal);
	}
	while (error == 0 && !stopped && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	recording_fini(&server.recording);
	history_free(&server.history);
	return error;
}
