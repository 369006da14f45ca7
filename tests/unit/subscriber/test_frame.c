/* WebSocket framing: messages come out whole however their bytes came in, and broken frames end the connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "subscriber/frame.h"

enum { MESSAGE_MAX = 200000, INPUT_MAX = 400000 };

static char input[INPUT_MAX + FRAME_PADDING];
static size_t input_length;

static int start(void **state)
{
	(void)state;
	input_length = 0;
	return 0;
}

/* An unmasked frame as a server sends it. */
static void put_frame(bool final, unsigned opcode, const char *payload, size_t length)
{
	unsigned char *out = (unsigned char *)input + input_length;
	size_t head = 2;

	out[0] = (unsigned char)((final ? 0x80 : 0) | opcode);
	if (length < 126) {
		out[1] = (unsigned char)length;
	} else if (length < 65536) {
		out[1] = 126;
		out[2] = (unsigned char)(length >> 8);
		out[3] = (unsigned char)length;
		head = 4;
	} else {
		out[1] = 127;
		for (unsigned i = 0; i < 8; i++)
			out[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
		head = 10;
	}
	if (length > 0)
		memcpy(out + head, payload, length);
	input_length += head + length;
}

/* What came out: opcode and length of each message, and a sum of all payload bytes. */
struct outcome {
	unsigned count;
	unsigned opcodes[8];
	size_t lengths[8];
	bool too_large[8];
	uint16_t code;
	uint64_t sum;
	int error;
};

static struct outcome parse(size_t step)
{
	struct outcome outcome = { 0 };
	struct frame_parser parser;
	char *chunk = malloc(step + FRAME_PADDING);

	frame_init(&parser, MESSAGE_MAX);
	for (size_t at = 0; at < input_length && outcome.error == 0; at += step) {
		size_t length = input_length - at < step ? input_length - at : step, done = 0;
		int result = 1;

		memcpy(chunk, input + at, length);
		while (result == 1) {
			struct frame_message message;
			struct err err;
			size_t used;

			result = frame_next(&parser, chunk + done, length - done, &used, &message, &err);
			if (result < 0)
				outcome.error = result;
			if (result != 1)
				break;
			done += used;
			assert_true(outcome.count < 8);
			outcome.opcodes[outcome.count] = message.opcode;
			outcome.lengths[outcome.count] = message.length;
			outcome.too_large[outcome.count++] = message.too_large;
			if (message.opcode == FRAME_CLOSE)
				outcome.code = message.close_code;
			for (size_t i = 0; !message.too_large && i < message.length; i++)
				outcome.sum = outcome.sum * 31 + (unsigned char)message.payload[i];
		}
	}
	free(chunk);
	frame_fini(&parser);
	return outcome;
}

static void assert_same_in_any_pieces(const struct outcome *whole)
{
	static const size_t steps[] = { 1, 2, 3, 7, 125, 1024, 65536 };

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct outcome pieces = parse(steps[i]);

		assert_memory_equal(&pieces, whole, sizeof(pieces));
	}
}

static void fill(char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(i * 7 + 1);
}

/* [1024, rest], [1024, 1024, 1], and everything in a first frame with an empty last one: as the analyzer sends. */
static void the_analyzers_fragments_become_one_message_each(void **state)
{
	static char payload[130000];
	struct outcome whole;

	(void)state;
	fill(payload, sizeof(payload));
	put_frame(false, FRAME_TEXT, payload, 1024);
	put_frame(true, FRAME_CONTINUATION, payload + 1024, 600);
	put_frame(false, FRAME_TEXT, payload, 1024);
	put_frame(false, FRAME_CONTINUATION, payload, 1024);
	put_frame(true, FRAME_CONTINUATION, payload, 1);
	put_frame(false, FRAME_TEXT, payload, sizeof(payload));
	put_frame(true, FRAME_CONTINUATION, NULL, 0);
	put_frame(true, FRAME_TEXT, payload, 5);
	whole = parse(INPUT_MAX);
	assert_int_equal(whole.error, 0);
	assert_int_equal(whole.count, 4);
	assert_int_equal(whole.lengths[0], 1624);
	assert_int_equal(whole.lengths[1], 2049);
	assert_int_equal(whole.lengths[2], sizeof(payload));
	assert_int_equal(whole.lengths[3], 5);
	assert_same_in_any_pieces(&whole);
}

static void control_frames_come_out_between_fragments(void **state)
{
	struct outcome whole;

	(void)state;
	put_frame(false, FRAME_TEXT, "ab", 2);
	put_frame(true, FRAME_PING, "x", 1);
	put_frame(true, FRAME_CONTINUATION, "cd", 2);
	put_frame(true, FRAME_CLOSE, "\x03\xe8" "bye", 5);
	whole = parse(INPUT_MAX);
	assert_int_equal(whole.count, 3);
	assert_int_equal(whole.opcodes[0], FRAME_PING);
	assert_int_equal(whole.opcodes[1], FRAME_TEXT);
	assert_int_equal(whole.lengths[1], 4);
	assert_int_equal(whole.opcodes[2], FRAME_CLOSE);
	assert_int_equal(whole.code, 1000);
	assert_same_in_any_pieces(&whole);
}

static void a_message_over_the_limit_is_skipped_and_the_next_one_read(void **state)
{
	static char payload[MESSAGE_MAX + 1];
	struct outcome whole;

	(void)state;
	put_frame(true, FRAME_TEXT, payload, sizeof(payload));
	put_frame(true, FRAME_TEXT, "ok", 2);
	whole = parse(INPUT_MAX);
	assert_int_equal(whole.error, 0);
	assert_int_equal(whole.count, 2);
	assert_true(whole.too_large[0]);
	assert_false(whole.too_large[1]);
	assert_same_in_any_pieces(&whole);
}

static void expect_error(const char *bytes, size_t length, int error)
{
	struct outcome outcome;

	memcpy(input, bytes, length);
	input_length = length;
	outcome = parse(INPUT_MAX);
	assert_int_equal(outcome.error, error);
	assert_same_in_any_pieces(&outcome);
}

static void what_rfc_6455_forbids_a_server_ends_the_connection(void **state)
{
	(void)state;
	expect_error("\x81\x85mask12345", 11, ERR_PROTOCOL);            /* masked */
	expect_error("\xc1\x01x", 3, ERR_PROTOCOL);                     /* reserved bit */
	expect_error("\x83\x01x", 3, ERR_PROTOCOL);                     /* reserved opcode */
	expect_error("\x09\x01x", 3, ERR_PROTOCOL);                     /* fragmented ping */
	expect_error("\x89\x7e\x00\x7e", 4, ERR_PROTOCOL);              /* ping of 126 bytes */
	expect_error("\x80\x01x", 3, ERR_PROTOCOL);                     /* continuation of nothing */
	expect_error("\x01\x01x\x01\x01x", 6, ERR_PROTOCOL);            /* a text inside a text */
	expect_error("\x88\x01x", 3, ERR_PROTOCOL);                     /* close with half a code */
	expect_error("\x81\x7f\x80\0\0\0\0\0\0\0", 10, ERR_PROTOCOL);   /* length with its highest bit */
	expect_error("\x81\x7f\x00\0\0\0\x80\0\0\0", 10, ERR_LIMIT);    /* 2 GiB */
}

static void frames_of_ours_are_masked_and_read_back(void **state)
{
	unsigned char frame[FRAME_HEADER_MAX + 200];
	size_t length = frame_build(FRAME_PONG, "hello", 5, 0x04030201, (char *)frame);
	const unsigned char *mask = frame + 2;

	(void)state;
	assert_int_equal(length, 2 + 4 + 5);
	assert_int_equal(frame[0], 0x80 | FRAME_PONG);
	assert_int_equal(frame[1], 0x80 | 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(frame[6 + i] ^ mask[i % 4], "hello"[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_analyzers_fragments_become_one_message_each, start),
		cmocka_unit_test_setup(control_frames_come_out_between_fragments, start),
		cmocka_unit_test_setup(a_message_over_the_limit_is_skipped_and_the_next_one_read, start),
		cmocka_unit_test_setup(what_rfc_6455_forbids_a_server_ends_the_connection, start),
		cmocka_unit_test_setup(frames_of_ours_are_masked_and_read_back, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
