/* A spool's ordinary life on a real folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
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

static void records_become_one_object_with_wrapper_and_separators(void **state)
{
	struct fixture *fixture = *state;
	struct spool_object object;
	struct object_head head;
	struct err err;
	char *bytes;

	fixture_append(fixture, TAG_INGRESS, 2);
	fixture_append(fixture, TAG_INGRESS, 1);
	fixture_cut(fixture, TAG_INGRESS);
	assert_int_equal(fixture_seal(fixture), 1);

	assert_true(spool_in_flight(fixture->spool, TAG_INGRESS, 0, &object));
	assert_string_equal(object.name, "ingress.0.3.3.object");
	bytes = fixture_read(fixture, object.name, NULL);
	assert_non_null(bytes);
	assert_string_equal(bytes + OBJECT_HEAD_SIZE, "[\"a0\",\"a1\",\"a0\"]\n");
	assert_int_equal(object_head_decode(&head, (unsigned char *)bytes, &err), 0);
	assert_string_equal(head.key, "logs/ingress/20260101T000000Z/00000000.json");
	assert_string_equal(head.tag, "ingress");
	assert_string_equal(head.bucket, "bucket");
	assert_int_equal(head.records, 3);
	assert_int_equal(head.bytes, 17);
	assert_int_equal(head.first_timestamp_ms, STREAM_MS);
	assert_int_equal(head.last_timestamp_ms, STREAM_MS + 5000);
	free(bytes);
	assert_account_adds_up(fixture);
}

static void an_object_may_be_sent_once_its_claim_is_durable(void **state)
{
	struct fixture *fixture = *state;
	struct spool_object object;

	fixture_append(fixture, TAG_OTHER, 1);
	fixture_cut(fixture, TAG_OTHER);
	fixture_seal(fixture);
	assert_true(spool_in_flight(fixture->spool, TAG_OTHER, 0, &object));
	assert_true(object.claim_commit > spool_durable_number(fixture->spool));
	assert_true(fixture_has(fixture, "other.0.segment"));

	assert_true(fixture_durable(fixture));

	assert_true(object.claim_commit <= spool_durable_number(fixture->spool));
	assert_false(fixture_has(fixture, "other.0.segment"));
	assert_false(fixture_durable(fixture));
}

static void a_settled_object_is_written_and_gone(void **state)
{
	struct fixture *fixture = *state;
	struct spool_totals totals;
	struct err err;

	fixture_make_object(fixture, TAG_OTHER, 5);
	spool_begin(fixture->spool);
	assert_int_equal(spool_settle(fixture->spool, TAG_OTHER, 0, &err), 0);
	fixture_commit(fixture);
	assert_true(fixture_durable(fixture));

	spool_totals(fixture->spool, &totals);
	assert_int_equal(totals.objects, 0);
	assert_int_equal(totals.bytes, 0);
	assert_int_equal(spool_account(fixture->spool)->written, 5);
	assert_int_equal(fixture_count(fixture, ".object"), 0);
	assert_account_adds_up(fixture);
}

static void an_undone_transaction_leaves_no_trace(void **state)
{
	struct fixture *fixture = *state;
	struct spool_lane before, after;
	struct err err;
	char *bytes;

	fixture_append(fixture, TAG_OTHER, 2);
	spool_lane(fixture->spool, TAG_OTHER, &before);
	spool_begin(fixture->spool);
	assert_int_equal(spool_append(fixture->spool, TAG_OTHER, "x", 1, 1, STREAM_MS, 1, &err), 0);
	assert_int_equal(spool_cut(fixture->spool, TAG_OTHER, STREAM_MS, 1, &err), 0);
	assert_int_equal(spool_append(fixture->spool, TAG_OTHER, "y", 1, 1, STREAM_MS, 1, &err), 0);
	spool_undo(fixture->spool);

	spool_lane(fixture->spool, TAG_OTHER, &after);
	assert_int_equal(after.open, before.open);
	assert_int_equal(after.open_records, before.open_records);
	assert_int_equal(after.open_bytes, before.open_bytes);
	assert_int_equal(after.entries, before.entries);
	assert_int_equal(after.waiting_flows, before.waiting_flows);
	assert_int_equal(after.stream_number, before.stream_number);
	assert_int_equal(after.last_cut_ms, before.last_cut_ms);
	fixture_append(fixture, TAG_OTHER, 1);
	fixture_cut(fixture, TAG_OTHER);
	fixture_seal(fixture);
	bytes = fixture_read(fixture, "other.0.3.3.object", NULL);
	assert_non_null(bytes);
	assert_string_equal(bytes + OBJECT_HEAD_SIZE, "[\"a0\",\"a1\",\"a0\"]\n");
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_become_one_object_with_wrapper_and_separators, setup, teardown),
		cmocka_unit_test_setup_teardown(an_object_may_be_sent_once_its_claim_is_durable, setup, teardown),
		cmocka_unit_test_setup_teardown(a_settled_object_is_written_and_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(an_undone_transaction_leaves_no_trace, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
