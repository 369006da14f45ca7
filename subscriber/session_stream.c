/* The open websocket of a session: messages, control frames, and the watchdogs that tell when it has gone silent. */
#include "subscriber/session_state.h"

#include <stdio.h>

#include "common/log.h"

static void mark_good(struct session *session)
{
	session->good_ms = session->time.wall_ms;
}

void session_stream_open(struct session *session)
{
	frame_fini(&session->parser);
	frame_init(&session->parser, session->config->message_max);
	session->opened_ns = session->received_ns = session->time.now_ns;
	session->flow_ns = session->check_ns = session->suspect_ns = 0;
	session->close_sent = session->proven = false;
	session->opened_wall_ms = session->time.wall_ms;
	mark_good(session);
}

static void take_text(struct session *session, const struct frame_message *message)
{
	if (!session->ops->message(session->owner, message->payload, message->length))
		return;
	session->flow_ns = session->time.now_ns;
	session->flows_seen = true;
	session->check_ns = 0;
	session->silences = 0;
}

/* A close frame is answered with the same code; then TCP is ours to end: the analyzer leaves it open when it refuses. */
static void take_close(struct session *session, const struct frame_message *message)
{
	struct refusal why = { .reason = "Disconnected", .field = "", .gap = GAP_CLOSED };
	size_t code_length = message->length < 2 ? 0 : 2;

	if (!session->close_sent)
		session_send_frame(session, FRAME_CLOSE, message->payload, code_length);
	if (session->state == SESSION_CLOSING) {
		session->ops->finish(session->owner);
		return;
	}
	if (session->flow_ns == 0 && session->time.now_ns - session->opened_ns < REFUSED_TIME)
		refusal_of_close(&why, message->close_code);
	else
		snprintf(why.message, sizeof(why.message), "the analyzer closed the connection (%u)",
			message->close_code);
	session_drop(session, &why, session->good_ms, 0);
}

static void take_message(struct session *session, const struct frame_message *message)
{
	bool wanted = session->state == SESSION_OPEN;

	if (wanted && !session->proven && message->opcode != FRAME_CLOSE)
		session_prove(session);
	switch (message->opcode) {
	case FRAME_PING:
		session_send_frame(session, FRAME_PONG, message->payload, message->length);
		break;
	case FRAME_CLOSE:
		take_close(session, message);
		break;
	case FRAME_TEXT:
		if (wanted && message->too_large)
			session->ops->refused(session->owner, message->length, "larger than the limit");
		else if (wanted)
			take_text(session, message);
		break;
	case FRAME_BINARY:
		if (wanted)
			session->ops->refused(session->owner, message->length, "binary, though JSON was asked for");
		break;
	default:
		break;
	}
}

static void framing_broken(struct session *session, const struct err *err)
{
	struct refusal why = { .reason = "ProtocolError", .field = "", .gap = GAP_RECONNECT };

	if (session->state == SESSION_CLOSING) {
		session->ops->finish(session->owner);
		return;
	}
	snprintf(why.message, sizeof(why.message), "the analyzer broke the websocket protocol: %s", err->message);
	session_drop(session, &why, session->good_ms, err->code == ERR_LIMIT ? CLOSE_TOO_LARGE : CLOSE_PROTOCOL);
	/* no frame can be found in what follows: no close frame either */
	session->parser.closed = true;
	session->ops->finish(session->owner);
}

void session_stream_received(struct session *session, char *bytes, size_t length)
{
	session->received_ns = session->time.now_ns;
	session->suspect_ns = 0;
	while (length > 0) {
		struct frame_message message;
		struct err err = { 0 };
		size_t used;
		int result = frame_next(&session->parser, bytes, length, &used, &message, &err);

		if (result < 0) {
			framing_broken(session, &err);
			return;
		}
		if (result == 0)
			return;
		take_message(session, &message);
		if (session->state == SESSION_OPEN)
			mark_good(session);
		bytes += used;
		length -= used;
	}
}

/* ---- watchdogs ---- */

/* Silence is measured from the last flow message; where flows have come before, also from the opening of a connection
 * that has brought none: another client's disconnect may have silenced it before its first. Where none ever came there
 * may be none. A reconnect that brought no flow message may have been for nothing: each waits twice as long, since every
 * disconnect silences the analyzer's other clients for a moment. */
static int64_t silence_due(const struct session *session)
{
	unsigned doublings = session->silences < SILENCE_DOUBLINGS ? session->silences : SILENCE_DOUBLINGS;
	int64_t since = session->flow_ns;

	if (session->config->silence_timeout_ns == 0)
		return INT64_MAX;
	if (since == 0 && session->flows_seen)
		since = session->opened_ns;
	return since == 0 ? INT64_MAX : since + (session->config->silence_timeout_ns << doublings);
}

static int64_t peer_due(const struct session *session)
{
	return session->suspect_ns != 0 ? session->suspect_ns : session->received_ns + PEER_TIME;
}

static void drop_dead_peer(struct session *session)
{
	struct refusal why = { .reason = "NoPings", .field = "", .gap = GAP_RECONNECT };

	snprintf(why.message, sizeof(why.message),
		"nothing came for %d s, not even a ping: the connection is dead",
		(int)(PEER_TIME / NS_PER_S));
	session_drop(session, &why, session->good_ms, CLOSE_GOING_AWAY);
}

static void drop_silent(struct session *session, const char *because)
{
	struct refusal why = { .reason = "Silent", .field = "pipeline.subscriber.silence_timeout", .gap = GAP_SILENCE };
	int64_t since = session->flow_ns != 0 ? session->flow_ns : session->opened_ns;
	int64_t silent_ms = (session->time.now_ns - since) / NS_PER_MS;

	snprintf(why.message, sizeof(why.message), "no flows for %lld s%s: reconnecting, since the analyzer forgets "
		"its subscribers when one of them leaves", (long long)(silent_ms / 1000), because);
	session->silences++;
	session_drop(session, &why, session->time.wall_ms - silent_ms, CLOSE_NORMAL);
}

void session_stream_tick(struct session *session)
{
	int64_t now = session->time.now_ns;

	if (session->suspect_ns != 0 && now >= session->suspect_ns)
		drop_dead_peer(session);
	else if (session->check_ns != 0 && now >= session->check_ns)
		drop_silent(session, " after another client left");
	else if (now >= silence_due(session))
		drop_silent(session, "");
	else if (session->suspect_ns == 0 && now >= session->received_ns + PEER_TIME)
		session->suspect_ns = now + PEER_GRACE;
}

int64_t session_stream_due(const struct session *session)
{
	int64_t due = peer_due(session);
	int64_t silence = silence_due(session);

	if (silence < due)
		due = silence;
	if (session->check_ns != 0 && session->check_ns < due)
		due = session->check_ns;
	return due;
}
