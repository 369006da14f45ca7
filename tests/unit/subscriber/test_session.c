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
#include "support_session.h"

static void a_ping_is_answered_and_proves_the_connection(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	assert_true(stage->condition_up);
	assert_int_equal(stage->gaps, 0);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_PONG);
	assert_int_equal((unsigned char)stage->sent[1], 0x80);
}

static void refuse_with(struct stage *stage, const char *answer, const char *reason, const char *field)
{
	stage_tick(stage);
	session_transport_connected(stage->session, stage->time);
	stage_receive_text(stage, answer);
	stage_close(stage);
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
	stage_tick(stage);
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
	stage_session(stage, false);
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

		stage_tick(stage);
		wait = session_due(stage->session) - stage->time.now_ns;
		assert_true(wait >= NS_PER_S && wait <= 72 * NS_PER_S);
		assert_int_equal(stage->tries, i + 1);
		assert_int_equal(stage->next_ns, session_due(stage->session));
		if (i == 11)
			last = wait;
	}
	assert_true(last >= 40 * NS_PER_S);
	assert_int_equal(stage->connects, 12);
	/* what is asked for anew is tried soon, and has not failed yet */
	session_reconfigure(stage->session, &stage->config, stage->time);
	assert_int_equal(stage->tries, 0);
	assert_int_equal(stage->next_ns, stage->time.now_ns + NS_PER_S);
}

static void a_connection_that_is_lost_is_told_with_no_try_that_failed(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	stage_pass(stage, 11 * NS_PER_S);
	stage_close(stage);
	assert_int_equal(stage->tries, 0);
	assert_int_equal(stage->next_ns, session_due(stage->session));
	assert_int_equal(stage->next_ns, stage->time.now_ns + NS_PER_S);
}

static void an_outage_is_one_gap_from_the_last_good_moment_to_the_new_connection(void **state)
{
	struct stage *stage = *state;
	int64_t good;

	stage_go_up(stage);
	stage_pass(stage, NS_PER_S);
	stage_receive(stage, "\x81\x01" "F", 3);
	good = stage->time.wall_ms;
	stage_pass(stage, NS_PER_S);
	stage_close(stage);
	assert_false(stage->last_up);
	assert_string_equal(stage->reason, "Disconnected");
	stage->connect_fails = true;
	stage_tick(stage);
	stage->connect_fails = false;
	stage_go_up(stage);
	assert_int_equal(stage->gaps, 1);
	assert_int_equal(stage->gap.from_ms, good);
	assert_int_equal(stage->gap.to_ms, stage->time.wall_ms);
	assert_int_equal(stage->gap.reason, GAP_RECONNECT);
}

/* 101, then a close frame 1000 within milliseconds and TCP left open: the client has to end TCP. */
static void a_close_frame_at_once_is_a_refusal_and_tcp_is_ended_by_us(void **state)
{
	struct stage *stage = *state;

	stage_connect(stage);
	stage_receive(stage, "\x88\x02\x03\xe8", 4);
	assert_int_equal(stage->finishes, 1);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_false(stage->condition_up);
	assert_int_equal(stage->up_changes, 0);
	/* the peer never ends it: after a while it is cut, and only then waited for the next attempt */
	stage_tick(stage);
	assert_int_equal(stage->aborts, 1);
	assert_int_equal(stage->connects, 1);
	stage_tick(stage);
	assert_int_equal(stage->connects, 2);
}

static void a_stop_closes_with_a_handshake_and_ends_even_when_nobody_answers(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	stage->sent_length = 0;
	session_stop(stage->session, stage->time);
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_int_equal(stage->stops, 0);
	stage_receive(stage, "\x81\x01" "F", 3);
	assert_int_equal(stage->messages, 0);
	stage_tick(stage);
	assert_int_equal(stage->stops, 1);
	assert_int_equal(session_due(stage->session), INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(a_ping_is_answered_and_proves_the_connection),
		SESSION_TEST(each_refusal_is_told_apart_and_names_what_to_change),
		SESSION_TEST(wrong_credentials_are_tried_again_slowly_and_an_id_in_use_soon),
		SESSION_TEST(failures_wait_longer_and_longer_up_to_a_minute),
		SESSION_TEST(a_connection_that_is_lost_is_told_with_no_try_that_failed),
		SESSION_TEST(an_outage_is_one_gap_from_the_last_good_moment_to_the_new_connection),
		SESSION_TEST(a_close_frame_at_once_is_a_refusal_and_tcp_is_ended_by_us),
		SESSION_TEST(a_stop_closes_with_a_handshake_and_ends_even_when_nobody_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
