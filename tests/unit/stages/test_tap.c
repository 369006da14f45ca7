/* What the tap shows of batches, how much of it, and how it writes a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/err.h"
#include "worker/batch.h"
#include "worker/record.h"
#include "worker/tap.h"

enum { START = 1000, RECORDS = 1000, SIZE = 16 };

static const struct ipc_tap rates = { .records_s = 100, .bytes_s = 1 << 20 };

static struct tap tap;
static struct record records[RECORDS];
static char encoded[RECORDS * SIZE];
static struct batch batch;

/* What was shown, in order. */
static unsigned shown;
static unsigned numbers[4 * RECORDS];
static uint64_t skipped[4 * RECORDS], passed;
static bool deaf;

static int64_t at_ms(int64_t ms)
{
	return START * NS_PER_S + ms * NS_PER_MS;
}

static int set_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RECORDS; i++) {
		snprintf(encoded + (size_t)i * SIZE, SIZE, "{\"n\":\"%07u\"}", i);
		records[i] = (struct record){ .tag = i % TAG_COUNT, .flows = 1, .offset = i * SIZE, .length = 15 };
	}
	batch = (struct batch){ .records = records, .record_count = RECORDS, .encoded = encoded, .now_ms = 1234567 };
	shown = 0;
	passed = 0;
	deaf = false;
	tap_init(&tap);
	tap_set(&tap, 7, &rates, at_ms(0));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	tap_fini(&tap);
	return 0;
}

static bool show(void *owner, uint32_t session, const void *payload, size_t length)
{
	struct ipc_tap_record head;
	char text[64] = "";

	assert_ptr_equal(owner, &tap);
	assert_int_equal(session, tap.session);
	if (deaf)
		return false;
	assert_true(length > sizeof(head) && length - sizeof(head) < sizeof(text));
	memcpy(&head, payload, sizeof(head));
	memcpy(text, (const char *)payload + sizeof(head), length - sizeof(head));
	assert_int_equal(sscanf(text, "{\"n\":\"%u\"}", &numbers[shown]), 1);
	assert_int_equal(head.tag, numbers[shown] % TAG_COUNT);
	assert_int_equal(head.wall_ms, 1234567);
	skipped[shown] = head.skipped;
	passed += head.skipped + 1;
	shown++;
	return true;
}

static void feed(int64_t ms, uint32_t count)
{
	batch.record_count = count;
	tap_take(&tap, &batch, at_ms(ms));
}

static void commit(void)
{
	tap_commit(&tap, show, &tap);
}

static void nobody_looks_until_it_is_said_and_when_it_is_over(void **state)
{
	struct tap other;

	(void)state;
	assert_false(tap_is_on(NULL));
	tap_init(&other);
	assert_false(tap_is_on(&other));
	tap_fini(&other);
	assert_true(tap_is_on(&tap));
	tap_set(&tap, 8, &(struct ipc_tap){ 0 }, at_ms(1));
	assert_false(tap_is_on(&tap));
}

static void all_of_few_records_are_shown_in_order(void **state)
{
	(void)state;
	feed(0, 10);
	assert_int_equal(shown, 0);
	commit();
	feed(5, 3);
	commit();
	assert_int_equal(shown, 13);
	for (unsigned i = 0; i < 13; i++) {
		assert_int_equal(numbers[i], i < 10 ? i : i - 10);
		assert_int_equal(skipped[i], 0);
	}
}

static void of_many_as_many_as_a_second_allows_and_the_rest_is_counted(void **state)
{
	uint64_t fed = 0;

	(void)state;
	for (unsigned ms = 0; ms < 5000; ms += 5, fed += 100) {
		feed(ms, 100);
		commit();
	}
	/* the first second's share, and then 100 a second */
	assert_in_range(shown, 590, 600);
	assert_in_range(fed - passed, 0, 2000);
	for (unsigned i = 100; i < shown; i++)
		assert_in_range(skipped[i], 1, 400);
}

static void what_was_not_used_is_kept_for_a_second_only(void **state)
{
	(void)state;
	feed(0, RECORDS);
	commit();
	assert_int_equal(shown, 100);
	feed(60000, RECORDS);
	commit();
	assert_int_equal(shown, 200);
	feed(60100, RECORDS);
	commit();
	assert_int_equal(shown, 210);
}

/* No place in a message is preferred: of batches of 100 each place is seen about as often as another. */
static void every_place_in_a_batch_has_its_turn(void **state)
{
	unsigned seen[100] = { 0 };

	(void)state;
	for (unsigned ms = 1000; ms < 31000; ms += 10) {
		feed(ms, 100);
		commit();
	}
	assert_in_range(shown, 3000, 3200);
	for (unsigned i = 100; i < shown; i++)
		seen[numbers[i]]++;
	for (unsigned place = 0; place < 100; place++)
		assert_in_range(seen[place], 20, 40);
}

static void a_sample_of_one_batch_is_spread_over_it_in_order(void **state)
{
	(void)state;
	feed(0, RECORDS);
	commit();
	assert_int_equal(shown, 100);
	for (unsigned i = 1; i < shown; i++)
		assert_int_equal(numbers[i] - numbers[i - 1], 10);
	assert_int_equal(passed, numbers[99] + 1);
}

static void bytes_are_limited_too(void **state)
{
	(void)state;
	tap_set(&tap, 8, &(struct ipc_tap){ .records_s = 1000, .bytes_s = 150 }, at_ms(0));
	feed(0, 500);
	commit();
	assert_int_equal(shown, 10);
	feed(100, 500);
	commit();
	assert_int_equal(shown, 11);
	assert_int_equal(passed, 10 + skipped[10] + 1);
}

static void what_is_undone_is_not_shown_and_is_done_again_as_before(void **state)
{
	(void)state;
	feed(0, 10);
	commit();
	feed(0, RECORDS);
	tap_undo(&tap);
	commit();
	assert_int_equal(shown, 10);
	feed(0, 90);
	feed(0, 5);
	commit();
	assert_int_equal(shown, 100);
	feed(10, 1);
	commit();
	assert_int_equal(passed, 106);
}

static void what_cannot_be_told_is_told_with_the_next(void **state)
{
	(void)state;
	feed(0, 5);
	deaf = true;
	commit();
	feed(10, 4);
	commit();
	deaf = false;
	feed(20, 2);
	commit();
	assert_int_equal(shown, 2);
	assert_int_equal(skipped[0], 9);
	assert_int_equal(skipped[1], 0);
}

static void a_record_that_is_too_long_is_passed_over(void **state)
{
	char *longer = malloc(70000);

	(void)state;
	memset(longer, 'x', 70000);
	memcpy(longer, encoded, 15);
	records[0].length = 70000;
	batch.encoded = longer;
	feed(0, 1);
	records[0].length = 15;
	feed(1, 1);
	commit();
	assert_int_equal(shown, 1);
	assert_int_equal(skipped[0], 1);
	free(longer);
}

/* ---- texts ---- */

static void assert_text(const char *record, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 4096);
	assert_int_equal(tap_put_text(&out, record, strlen(record)), 0);
	assert_int_equal(buffer_append(&out, "", 1), 0);
	assert_string_equal(out.bytes, expected);
	buffer_fini(&out);
}

static void an_object_stays_as_it_is_on_one_line(void **state)
{
	(void)state;
	assert_text("{\"a\":1,\"b\":[\"x y\",null]}", "{\"a\":1,\"b\":[\"x y\",null]}");
	assert_text("{\n\t\"a\": 1,\r\n\t\"b\": {}\n}", "{\"a\": 1,\"b\": {}}");
	assert_text("{\"n\":18446744073709551615,\"f\":1.50,\"s\":\"\\u0000\\n\"}", "{\"n\":18446744073709551615,\"f\":1.50,\"s\":\"\\u0000\\n\"}");
}

static void anything_else_is_a_string(void **state)
{
	(void)state;
	assert_text("", "\"\"");
	assert_text("1,2,\"three\"\\\n", "\"1,2,\\\"three\\\"\\\\\\n\"");
	assert_text("{\"a\":1", "\"{\\\"a\\\":1\"");
	assert_text("{\"a\":\"\xff\"}", "\"{\\\"a\\\":\\\"\xef\xbf\xbd\\\"}\"");
	assert_text("{\"a\":\"x\ty\"}", "\"{\\\"a\\\":\\\"x\\ty\\\"}\"");
	assert_text("[1]", "\"[1]\"");
	assert_text("{} {}", "\"{} {}\"");
}

#define tap_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		tap_test(nobody_looks_until_it_is_said_and_when_it_is_over),
		tap_test(all_of_few_records_are_shown_in_order),
		tap_test(of_many_as_many_as_a_second_allows_and_the_rest_is_counted),
		tap_test(what_was_not_used_is_kept_for_a_second_only),
		tap_test(every_place_in_a_batch_has_its_turn),
		tap_test(a_sample_of_one_batch_is_spread_over_it_in_order),
		tap_test(bytes_are_limited_too),
		tap_test(what_is_undone_is_not_shown_and_is_done_again_as_before),
		tap_test(what_cannot_be_told_is_told_with_the_next),
		tap_test(a_record_that_is_too_long_is_passed_over),
		cmocka_unit_test(an_object_stays_as_it_is_on_one_line),
		cmocka_unit_test(anything_else_is_a_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
