#include "subscriber/session_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/random.h"

static void begin_attempt(struct session *session);

/* ---- what others are told ---- */

static void tell(struct session *session, bool up, const char *reason, const char *field, const char *message)
{
	struct session_condition *told = &session->condition;

	if (told->reason != NULL && told->up == up && strcmp(told->reason, reason) == 0 &&
	    strcmp(told->message, message) == 0)
		return;
	snprintf(session->condition_message, sizeof(session->condition_message), "%s", message);
	*told = (struct session_condition){ up, reason, field, session->condition_message };
	session->ops->condition(session->owner, told);
}

static void open_gap(struct session *session, unsigned reason, int64_t from_ms)
{
	/* an outage is one gap, named after what began it */
	if (session->gap_reason != 0)
		return;
	session->gap_reason = reason;
	session->gap_from_ms = from_ms;
}

static void end_gap(struct session *session, int64_t to_ms)
{
	struct ring_gap gap = { session->gap_from_ms, to_ms, session->gap_reason, 0 };

	if (session->gap_reason == 0)
		return;
	/* the wall clock may have been set back meanwhile */
	if (gap.to_ms < gap.from_ms)
		gap.to_ms = gap.from_ms;
	session->gap_reason = 0;
	session->ops->gap(session->owner, &gap);
}

/* ---- waiting and trying again ---- */

static int64_t retry_pause(const struct session *session, bool slow)
{
	int64_t pause = session->tries == 0 ? PAUSE_TIME : RETRY_MAX;

	if (session->tries > 0 && session->tries < 7 && !slow)
		pause = PAUSE_TIME << (session->tries - 1);
	if (pause > RETRY_MAX)
		pause = RETRY_MAX;
	if (session->tries > 0)
		pause = random_jitter(pause, RETRY_PERCENT);
	return pause < PAUSE_TIME ? PAUSE_TIME : pause;
}

static void wait_for_attempt(struct session *session, int64_t at_ns)
{
	session->deadline_ns = at_ns;
	session->ops->retry(session->owner, session->tries, at_ns);
}

/* There is no connection (any more): what comes next. */
static void connection_over(struct session *session)
{
	if (session->stopping) {
		session->state = SESSION_STOPPED;
		session->ops->stopped(session->owner);
		return;
	}
	session->state = SESSION_WAITING;
	wait_for_attempt(session, session->time.now_ns + session->retry_ns);
	log_debug("next attempt in_ms=%lld tries=%u", (long long)(session->retry_ns / NS_PER_MS), session->tries);
}

/* An attempt that led to no open websocket has failed. */
static void attempt_failed(struct session *session, const struct refusal *why)
{
	session->tries++;
	session->retry_ns = retry_pause(session, why->slow);
	open_gap(session, why->gap, session->gap_from_ms);
	tell(session, false, why->reason, why->field, why->message);
}

static void begin_closing(struct session *session, bool handshake)
{
	session->state = SESSION_CLOSING;
	session->deadline_ns = session->time.now_ns + CLOSE_TIME;
	if (!handshake)
		session->ops->finish(session->owner);
}

static void begin_attempt(struct session *session)
{
	struct err err = { 0 };
	struct refusal why;

	session->state = SESSION_CONNECTING;
	session->deadline_ns = session->time.now_ns + CONNECT_TIME;
	if (session->ops->connect(session->owner, &session->config->url, &session->config->tls, &err) == 0)
		return;
	refusal_of_error(&why, &err, session->config);
	attempt_failed(session, &why);
	connection_over(session);
}

/* ---- upgrade ---- */

static int send_request(struct session *session, struct err *err)
{
	const struct session_config *config = session->config;
	const struct handshake_request request = { &config->url, config->host_id, config->namespaces,
		config->namespace_count, config->username, config->password };
	struct buffer bytes;
	char key[HANDSHAKE_KEY_SIZE];
	int error;

	handshake_key(key);
	handshake_answer_fini(&session->answer);
	handshake_answer_init(&session->answer, key);
	buffer_init(&bytes, HANDSHAKE_REQUEST_MAX);
	error = handshake_write(&request, key, &bytes, err);
	if (error == 0)
		error = session->ops->send(session->owner, bytes.bytes, bytes.length, err);
	buffer_cleanse(&bytes);       /* the credentials are in it */
	return error;
}

static void upgrade_failed(struct session *session, const struct err *err)
{
	struct refusal why;

	if (err != NULL)
		refusal_of_error(&why, err, session->config);
	else
		refusal_of_answer(&why, &session->answer, session->config);
	attempt_failed(session, &why);
	begin_closing(session, false);
}

void session_transport_connected(struct session *session, struct session_time time)
{
	struct err err = { 0 };

	session->time = time;
	if (session->state != SESSION_CONNECTING)
		return;
	session->state = SESSION_UPGRADING;
	session->deadline_ns = time.now_ns + UPGRADE_TIME;
	if (send_request(session, &err) != 0)
		upgrade_failed(session, &err);
}

void session_prove(struct session *session)
{
	session->proven = true;
	end_gap(session, session->opened_wall_ms);
	session->ops->connected(session->owner, true);
	tell(session, true, "Connected", "", "subscribed");
}

static void upgrade_received(struct session *session, char *bytes, size_t length)
{
	struct err err = { 0 };
	size_t used;
	int result = handshake_read(&session->answer, bytes, length, &used, &err);

	if (result < 0) {
		upgrade_failed(session, &err);
	} else if (result == 1 && session->answer.status != 101) {
		upgrade_failed(session, NULL);
	} else if (result == 1) {
		session->state = SESSION_OPEN;
		session_stream_open(session);
		session_stream_received(session, bytes + used, length - used);
	}
}

void session_transport_received(struct session *session, char *bytes, size_t length, struct session_time time)
{
	session->time = time;
	if (session->state == SESSION_UPGRADING)
		upgrade_received(session, bytes, length);
	else if (session->state == SESSION_OPEN || session->state == SESSION_CLOSING)
		session_stream_received(session, bytes, length);
}

/* ---- the end of a connection ---- */

void session_send_frame(struct session *session, enum frame_opcode opcode, const void *payload, size_t length)
{
	char frame[FRAME_HEADER_MAX + FRAME_CONTROL_MAX];
	struct err ignored;
	uint32_t mask;

	random_bytes(&mask, sizeof(mask));
	session->ops->send(session->owner, frame, frame_build(opcode, payload, length, mask, frame), &ignored);
}

static void send_close(struct session *session, uint16_t code)
{
	unsigned char payload[2] = { (unsigned char)(code >> 8), (unsigned char)code };

	session->close_sent = true;
	session_send_frame(session, FRAME_CLOSE, payload, sizeof(payload));
}

static void leave_open(struct session *session)
{
	/* afterwards only a connection that proves itself forgets the attempts that failed */
	if (session->flow_ns != 0 || session->time.now_ns - session->opened_ns >= PROVEN_TIME)
		session->tries = 0;
	else
		session->tries++;
	session->retry_ns = retry_pause(session, false);
	if (session->proven)
		session->ops->connected(session->owner, false);
}

void session_drop(struct session *session, const struct refusal *why, int64_t from_ms, uint16_t code)
{
	leave_open(session);
	open_gap(session, why->gap, from_ms);
	tell(session, false, why->reason, why->field, why->message);
	if (code != 0)
		send_close(session, code);
	begin_closing(session, code != 0);
}

static void dropped_by_peer(struct session *session, const struct err *err)
{
	struct refusal why = { .reason = "Disconnected", .field = "", .gap = GAP_RECONNECT };

	snprintf(why.message, sizeof(why.message), "the connection was lost: %s", err->message);
	leave_open(session);
	open_gap(session, why.gap, session->good_ms);
	tell(session, false, why.reason, why.field, why.message);
}

void session_transport_closed(struct session *session, const struct err *err, struct session_time time)
{
	struct refusal why;

	session->time = time;
	if (session->state == SESSION_WAITING || session->state == SESSION_STOPPED)
		return;
	if (session->state == SESSION_OPEN) {
		dropped_by_peer(session, err);
	} else if (session->state == SESSION_UPGRADING && session->answer.status != 0 && session->answer.status != 101) {
		/* ended inside the body: the status is all that matters */
		refusal_of_answer(&why, &session->answer, session->config);
		attempt_failed(session, &why);
	} else if (session->state != SESSION_CLOSING) {
		refusal_of_error(&why, err, session->config);
		attempt_failed(session, &why);
	}
	connection_over(session);
}

/* ---- time ---- */

static void state_timed_out(struct session *session)
{
	struct err err = { .code = ERR_TIMEOUT };
	struct refusal why;

	switch (session->state) {
	case SESSION_WAITING:
		begin_attempt(session);
		break;
	case SESSION_CONNECTING:
		err_set(&err, ERR_TIMEOUT, "no connection within %d s", (int)(CONNECT_TIME / NS_PER_S));
		refusal_of_error(&why, &err, session->config);
		attempt_failed(session, &why);
		session->ops->abort(session->owner);
		connection_over(session);
		break;
	case SESSION_UPGRADING:
		if (session->answer.status != 0)
			refusal_of_answer(&why, &session->answer, session->config);
		else
			refusal_of_silence(&why, (int)(UPGRADE_TIME / NS_PER_S), session->config);
		attempt_failed(session, &why);
		begin_closing(session, false);
		break;
	case SESSION_CLOSING:
		session->ops->abort(session->owner);
		connection_over(session);
		break;
	default:
		break;
	}
}

void session_tick(struct session *session, struct session_time time)
{
	session->time = time;
	if (session->state == SESSION_OPEN)
		session_stream_tick(session);
	else if (time.now_ns >= session->deadline_ns)
		state_timed_out(session);
}

int64_t session_due(const struct session *session)
{
	if (session->state == SESSION_STOPPED)
		return INT64_MAX;
	return session->state == SESSION_OPEN ? session_stream_due(session) : session->deadline_ns;
}

/* ---- orders ---- */

void session_check(struct session *session, struct session_time time)
{
	session->time = time;
	if (session->state == SESSION_OPEN)
		session->check_ns = time.now_ns + CHECK_TIME;
}

void session_reconfigure(struct session *session, const struct session_config *config, struct session_time time)
{
	struct refusal why = { .reason = "Reconfigured", .field = "", .gap = GAP_WIDENED,
		.message = "reconnecting with another configuration" };

	session->time = time;
	session->config = config;
	session->parser.message_max = config->message_max;
	session->tries = 0;
	session->silences = 0;
	session->retry_ns = PAUSE_TIME;
	if (session->state == SESSION_OPEN) {
		session_drop(session, &why, session->good_ms, CLOSE_NORMAL);
		session->tries = 0;
		session->retry_ns = PAUSE_TIME;
	} else if (session->state == SESSION_CONNECTING || session->state == SESSION_UPGRADING) {
		session->ops->abort(session->owner);
		connection_over(session);
	} else if (session->state == SESSION_WAITING && session->deadline_ns > time.now_ns + PAUSE_TIME) {
		wait_for_attempt(session, time.now_ns + PAUSE_TIME);
	}
}

void session_stop(struct session *session, struct session_time time)
{
	session->time = time;
	if (session->stopping)
		return;
	session->stopping = true;
	end_gap(session, time.wall_ms);
	if (session->state == SESSION_OPEN) {
		if (session->proven)
			session->ops->connected(session->owner, false);
		send_close(session, CLOSE_NORMAL);
		begin_closing(session, true);
	} else if (session->state != SESSION_CLOSING) {
		session->ops->abort(session->owner);
		connection_over(session);
	}
}

/* ---- life ---- */

int session_new(struct session **session, const struct session_config *config, const struct session_ops *ops,
	void *owner, struct session_time time, const struct session_past *past, struct err *err)
{
	struct session *made = calloc(1, sizeof(*made));
	char key[HANDSHAKE_KEY_SIZE] = "";

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the session");
	*made = (struct session){ .config = config, .ops = ops, .owner = owner, .time = time, .state = SESSION_WAITING,
		.deadline_ns = time.now_ns, .gap_from_ms = past->since_ms, .gap_reason = past->gap, .flows_seen = past->flows };
	handshake_answer_init(&made->answer, key);
	frame_init(&made->parser, config->message_max);
	*session = made;
	return 0;
}

void session_free(struct session **session)
{
	if (session == NULL || *session == NULL)
		return;
	handshake_answer_fini(&(*session)->answer);
	frame_fini(&(*session)->parser);
	free(*session);
	*session = NULL;
}
