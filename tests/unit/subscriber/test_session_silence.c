/* A session that hears nothing any more: silence after flows, an end of pings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "subscriber/frame.h"
#include "support_session.h"

static void silence_after_flows_reconnects_with_a_close_handshake_and_a_pause(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	stage_receive(stage, "\x81\x01" "F", 3);
	for (unsigned i = 0; i < 29; i++) {
		stage_pass(stage, 2 * NS_PER_S);
		stage_receive(stage, "\x89\x00", 2);
		session_tick(stage->session, stage->time);
	}
	assert_true(stage->last_up);
	stage_pass(stage, 2 * NS_PER_S);
	stage_receive(stage, "\x89\x00", 2);
	stage->sent_length = 0;
	session_tick(stage->session, stage->time);
	assert_string_equal(stage->reason, "Silent");
	assert_int_equal((unsigned char)stage->sent[0], 0x80 | FRAME_CLOSE);
	assert_int_equal(stage->finishes, 0);
	stage_receive(stage, "\x88\x02\x03\xe8", 4);
	assert_int_equal(stage->finishes, 1);
	stage_close(stage);
	assert_true(session_due(stage->session) - stage->time.now_ns >= 100 * NS_PER_MS);
	stage_go_up(stage);
	assert_int_equal(stage->gap.reason, GAP_SILENCE);
}

static void without_any_flow_yet_silence_means_nothing(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	for (unsigned i = 0; i < 200; i++) {
		stage_pass(stage, 2 * NS_PER_S);
		stage_receive(stage, "\x89\x00", 2);
		session_tick(stage->session, stage->time);
	}
	assert_true(stage->last_up);
	assert_int_equal(stage->connects, 1);
}

/* Only pings for `ns`. */
static void hear_pings(struct stage *stage, int64_t ns)
{
	for (int64_t until = stage->time.now_ns + ns; stage->time.now_ns < until;) {
		stage_pass(stage, 2 * NS_PER_S);
		stage_receive(stage, "\x89\x00", 2);
		session_tick(stage->session, stage->time);
	}
}

static void a_new_connection_that_is_silenced_before_its_first_message_is_replaced(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	stage_receive(stage, "\x81\x01" "F", 3);
	stage_close(stage);
	stage_go_up(stage);
	hear_pings(stage, 58 * NS_PER_S);
	assert_true(stage->last_up);
	hear_pings(stage, 2 * NS_PER_S);
	assert_string_equal(stage->reason, "Silent");
	stage_close(stage);
	/* there may be no flows any more: the next one waits twice as long */
	stage_go_up(stage);
	hear_pings(stage, 118 * NS_PER_S);
	assert_true(stage->last_up);
	hear_pings(stage, 2 * NS_PER_S);
	assert_false(stage->last_up);
}

static void flows_of_an_earlier_subscriber_count_as_flows_seen(void **state)
{
	struct stage *stage = *state;

	stage_session(stage, true);
	stage_go_up(stage);
	hear_pings(stage, 60 * NS_PER_S);
	assert_string_equal(stage->reason, "Silent");
}

static void a_peer_that_sends_not_even_pings_is_dead(void **state)
{
	struct stage *stage = *state;

	stage_go_up(stage);
	stage_tick(stage);
	stage_tick(stage);
	assert_false(stage->last_up);
	assert_string_equal(stage->reason, "NoPings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(silence_after_flows_reconnects_with_a_close_handshake_and_a_pause),
		SESSION_TEST(without_any_flow_yet_silence_means_nothing),
		SESSION_TEST(a_new_connection_that_is_silenced_before_its_first_message_is_replaced),
		SESSION_TEST(flows_of_an_earlier_subscriber_count_as_flows_seen),
		SESSION_TEST(a_peer_that_sends_not_even_pings_is_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
