/* Sessions and the throttle: they end and begin by the clock that they are given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/session.h"
#include "api/throttle.h"
#include "common/clock.h"

static const struct api_caller operator = { .role = API_ROLE_OPERATOR, .tenant = "acme", .token_id = "t1" };

static const struct session *find(struct sessions *sessions, const char *token, int64_t now_s)
{
	return session_find(sessions, token, strlen(token), now_s * NS_PER_S);
}

static void a_session_lives_12_hours_when_it_is_used(void **state)
{
	struct sessions *sessions;
	char token[SESSION_TOKEN_SIZE];
	int64_t now_s = 1;

	(void)state;
	assert_int_equal(sessions_new(&sessions, NULL), 0);
	snprintf(token, sizeof(token), "%s", session_open(sessions, &operator, now_s * NS_PER_S)->token);
	for (; now_s < SESSION_LIFE_S; now_s += SESSION_IDLE_S - 1)
		assert_string_equal(find(sessions, token, now_s)->caller.tenant, "acme");
	assert_null(find(sessions, token, SESSION_LIFE_S + 1));
	/* and does not come back */
	assert_null(find(sessions, token, 2));
	sessions_free(&sessions);
}

static void a_session_that_is_not_used_ends_after_an_hour(void **state)
{
	struct sessions *sessions;
	char token[SESSION_TOKEN_SIZE];

	(void)state;
	sessions_new(&sessions, NULL);
	snprintf(token, sizeof(token), "%s", session_open(sessions, &operator, 1)->token);
	assert_non_null(find(sessions, token, SESSION_IDLE_S - 1));
	assert_null(find(sessions, token, 2 * SESSION_IDLE_S));
	sessions_free(&sessions);
}

static void only_the_whole_cookie_finds_a_session_until_it_is_closed(void **state)
{
	struct sessions *sessions;
	const struct session *session;
	char token[SESSION_TOKEN_SIZE];

	(void)state;
	sessions_new(&sessions, NULL);
	session = session_open(sessions, &operator, 1);
	snprintf(token, sizeof(token), "%s", session->token);
	assert_string_not_equal(session->token, session->csrf);
	assert_null(session_find(sessions, token, strlen(token) - 1, 2));
	assert_null(find(sessions, "", 0));
	assert_null(find(sessions, session->csrf, 0));
	session_close(sessions, session);
	assert_null(find(sessions, token, 0));
	sessions_free(&sessions);
}

static void when_there_are_too_many_the_one_longest_unused_ends(void **state)
{
	struct sessions *sessions;
	char first[SESSION_TOKEN_SIZE], second[SESSION_TOKEN_SIZE];

	(void)state;
	sessions_new(&sessions, NULL);
	snprintf(first, sizeof(first), "%s", session_open(sessions, &operator, NS_PER_S)->token);
	snprintf(second, sizeof(second), "%s", session_open(sessions, &operator, 2 * NS_PER_S)->token);
	for (int i = 0; i < SESSION_MAX - 2; i++)
		session_open(sessions, &operator, 3 * NS_PER_S);
	assert_non_null(find(sessions, first, 4));
	session_open(sessions, &operator, 5 * NS_PER_S);
	assert_non_null(find(sessions, first, 6));
	assert_null(find(sessions, second, 6));
	sessions_free(&sessions);
}

static void assert_cookie(const char *header, const char *expected)
{
	size_t length;
	const char *value = cookie_find(header, "sluice_session", &length);

	if (expected == NULL) {
		assert_null(value);
		return;
	}
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(value, expected, length);
}

static void what_is_given_is_taken_as_it_was_but_for_what_is_none(void **state)
{
	struct sessions *before, *after;
	char old[SESSION_TOKEN_SIZE], kept[SESSION_TOKEN_SIZE];
	const struct session *session;
	json_t *list;

	(void)state;
	sessions_new(&before, NULL);
	sessions_new(&after, NULL);
	snprintf(old, sizeof(old), "%s", session_open(before, &operator, NS_PER_S)->token);
	session = session_open(before, &operator, SESSION_IDLE_S * NS_PER_S);
	snprintf(kept, sizeof(kept), "%s", session->token);
	list = sessions_give(before, (SESSION_IDLE_S + 1) * NS_PER_S);
	/* the first is over */
	assert_int_equal(json_array_size(list), 1);
	json_array_insert_new(list, 0, json_deep_copy(json_array_get(list, 0)));
	json_object_set_new(json_array_get(list, 0), "token", json_string("short"));
	json_array_insert_new(list, 0, json_deep_copy(json_array_get(list, 1)));
	json_object_set_new(json_array_get(list, 0), "token_id", json_string(""));
	json_array_insert_new(list, 0, json_integer(7));
	sessions_take(after, list);
	assert_memory_equal(find(after, kept, SESSION_IDLE_S + 2)->csrf, session->csrf, SESSION_TOKEN_SIZE);
	assert_string_equal(find(after, kept, SESSION_IDLE_S + 2)->caller.tenant, "acme");
	assert_int_equal(find(after, kept, SESSION_IDLE_S + 2)->caller.role, API_ROLE_OPERATOR);
	assert_null(find(after, old, 2));
	/* and its time goes on */
	assert_null(find(after, kept, 3 * SESSION_IDLE_S));
	sessions_take(before, NULL);
	json_decref(list);
	sessions_free(&before);
	sessions_free(&after);
}

static void a_cookie_is_found_among_others_by_its_whole_name(void **state)
{
	(void)state;
	assert_cookie("sluice_session=abc", "abc");
	assert_cookie("a=b; sluice_session=abc; c=d", "abc");
	assert_cookie("a=b;sluice_session=", "");
	assert_cookie("xsluice_session=abc; sluice_sessions=d; a=sluice_session=e", NULL);
	assert_cookie("", NULL);
	assert_cookie(NULL, NULL);
	assert_cookie(";;; ;", NULL);
}

static void ten_failures_a_minute_are_looked_at(void **state)
{
	struct throttle *throttle;
	int64_t now_ns = NS_PER_S;

	(void)state;
	assert_int_equal(throttle_new(&throttle, NULL), 0);
	for (int i = 0; i < THROTTLE_FAILURES; i++, now_ns += NS_PER_S)
		assert_int_equal(throttle_failed(throttle, "192.0.2.1", now_ns), 0);
	/* the first was 10 s ago */
	assert_int_equal(throttle_failed(throttle, "192.0.2.1", now_ns), 50);
	assert_int_equal(throttle_failed(throttle, "192.0.2.1", now_ns + 49 * NS_PER_S + NS_PER_MS), 1);
	assert_int_equal(throttle_failed(throttle, "192.0.2.1", now_ns + 50 * NS_PER_S), 0);
	assert_int_equal(throttle_failed(throttle, "192.0.2.1", now_ns + 50 * NS_PER_S), 1);
	assert_int_equal(throttle_failed(throttle, "192.0.2.2", now_ns), 0);
	throttle_free(&throttle);
}

static void an_ipv6_network_counts_as_one_and_addresses_are_forgotten(void **state)
{
	struct throttle *throttle;
	char address[64];

	(void)state;
	throttle_new(&throttle, NULL);
	for (int i = 0; i < THROTTLE_FAILURES; i++) {
		snprintf(address, sizeof(address), "2001:db8::%x", i);
		assert_int_equal(throttle_failed(throttle, address, NS_PER_S), 0);
	}
	assert_int_equal(throttle_failed(throttle, "2001:db8::ffff", NS_PER_S), 60);
	assert_int_equal(throttle_failed(throttle, "2001:db8:0:1::1", NS_PER_S), 0);
	for (int i = 0; i < THROTTLE_PLACES; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		assert_int_equal(throttle_failed(throttle, address, 2 * NS_PER_S), 0);
	}
	throttle_free(&throttle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_lives_12_hours_when_it_is_used),
		cmocka_unit_test(a_session_that_is_not_used_ends_after_an_hour),
		cmocka_unit_test(only_the_whole_cookie_finds_a_session_until_it_is_closed),
		cmocka_unit_test(when_there_are_too_many_the_one_longest_unused_ends),
		cmocka_unit_test(what_is_given_is_taken_as_it_was_but_for_what_is_none),
		cmocka_unit_test(a_cookie_is_found_among_others_by_its_whole_name),
		cmocka_unit_test(ten_failures_a_minute_are_looked_at),
		cmocka_unit_test(an_ipv6_network_counts_as_one_and_addresses_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
