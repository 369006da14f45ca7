#include "support_session.h"

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

#define START_NS (1000 * NS_PER_S)

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

static void fake_retry(void *owner, unsigned tries, int64_t next_ns)
{
	struct stage *stage = owner;

	stage->tries = tries;
	stage->next_ns = next_ns;
}

static void fake_stopped(void *owner)
{
	((struct stage *)owner)->stops++;
}

static const struct session_ops fake_ops = {
	.connect = fake_connect, .send = fake_send, .finish = fake_finish, .abort = fake_abort, .message = fake_message,
	.refused = fake_refused, .connected = fake_connected, .gap = fake_gap, .condition = fake_condition,
	.retry = fake_retry, .stopped = fake_stopped,
};

void stage_session(struct stage *stage, bool flows_before)
{
	const struct session_past past = { .since_ms = stage->time.wall_ms, .flows = flows_before };

	session_free(&stage->session);
	session_new(&stage->session, &stage->config, &fake_ops, stage, stage->time, &past, NULL);
}

int stage_set_up(void **state)
{
	static const char *const namespaces[] = { "flow", "stats" };
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->config = (struct session_config){ .host_id = "edge", .host_id_field = "--host-id",
		.namespaces = namespaces, .namespace_count = 2, .username = "", .password = "",
		.tls = { .ca_file = "", .cert_file = "", .key_file = "", .verify = true },
		.silence_timeout_ns = 60 * NS_PER_S, .message_max = 1 << 20 };
	url_parse(&stage->config.url, "ws://a:8082/x", NULL);
	stage->time = (struct session_time){ START_NS, 5000000 };
	stage_session(stage, false);
	*state = stage;
	return 0;
}

int stage_tear_down(void **state)
{
	struct stage *stage = *state;

	session_free(&stage->session);
	free(stage);
	return 0;
}

/* ---- what happens to it ---- */

void stage_pass(struct stage *stage, int64_t ns)
{
	stage->time.now_ns += ns;
	stage->time.wall_ms += ns / NS_PER_MS;
}

/* Lets time pass up to the session's next wish and ticks. */
void stage_tick(struct stage *stage)
{
	int64_t due = session_due(stage->session);

	if (due > stage->time.now_ns)
		stage_pass(stage, due - stage->time.now_ns);
	session_tick(stage->session, stage->time);
}

void stage_receive(struct stage *stage, const void *bytes, size_t length)
{
	char *chunk = calloc(1, length + FRAME_PADDING);

	memcpy(chunk, bytes, length);
	session_transport_received(stage->session, chunk, length, stage->time);
	free(chunk);
}

void stage_receive_text(struct stage *stage, const char *text)
{
	stage_receive(stage, text, strlen(text));
}

void stage_close(struct stage *stage)
{
	struct err err;

	err_set(&err, ERR_CLOSED, "the analyzer ended the connection");
	session_transport_closed(stage->session, &err, stage->time);
}

void stage_connect(struct stage *stage)
{
	char key[64], accept[HANDSHAKE_ACCEPT_SIZE], answer[256];
	const char *at;

	stage_tick(stage);
	session_transport_connected(stage->session, stage->time);
	at = strstr(stage->sent, "Sec-WebSocket-Key: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Sec-WebSocket-Key: %63s", key), 1);
	handshake_accept(key, accept);
	snprintf(answer, sizeof(answer), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: %s\r\n\r\n", accept);
	stage_receive_text(stage, answer);
	stage->sent_length = 0;
}

void stage_go_up(struct stage *stage)
{
	stage_connect(stage);
	stage_receive(stage, "\x89\x00", 2);
	assert_true(stage->last_up);
}
