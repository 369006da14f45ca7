/* Streams: what is written is sent, and nothing is ever silently left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "api/stream_private.h"
#include "common/buffer.h"

static int wakes, closes;

static void on_wake(void *owner)
{
	(void)owner;
	wakes++;
}

static void on_closed(void *owner)
{
	(void)owner;
	closes++;
}

static struct api_stream *make(void)
{
	struct api_stream *stream;

	wakes = closes = 0;
	assert_int_equal(api_stream_new(&stream, NULL), 0);
	api_stream_owner(stream, on_closed, NULL);
	stream_attach(stream, on_wake, NULL);
	return stream;
}

static void assert_taken(struct api_stream *stream, const char *expected)
{
	char bytes[512];
	ssize_t length = stream_take(stream, bytes, sizeof(bytes));

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(bytes, expected, (size_t)length);
}

static void events_have_an_id_a_name_and_a_line_for_each_line(void **state)
{
	struct api_stream *stream = make();

	(void)state;
	assert_int_equal(api_stream_event(stream, "7", "status", "{\"a\":1}"), 0);
	assert_taken(stream, "id: 7\nevent: status\ndata: {\"a\":1}\n\n");
	/* a line end within is a line end, whichever: nothing in data can begin another field */
	assert_int_equal(api_stream_event(stream, NULL, NULL, "one\ntwo\r\nid: 9\rfour"), 0);
	assert_taken(stream, "data: one\ndata: two\ndata: id: 9\ndata: four\n\n");
	assert_int_equal(api_stream_event(stream, "1\nevent: x", "y\rz", ""), 0);
	assert_taken(stream, "id: 1\nevent: y\ndata: \n\n");
	stream_drop(stream);
}

static void the_sender_is_woken_once_for_what_comes_while_it_waits(void **state)
{
	struct api_stream *stream = make();
	char bytes[4];

	(void)state;
	api_stream_send(stream, "ab", 2);
	assert_int_equal(wakes, 0);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), 2);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_WAIT);
	api_stream_send(stream, "cdefg", 5);
	api_stream_send(stream, "h", 1);
	assert_int_equal(wakes, 1);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), 4);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), 2);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_WAIT);
	stream_drop(stream);
}

static void a_client_that_does_not_read_is_disconnected_and_its_owner_told(void **state)
{
	struct api_stream *stream = make();
	char block[4096] = "";
	char bytes[16];
	int error = 0;
	size_t sent = 0;

	(void)state;
	for (; error == 0; sent += sizeof(block))
		error = api_stream_send(stream, block, sizeof(block));
	assert_int_equal(error, ERR_LIMIT);
	assert_true(sent > API_STREAM_CAP && sent <= API_STREAM_CAP + 2 * sizeof(block));
	assert_int_equal(api_stream_send(stream, "x", 1), ERR_CLOSED);
	assert_int_equal(closes, 0);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_BROKEN);
	stream_drop(stream);
	assert_int_equal(closes, 1);
}

static void an_event_that_nothing_can_hold_breaks_the_stream_too(void **state)
{
	struct api_stream *stream = make();
	char *data = malloc(API_STREAM_CAP + 1);
	char bytes[16];

	(void)state;
	memset(data, 'x', API_STREAM_CAP);
	data[API_STREAM_CAP] = '\0';
	assert_int_equal(api_stream_event(stream, NULL, NULL, data), ERR_LIMIT);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_BROKEN);
	free(data);
	stream_drop(stream);
}

static void what_is_kept_is_sent_before_the_end_and_the_owner_hears_no_more(void **state)
{
	struct api_stream *stream = make();
	char bytes[16];

	(void)state;
	api_stream_send(stream, "last", 4);
	api_stream_end(stream);
	assert_int_equal(api_stream_send(stream, "x", 1), ERR_CLOSED);
	assert_taken(stream, "last");
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_END);
	stream_drop(stream);
	assert_int_equal(closes, 0);
}

static void a_heartbeat_is_a_comment_and_only_sent_into_silence(void **state)
{
	struct api_stream *stream = make();

	(void)state;
	stream_beat(stream);
	assert_taken(stream, ":\n\n");
	api_stream_send(stream, "x", 1);
	stream_beat(stream);
	assert_taken(stream, "x");
	stream_drop(stream);
	stream_drop(NULL);
}

/* ---- streams with a source ---- */

static const char *source_text;       /* what fill() gives next; NULL: nothing now */
static int source_result, asked;

static int on_fill(void *owner, struct buffer *out)
{
	(void)owner;
	asked++;
	if (source_text != NULL)
		assert_int_equal(buffer_append(out, source_text, strlen(source_text)), 0);
	source_text = NULL;
	return source_result;
}

static struct api_stream *make_with_source(const char *text, int result)
{
	struct api_stream *stream = make();

	source_text = text;
	source_result = result;
	asked = 0;
	api_stream_source(stream, on_fill);
	return stream;
}

static void a_source_is_asked_only_when_everything_was_taken(void **state)
{
	struct api_stream *stream = make_with_source("abcdef", 0);
	char bytes[4];

	(void)state;
	assert_int_equal(asked, 0);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), 4);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), 2);
	assert_int_equal(asked, 1);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_WAIT);
	source_text = "gh";
	api_stream_wake(stream);
	api_stream_wake(stream);
	assert_int_equal(wakes, 1);
	assert_taken(stream, "gh");
	stream_drop(stream);
	assert_int_equal(closes, 1);
}

static void the_end_of_a_source_is_the_end_behind_its_last_bytes(void **state)
{
	struct api_stream *stream = make_with_source("last", STREAM_DONE);
	char bytes[16];

	(void)state;
	assert_taken(stream, "last");
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_END);
	assert_int_equal(asked, 1);
	/* it is told all the same: what it has is to be given up */
	stream_drop(stream);
	assert_int_equal(closes, 1);
}

static void a_source_that_fails_disconnects(void **state)
{
	struct api_stream *stream = make_with_source(NULL, ERR_LIMIT);
	char bytes[16];

	(void)state;
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_BROKEN);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_BROKEN);
	stream_drop(stream);
	assert_int_equal(closes, 1);
}

static void the_servers_own_end_is_told_to_the_owner(void **state)
{
	struct api_stream *stream = make_with_source("more", 0);
	char bytes[16];

	(void)state;
	stream_finish(stream);
	assert_int_equal(stream_take(stream, bytes, sizeof(bytes)), STREAM_END);
	assert_int_equal(asked, 0);
	stream_drop(stream);
	assert_int_equal(closes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_have_an_id_a_name_and_a_line_for_each_line),
		cmocka_unit_test(the_sender_is_woken_once_for_what_comes_while_it_waits),
		cmocka_unit_test(a_client_that_does_not_read_is_disconnected_and_its_owner_told),
		cmocka_unit_test(an_event_that_nothing_can_hold_breaks_the_stream_too),
		cmocka_unit_test(what_is_kept_is_sent_before_the_end_and_the_owner_hears_no_more),
		cmocka_unit_test(a_source_is_asked_only_when_everything_was_taken),
		cmocka_unit_test(the_end_of_a_source_is_the_end_behind_its_last_bytes),
		cmocka_unit_test(a_source_that_fails_disconnects),
		cmocka_unit_test(the_servers_own_end_is_told_to_the_owner),
		cmocka_unit_test(a_heartbeat_is_a_comment_and_only_sent_into_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
