/* The life of a subscription, played without a network: each refusal is told apart, an outage is one gap, and the order
 * of closing, waiting and connecting is the one that the analyzer needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "subscriber/frame.h"
#include "subscriber/session.h"

#define START_NS (1000 * NS_PER_S)

/* What the session did, as its ops saw it. */
struct stage {
	struct session *session;
	struct session_config config;
	struct session_time time;
	unsigned connects, finishes, aborts, messages, gaps, stops, up_changes;
	bool connect_fails, last_up;
	char sent[8192];
	size_t sent_length;
	struct ring_gap gap;
	char reason[64], field[64], message[512];
	bool condition_up;
};

static int fake_connect(void *owner, const struct url *url, const struct tls_options *tls, struct err *err)
{
	struct stage *stage = owner;

	(void)url;
	(void)tls;
	stage->connects++;
	stage->sent_length = 0;
	return stage->connect_fails ? err_set(err, ERR_IO, "connect: Connection refused") : 0;
}

static int fake_send(void *owner, const char *bytes, size_t length, struct err *err)
{
	struct stage *stage = owner;

	(void)err;
	assert_true(stage->sent_length + length < sizeof(stage->sent));
	memcpy(stage->sent + stage->sent_length, bytes, length);
	stage->sent_length += length;
	stage->sent[stage->sent_length] = '\0';
	return 0;
}

static void fake_finish(void *owner)
{
	((struct stage *)owner)->finishes++;
}

static void fake_abort(void *owner)
{
	((struct stage *)owner)->aborts++;
}

static bool fake_message(void *owner, char *payload, size_t length)
{
	((struct stage *)owner)->messages++;
	return length > 0 && payload[0] == 'F';
}

static void fake_refused(void *owner, size_t length, const char *why)
{
	(void)owner;
	(void)length;
	(void)why;
}

static void fake_connected(void *owner, bool up)
{
	struct stage *stage = owner;

	stage->up_changes++;
	stage->last_up = up;
}

static void fake_gap(void *owner, const struct ring_gap *gap)
{
	struct stage *stage = owner;

	stage->gaps++;
	stage->gap = *gap;
}

static void fake_condition(void *owner, const struct session_condition *condition)
{
	struct stage *stage = owner;

	stage->condition_up = condition->up;
	snprintf(stage->reason, sizeof(stage->reason), "%s", condition->reason);
	snprintf(stage->field, sizeof(stage->field), "%s", condition->field);
	snprintf(stage->message, sizeof(stage->message), "%s", condition->message);
}

static void fake_stopped(void *owner)
{
	((struct stage *)owner)->stops++;
}

static const struct session_ops fake_ops = {
	.connect = fake_connect, .send = fake_send, .finish = fake_finish, .abort = fake_abort, .message = fake_message,
	.refused = fake_refused, .connected = fake_connected, .gap = fake_gap, .condition = fake_condition,
	.stopped = fake_stopped,
};

static int set_up(void **state)
{
	static const char *const namespaces[] = { "flow", "stats" };
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->config = (struct session_config){ .url_text = "ws://a:8082/x", .host_id = "edge", .host_id_field = "--host-id",
		.namespaces = namespaces, .namespace_count = 2, .username = "", .password = "",
		.tls = { .ca_file = "", .cert_file = "", .key_file = "", .verify = true },
		.silence_timeout_ns = 60 * NS_PER_S, .message_max = 1 << 20 };
	url_parse(&stage->config.url, stage->config.url_text, NULL);
	stage->time = (struct session_time){ START_NS, 5000000 };
	session_new(&stage->session, &stage->config, &fake_ops, stage, stage->time, stage->time.wall_ms, 0, NULL);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	session_free(&stage->session);
	free(stage);
	return 0;
}

/* ---- what happens to it ---- */

static void pass(struct stage *stage, int64_t ns)
{
	stage->time.now_ns += ns;
	stage->time.wall_ms += ns / NS_PER_MS;
}

/* Lets time pass up to the session's next wish and ticks. */
static void tick(struct stage *stage)
{
	int64_t due = session_due(stage->session);

	if (due > stage->time.now_ns)
		pass(stage, due - stage->time.now_ns);
	session_tick(stage->session, stage->time);
}

static void receive(struct stage *stage, const void *bytes, size_t length)
{
	char *chunk = calloc(1, length + FRAME_PADDING);

	memcpy(chunk, bytes, length);
	session_transport_received(stage->session, chunk, length, stage->time);
	free(chunk);
}

static void receive_text(struct stage *stage, const char *text)
{
	receive(stage, text, strlen(text));
}

static void close_transport(struct stage *stage)
{
	struct err err;

	err_set(&err, ERR_CLOSED, "the analyzer ended the connection");
	session_transport_closed(stage->session, &err, stage->time);
}

static void connect_and_upgrade(struct stage *stage)
{
	char key[64], accept[HANDSHAKE_ACCEPT_SIZE], answer[256];
	const char *at;

	tick(stage);
	session_transport_connected(stage->session, stage->time);
	at = strstr(stage->sent, "Sec-WebSocket-Key: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Sec-WebSocket-Key: %63s", key), 1);
	handshake_accept(key, accept);
	snprintf(answer, sizeof(answer), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n\r\n", accept);
	receive_text(stage, answer);
	stage->sent_length = 0;
}

static void go_up(struct stage *stage)
{
	connect_and_upgrade(stage);
	receive(stage, "\x89\x00", 2);
	assert_true(stage->last_up);
}

/* ---- tests ---- */

static void a_ping_is_answered_and_proves_the_connection(void **state)
{
	struct stage *stage = *state;

	go_up(stage);
	assert_true(stage->condition_up);
	assert_int_equal(stage->gaps, 0);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_PONG);
	assert_int_equal((unsigned char)stage->sent[1], 0x80);
}

static void refuse_with(struct stage *stage, const char *answer, const char *reason, const char *field)
{
	tick(stage);
	session_transport_connected(stage->session, stage->time);
	receive_text(stage, answer);
	close_transport(stage);
	assert_false(stage->condition_up);
	assert_string_equal(stage->reason, reason);
	assert_string_equal(stage->field, field);
}

static void each_refusal_is_told_apart_and_names_what_to_change(void **state)
{
	struct stage *stage = *state;

	refuse_with(stage, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 18\r\n\r\nWrong credentials\n", "WrongCredentials",
		"analyzer.auth.cluster");
	assert_non_null(strstr(stage->message, "Wrong credentials"));
	refuse_with(stage, "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", "HostIdInUse", "--host-id");
	assert_non_null(strstr(stage->message, "edge"));
	refuse_with(stage, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "WrongPath", "pipeline.subscriber.url");
	stage->connect_fails = true;
	tick(stage);
	assert_string_equal(stage->reason, "Unreachable");
	assert_non_null(strstr(stage->message, "Connection refused"));
}

static void wrong_credentials_are_tried_again_slowly_and_an_id_in_use_soon(void **state)
{
	struct stage *stage = *state;
	int64_t slow, soon;

	refuse_with(stage, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "WrongCredentials", "analyzer.auth.cluster");
	slow = session_due(stage->session) - stage->time.now_ns;
	assert_true(slow >= 40 * NS_PER_S);
	session_free(&stage->session);
	session_new(&stage->session, &stage->config, &fake_ops, stage, stage->time, stage->time.wall_ms, 0, NULL);
	refuse_with(stage, "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", "HostIdInUse", "--host-id");
	soon = session_due(stage->session) - stage->time.now_ns;
	assert_true(soon >= NS_PER_S && soon <= 2 * NS_PER_S);
}

static void failures_wait_longer_and_longer_up_to_a_minute(void **state)
{
	struct stage *stage = *state;
	int64_t last = 0;

	stage->connect_fails = true;
	for (unsigned i = 0; i < 12; i++) {
		int64_t wait;

		tick(stage);
		wait = session_due(stage->session) - stage->time.now_ns;
		assert_true(wait >= NS_PER_S && wait <= 72 * NS_PER_S);
		if (i == 11)
			last = wait;
	}
	assert_true(last >= 40 * NS_PER_S);
	assert_int_equal(stage->connects, 12);
}

static void an_outage_is_one_gap_from_the_last_good_moment_to_the_new_connection(void **state)
{
	struct stage *stage = *state;
	int64_t good;

	go_up(stage);
	pass(stage, NS_PER_S);
	receive(stage, "\x81\x01" "F", 3);
	good = stage->time.wall_ms;
	pass(stage, NS_PER_S);
	close_transport(stage);
	assert_false(stage->last_up);
	assert_string_equal(stage->reason, "Disconnected");
	stage->connect_fails = true;
	tick(stage);
	stage->connect_fails = false;
	go_up(stage);
	assert_int_equal(stage->gaps, 1);
	assert_int_equal(stage->gap.from_ms, good);
	assert_int_equal(stage->gap.to_ms, stage->time.wall_ms);
	assert_int_equal(stage->gap.reason, GAP_RECONNECT);
}

/* 101, then a close frame 1000 within milliseconds and TCP left open: the client has to end TCP. */
static void a_close_frame_at_once_is_a_refusal_and_tcp_is_ended_by_us(void **state)
{
	struct stage *stage = *state;

	connect_and_upgrade(stage);
	receive(stage, "\x88\x02\x03\xe8", 4);
	assert_int_equal(stage->finishes, 1);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_false(stage->condition_up);
	assert_int_equal(stage->up_changes, 0);
	/* the peer never ends it: after a while it is cut, and only then waited for the next attempt */
	tick(stage);
	assert_int_equal(stage->aborts, 1);
	assert_int_equal(stage->connects, 1);
	tick(stage);
	assert_int_equal(stage->connects, 2);
}

static void silence_after_flows_reconnects_with_a_close_handshake_and_a_pause(void **state)
{
	struct stage *stage = *state;

	go_up(stage);
	receive(stage, "\x81\x01" "F", 3);
	for (unsigned i = 0; i < 29; i++) {
		pass(stage, 2 * NS_PER_S);
		receive(stage, "\x89\x00", 2);
		session_tick(stage->session, stage->time);
	}
	assert_true(stage->last_up);
	pass(stage, 2 * NS_PER_S);
	receive(stage, "\x89\x00", 2);
	stage->sent_length = 0;
	session_tick(stage->session, stage->time);
	assert_string_equal(stage->reason, "Silent");
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_int_equal(stage->finishes, 0);
	receive(stage, "\x88\x02\x03\xe8", 4);
	assert_int_equal(stage->finishes, 1);
	close_transport(stage);
	assert_true(session_due(stage->session) - stage->time.now_ns >= 100 * NS_PER_MS);
	go_up(stage);
	assert_int_equal(stage->gap.reason, GAP_SILENCE);
}

static void without_any_flow_yet_silence_means_nothing(void **state)
{
	struct stage *stage = *state;

	go_up(stage);
	for (unsigned i = 0; i < 200; i++) {
		pass(stage, 2 * NS_PER_S);
		receive(stage, "\x89\x00", 2);
		session_tick(stage->session, stage->time);
	}
	assert_true(stage->last_up);
	assert_int_equal(stage->connects, 1);
}

static void a_peer_that_sends_not_even_pings_is_dead(void **state)
{
	struct stage *stage = *state;

	go_up(stage);
	tick(stage);
	tick(stage);
	assert_false(stage->last_up);
	assert_string_equal(stage->reason, "NoPings");
}

static void a_stop_closes_with_a_handshake_and_ends_even_when_nobody_answers(void **state)
{
	struct stage *stage = *state;

	go_up(stage);
	stage->sent_length = 0;
	session_stop(stage->session, stage->time);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_int_equal(stage->stops, 0);
	receive(stage, "\x81\x01" "F", 3);
	assert_int_equal(stage->messages, 0);
	tick(stage);
	assert_int_equal(stage->stops, 1);
	assert_int_equal(session_due(stage->session), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_ping_is_answered_and_proves_the_connection),
		TEST(each_refusal_is_told_apart_and_names_what_to_change),
		TEST(wrong_credentials_are_tried_again_slowly_and_an_id_in_use_soon),
		TEST(failures_wait_longer_and_longer_up_to_a_minute),
		TEST(an_outage_is_one_gap_from_the_last_good_moment_to_the_new_connection),
		TEST(a_close_frame_at_once_is_a_refusal_and_tcp_is_ended_by_us),
		TEST(silence_after_flows_reconnects_with_a_close_handshake_and_a_pause),
		TEST(without_any_flow_yet_silence_means_nothing),
		TEST(a_peer_that_sends_not_even_pings_is_dead),
		TEST(a_stop_closes_with_a_handshake_and_ends_even_when_nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
