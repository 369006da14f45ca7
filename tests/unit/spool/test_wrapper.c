/* What stands around an object's records and is known when it is cut: how many, from when to when, whether flows were lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_spool.h"
#include "worker/wrapper.h"

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture_init(fixture);
	fixture->options.format.open = "{" WRAPPER_STATE "|" WRAPPER_RECORDS "[";
	fixture->options.format.close = "]" WRAPPER_FIRST "," WRAPPER_LAST "}\n";
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

/* In a transaction of its own: flows that were lost, in one of the ways. */
static void lose(struct fixture *fixture, uint64_t *bin)
{
	spool_begin(fixture->spool);
	++*bin;
	if (bin == &spool_account(fixture->spool)->lost_error)
		spool_account(fixture->spool)->passed++;
	fixture_commit(fixture);
}

static void lose_one(struct fixture *fixture)
{
	lose(fixture, &spool_account(fixture->spool)->lost_error);
}

static void restart(struct fixture *fixture)
{
	fixture_kill(fixture);
	fixture_start(fixture);
}

static void assert_content(const struct fixture *fixture, const char *object, const char *expected)
{
	char *bytes = fixture_read(fixture, object, NULL);

	assert_non_null(bytes);
	assert_string_equal(bytes + OBJECT_HEAD_SIZE, expected);
	free(bytes);
}

/* Cuts and seals a lane's open segment, which has one record, and tells what its object says. */
static void assert_state(struct fixture *fixture, unsigned lane, const char *object, const char *expected)
{
	char *bytes, *at;

	fixture_cut(fixture, lane);
	assert_int_equal(fixture_seal(fixture), 1);
	bytes = fixture_read(fixture, object, NULL);
	assert_non_null(bytes);
	at = bytes + OBJECT_HEAD_SIZE + 1;
	assert_memory_equal(at, expected, strlen(expected));
	assert_int_equal(at[strlen(expected)], '|');
	free(bytes);
}

static void an_object_says_what_was_known_when_it_was_cut(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture, TAG_OTHER, 2);
	fixture_cut(fixture, TAG_OTHER);
	fixture_append(fixture, TAG_OTHER, 1);
	fixture_cut(fixture, TAG_OTHER);
	fixture_seal(fixture);
	assert_content(fixture, "other.0.2.2.object", "{ok|2[\"a0\",\"a1\"]2026-01-01T00:00:00Z,2026-01-01T00:00:05Z}\n");
	assert_content(fixture, "other.1.1.1.object", "{ok|1[\"a0\"]2026-01-01T00:00:05Z,2026-01-01T00:00:05Z}\n");
}

static void a_loss_of_any_kind_marks_the_open_object_of_each_tag_and_no_other(void **state)
{
	struct fixture *fixture = *state;
	struct account *account = spool_account(fixture->spool);
	uint64_t *bins[] = { &account->lost_ring, &account->lost_error, &account->lost_overflow, &account->lost_spool,
		&account->gaps, &account->probe_dropped };
	char name[64];

	for (unsigned i = 0; i < sizeof(bins) / sizeof(*bins); i++) {
		fixture_append(fixture, TAG_OTHER, 1);
		lose(fixture, bins[i]);
		snprintf(name, sizeof(name), "other.%u.1.1.object", 2 * i);
		assert_state(fixture, TAG_OTHER, name, "skip data");
		fixture_append(fixture, TAG_OTHER, 1);
		snprintf(name, sizeof(name), "other.%u.1.1.object", 2 * i + 1);
		assert_state(fixture, TAG_OTHER, name, "ok");
		fixture_durable(fixture);
		/* those in flight must not be too many */
		spool_begin(fixture->spool);
		assert_int_equal(spool_settle(fixture->spool, TAG_OTHER, 2 * i, NULL), 0);
		assert_int_equal(spool_settle(fixture->spool, TAG_OTHER, 2 * i + 1, NULL), 0);
		fixture_commit(fixture);
	}
	fixture_append(fixture, TAG_INGRESS, 1);
	lose_one(fixture);
	fixture_append(fixture, TAG_EGRESS, 1);
	assert_state(fixture, TAG_INGRESS, "ingress.0.1.1.object", "skip data");
	/* what was lost before a tag's first record is before its first object's time */
	assert_state(fixture, TAG_EGRESS, "egress.0.1.1.object", "ok");
}

static void a_loss_between_two_objects_is_the_later_one_s(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture, TAG_OTHER, 1);
	assert_state(fixture, TAG_OTHER, "other.0.1.1.object", "ok");
	lose_one(fixture);
	fixture_append(fixture, TAG_OTHER, 1);
	assert_state(fixture, TAG_OTHER, "other.1.1.1.object", "skip data");
}

static void a_cut_without_records_begins_the_time_anew(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture, TAG_OTHER, 1);
	assert_state(fixture, TAG_OTHER, "other.0.1.1.object", "ok");
	lose_one(fixture);
	fixture_cut(fixture, TAG_OTHER);
	fixture_append(fixture, TAG_OTHER, 1);
	assert_state(fixture, TAG_OTHER, "other.1.1.1.object", "ok");
}

static void a_loss_in_the_transaction_that_cuts_is_the_cut_object_s(void **state)
{
	struct fixture *fixture = *state;
	struct err err;

	fixture_append(fixture, TAG_OTHER, 1);
	spool_begin(fixture->spool);
	spool_account(fixture->spool)->lost_error++;
	spool_account(fixture->spool)->passed++;
	assert_int_equal(spool_cut(fixture->spool, TAG_OTHER, STREAM_MS + 1, 1, &err), 0);
	assert_int_equal(spool_append(fixture->spool, TAG_OTHER, "x", 1, 1, STREAM_MS + 1, 1, &err), 0);
	spool_account(fixture->spool)->passed++;
	fixture_commit(fixture);
	fixture_cut(fixture, TAG_OTHER);
	fixture_seal(fixture);
	assert_content(fixture, "other.0.1.1.object", "{skip data|1[\"a0\"]2026-01-01T00:00:00Z,2026-01-01T00:00:00Z}\n");
	assert_content(fixture, "other.1.1.1.object", "{ok|1[x]2026-01-01T00:00:00Z,2026-01-01T00:00:05Z}\n");
}

static void a_loss_that_was_undone_marks_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct err err;

	fixture_append(fixture, TAG_OTHER, 1);
	spool_begin(fixture->spool);
	spool_account(fixture->spool)->lost_error++;
	assert_int_equal(spool_cut(fixture->spool, TAG_OTHER, STREAM_MS + 1, 1, &err), 0);
	spool_undo(fixture->spool);
	assert_state(fixture, TAG_OTHER, "other.0.1.1.object", "ok");
}

static void the_mark_survives_a_killed_worker_while_the_segment_is_open(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture, TAG_OTHER, 1);
	fixture_append(fixture, TAG_INGRESS, 1);
	lose_one(fixture);
	assert_state(fixture, TAG_INGRESS, "ingress.0.1.1.object", "skip data");
	restart(fixture);
	assert_state(fixture, TAG_OTHER, "other.0.1.1.object", "skip data");
	/* the account that was found is no loss of this worker */
	fixture_append(fixture, TAG_INGRESS, 1);
	assert_state(fixture, TAG_INGRESS, "ingress.1.1.1.object", "ok");
}

static void an_object_sealed_again_has_the_same_bytes(void **state)
{
	struct fixture *fixture = *state;
	struct seal_job *job;
	struct err err;
	char *first, *second;
	size_t length = 0;

	fixture_append(fixture, TAG_OTHER, 1);
	lose_one(fixture);
	fixture_cut(fixture, TAG_OTHER);
	lose_one(fixture);
	job = spool_seal_next(fixture->spool, false);
	assert_non_null(job);
	assert_int_equal(seal_run(job, &err), 0);
	first = fixture_read(fixture, "other.0.1.1.object", &length);
	assert_non_null(first);
	/* killed before the commit that names it */
	free(job);
	restart(fixture);
	lose_one(fixture);
	assert_false(fixture_has(fixture, "other.0.1.1.object"));
	assert_int_equal(fixture_seal(fixture), 1);

	second = fixture_read(fixture, "other.0.1.1.object", NULL);
	assert_non_null(second);
	assert_memory_equal(first + OBJECT_HEAD_SIZE, second + OBJECT_HEAD_SIZE, length - OBJECT_HEAD_SIZE);
	assert_non_null(strstr(second + OBJECT_HEAD_SIZE, "{skip data|1["));
	free(first);
	free(second);
}

static void a_segment_lost_at_the_start_marks_the_others_that_are_open(void **state)
{
	struct fixture *fixture = *state;

	fixture_append(fixture, TAG_OTHER, 1);
	fixture_append(fixture, TAG_INGRESS, 1);
	fixture_kill(fixture);
	fixture_write(fixture, "ingress.0.segment", "?", 1, 0);
	fixture_start(fixture);
	assert_string_equal(fixture->last_event, "spool.segment_lost");
	assert_state(fixture, TAG_OTHER, "other.0.1.1.object", "skip data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_object_says_what_was_known_when_it_was_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loss_of_any_kind_marks_the_open_object_of_each_tag_and_no_other, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loss_between_two_objects_is_the_later_one_s, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cut_without_records_begins_the_time_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loss_in_the_transaction_that_cuts_is_the_cut_object_s, setup, teardown),
		cmocka_unit_test_setup_teardown(a_loss_that_was_undone_marks_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_mark_survives_a_killed_worker_while_the_segment_is_open, setup, teardown),
		cmocka_unit_test_setup_teardown(an_object_sealed_again_has_the_same_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_segment_lost_at_the_start_marks_the_others_that_are_open, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
