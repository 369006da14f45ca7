/* Streams: after so long, or with each cut, a new name is asked for, and the cut that finds it begins at number 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/commit_record.h"
#include "support_spool.h"

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture_init(fixture);
	fixture_start(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	fixture_fini(*state);
	free(*state);
	return 0;
}

static int64_t after(int seconds)
{
	return STREAM_MS + seconds * 1000;
}

static bool wants_name(const struct fixture *fixture, int seconds)
{
	return spool_wants_stream_name(fixture->spool, after(seconds), seconds * NS_PER_S);
}

/* As `store: direct` or max_seconds_per_object: 0 does it: a record and its cut in one transaction. */
static void message_at(struct fixture *fixture, unsigned lane, int seconds)
{
	struct err err = { 0 };

	spool_begin(fixture->spool);
	spool_account(fixture->spool)->passed++;
	assert_int_equal(spool_append(fixture->spool, lane, "1", 1, 1, after(seconds), seconds * NS_PER_S, &err), 0);
	assert_int_equal(spool_cut(fixture->spool, lane, after(seconds), seconds * NS_PER_S, &err), 0);
	fixture_commit(fixture);
	fixture_seal(fixture);
}

static void assert_last_object(const struct fixture *fixture, unsigned lane, int stream_seconds, uint64_t number)
{
	struct spool_lane figures;

	spool_lane(fixture->spool, lane, &figures);
	assert_int_equal(figures.stream_ms, after(stream_seconds));
	assert_int_equal(figures.stream_number, number + 1);
}

static void with_a_cut_per_message_a_stream_still_ends_after_its_seconds(void **state)
{
	struct fixture *fixture = *state;

	spool_set_stream_seconds(fixture->spool, 10);
	message_at(fixture, TAG_EGRESS, 1);
	message_at(fixture, TAG_EGRESS, 10);
	assert_last_object(fixture, TAG_EGRESS, 0, 1);
	assert_false(wants_name(fixture, 10));
	assert_true(wants_name(fixture, 11));
	/* until the answer comes the old stream goes on */
	message_at(fixture, TAG_EGRESS, 12);
	assert_last_object(fixture, TAG_EGRESS, 0, 2);
	spool_stream_name(fixture->spool, after(12));
	assert_false(wants_name(fixture, 12));
	message_at(fixture, TAG_EGRESS, 13);
	assert_last_object(fixture, TAG_EGRESS, 12, 0);
	assert_false(wants_name(fixture, 13));
}

static void with_zero_seconds_each_cut_that_finds_a_name_is_its_own_stream(void **state)
{
	struct fixture *fixture = *state;

	spool_set_stream_seconds(fixture->spool, 0);
	for (int i = 0; i < 3; i++) {
		message_at(fixture, TAG_OTHER, i);
		assert_last_object(fixture, TAG_OTHER, i, 0);
		assert_true(wants_name(fixture, i));
		spool_stream_name(fixture->spool, after(i + 1));
		assert_false(wants_name(fixture, i));
	}
}

static void one_name_serves_the_lanes_that_have_not_used_it(void **state)
{
	struct fixture *fixture = *state;

	spool_set_stream_seconds(fixture->spool, 0);
	message_at(fixture, TAG_OTHER, 0);
	spool_stream_name(fixture->spool, after(1));
	message_at(fixture, TAG_OTHER, 1);
	message_at(fixture, TAG_INGRESS, 1);
	assert_last_object(fixture, TAG_OTHER, 1, 0);
	assert_last_object(fixture, TAG_INGRESS, 1, 0);
}

static void names_do_not_run_ahead_of_the_clock_for_ever(void **state)
{
	struct fixture *fixture = *state;

	spool_set_stream_seconds(fixture->spool, 0);
	spool_stream_name(fixture->spool, after(60));
	message_at(fixture, TAG_OTHER, 0);
	assert_false(wants_name(fixture, 0));
	assert_true(wants_name(fixture, 1));
}

/* A killed worker's successor, which puts objects elsewhere. */
static void go_on_at(struct fixture *fixture, const char *prefix)
{
	fixture_kill(fixture);
	fixture->options.format.prefix = prefix;
	fixture_start(fixture);
}

static void assert_key_of(const struct fixture *fixture, const char *object, const char *key)
{
	struct object_head head;
	char *bytes = fixture_read(fixture, object, NULL);

	assert_non_null(bytes);
	assert_int_equal(object_head_decode(&head, (const unsigned char *)bytes, NULL), 0);
	assert_string_equal(head.key, key);
	free(bytes);
}

static void at_another_place_another_stream_begins(void **state)
{
	struct fixture *fixture = *state;

	go_on_at(fixture, "here");
	fixture_append(fixture, TAG_EGRESS, 1);
	fixture_cut(fixture, TAG_EGRESS);
	go_on_at(fixture, "/here/");
	fixture_append(fixture, TAG_EGRESS, 1);
	fixture_cut(fixture, TAG_EGRESS);
	fixture_append(fixture, TAG_EGRESS, 1);
	/* what is open was begun for the old place */
	go_on_at(fixture, "there");
	fixture_append(fixture, TAG_EGRESS, 1);
	fixture_cut(fixture, TAG_EGRESS);
	fixture_seal(fixture);
	fixture_durable(fixture);

	assert_key_of(fixture, "egress.0.1.1.object", "here/egress/20260101T000000Z/00000000.json");
	assert_key_of(fixture, "egress.1.1.1.object", "here/egress/20260101T000000Z/00000001.json");
	assert_key_of(fixture, "egress.2.1.1.object", "here/egress/20260101T000000Z/00000002.json");
	assert_key_of(fixture, "egress.3.1.1.object", "there/egress/20260101T000000Z/00000000.json");
}

static void a_stream_ends_with_what_could_not_be_cut_at_its_old_place(void **state)
{
	struct fixture *fixture = *state;

	go_on_at(fixture, "here");
	for (unsigned i = 0; i < SPOOL_ENTRIES - 1; i++) {
		fixture_append(fixture, TAG_EGRESS, 1);
		fixture_cut(fixture, TAG_EGRESS);
	}
	/* there is no entry for the cut: twice, so that it is known however often a worker is killed */
	fixture_append(fixture, TAG_EGRESS, 1);
	go_on_at(fixture, "there");
	go_on_at(fixture, "there");
	fixture_seal(fixture);
	fixture_append(fixture, TAG_EGRESS, 1);
	fixture_cut(fixture, TAG_EGRESS);
	fixture_seal(fixture);
	fixture_durable(fixture);

	assert_key_of(fixture, "egress.15.1.1.object", "here/egress/20260101T000000Z/00000015.json");
	assert_key_of(fixture, "egress.16.1.1.object", "there/egress/20260101T000000Z/00000000.json");
}

static void a_lane_without_records_asks_for_a_fresh_name_once_a_minute_at_most(void **state)
{
	struct fixture *fixture = *state;

	spool_set_stream_seconds(fixture->spool, 1);
	message_at(fixture, TAG_OTHER, 0);
	assert_true(wants_name(fixture, 1));
	spool_stream_name(fixture->spool, after(1));
	assert_false(wants_name(fixture, 60));
	assert_true(wants_name(fixture, 61));
	/* one that has records does as soon as its name is older than a stream */
	fixture_append(fixture, TAG_OTHER, 1);
	assert_true(wants_name(fixture, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(with_a_cut_per_message_a_stream_still_ends_after_its_seconds),
		TEST(with_zero_seconds_each_cut_that_finds_a_name_is_its_own_stream),
		TEST(one_name_serves_the_lanes_that_have_not_used_it),
		TEST(names_do_not_run_ahead_of_the_clock_for_ever),
		TEST(at_another_place_another_stream_begins),
		TEST(a_stream_ends_with_what_could_not_be_cut_at_its_old_place),
		TEST(a_lane_without_records_asks_for_a_fresh_name_once_a_minute_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
