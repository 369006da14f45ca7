/* A session without a network: what it does is noted, and what happens to it is played. */
#ifndef TESTS_UNIT_SUBSCRIBER_SUPPORT_SESSION_H
#define TESTS_UNIT_SUBSCRIBER_SUPPORT_SESSION_H

#include "subscriber/session.h"

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
	unsigned tries;               /* as told last, with the time of the next one */
	int64_t next_ns;
};

int stage_set_up(void **state);
int stage_tear_down(void **state);
/* A new session in place of the present one. flows_before: an earlier subscriber got flow messages. */
void stage_session(struct stage *stage, bool flows_before);

void stage_pass(struct stage *stage, int64_t ns);
/* Lets time pass up to the session's next wish and ticks. */
void stage_tick(struct stage *stage);
void stage_receive(struct stage *stage, const void *bytes, size_t length);
void stage_receive_text(struct stage *stage, const char *text);
/* The analyzer has ended TCP. */
void stage_close(struct stage *stage);
/* The next attempt, up to the answer 101. */
void stage_connect(struct stage *stage);
/* The same, and a ping, which proves the connection. */
void stage_go_up(struct stage *stage);

#define SESSION_TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

#endif
