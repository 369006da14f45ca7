/* Texts that are no JSON, at every byte, and the decoder's limits: refused as jansson refuses, and nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buffer.h"
#include "tests/unit/subscriber/support_decode.h"

static const char message[] = "{\"Namespace\":\"flow\",\"Type\":\"store\",\"UUID\":\"16dab2ec\",\"Status\":200,\"Obj\":[{\"UUID\":\"b2394683c267653c\","
	"\"Application\":\"\\u00e9\xc3\xa9\xe6\x97\xa5\\ud83d\\ude00\\n\",\"Link\":{\"Protocol\":\"ETHERNET\",\"ID\":0},"
	"\"DNS\":{\"a\":[1,-2.5e+3,true,null,{}],\"b\":false},\"Metric\":{\"ABPackets\":1795425075966},\"FinishType\":1}]}";

static void test_a_message_cut_anywhere_is_refused(void **state)
{
	for (size_t length = 0; length < sizeof(message) - 1; length++)
		assert_int_equal(decode_bytes(*state, message, length), ERR_INVALID);
	assert_int_equal(decode_bytes(*state, message, sizeof(message) - 1), 0);
}

static void test_any_byte_changed_gives_what_jansson_gives(void **state)
{
	static const char others[] = "\"\\{}[],: 0e-.x\n\x1f\x7f\x80\xc3\xf4\xff";
	char changed[sizeof(message)];

	for (size_t at = 0; at < sizeof(message) - 1; at++) {
		memcpy(changed, message, sizeof(message));
		/* the terminator too: a NUL byte */
		for (size_t i = 0; i < sizeof(others); i++) {
			changed[at] = others[i];
			decode_bytes(*state, changed, sizeof(message) - 1);
		}
	}
}

static void test_what_is_no_json_is_refused(void **state)
{
	static const char *const values[] = { "01", "-", "-01", "1.", ".5", "1.e5", "1e", "1e+", "+1", "0x1", "1a", "tru", "True",
		"nul", "nulll", "NaN", "Infinity", "'a'", "\"a", "a\"", "\"\t\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"\\ud800\"",
		"\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"\x80\"", "\"\xc0\xaf\"",
		"\"\xc1\x81\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"", "\"\xf0\x80\x80\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"",
		"\"\xc3\"", "\"\xe6\x97\"", "\"\xf0\x9f\x98\"", "\"\xff\"", "{", "}", "[", "]", "{]", "[}", "[1,]", "[,1]", "[1 2]", "{\"a\"}",
		"{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "[1]]", "{}}", "1,", ",1", "/**/1", "1 //" };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		static const char *const places[] = { "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[%s]}",
			"{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"Start\":%s}]}",
			"{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"Link\":%s}]}",
			"{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"unknown\":[%s]}]}",
			"{\"Namespace\":%s,\"Type\":\"store\",\"Obj\":[]}", "{\"Type\":\"other\",\"Obj\":%s}" };

		for (size_t place = 0; place < sizeof(places) / sizeof(*places); place++) {
			char text[256];

			snprintf(text, sizeof(text), places[place], values[i]);
			if (decode_text(*state, text) != ERR_INVALID)
				fail_msg("accepted: %s", text);
		}
	}
}

static void test_what_is_no_message_is_refused(void **state)
{
	static const char *const texts[] = { "", " ", "null", "1", "\"flow\"", "[]", "[{\"Namespace\":\"flow\"}]", "{}{}", "{} x", "\xef\xbb\xbf{}",
		"{\"Namespace\":[]}", "{\"Type\":1}", "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":1}",
		"{\"Obj\":\"x\",\"Namespace\":\"flow\",\"Type\":\"store\"}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(decode_text(*state, texts[i]), ERR_INVALID);
}

static void test_a_nul_byte_is_refused_even_behind_a_number(void **state)
{
	assert_int_equal(decode_bytes(*state, "{\"Obj\":[1\0]}", 12), ERR_INVALID);
	assert_int_equal(decode_bytes(*state, "{}\0", 3), ERR_INVALID);
}

static void test_the_refusal_names_the_byte(void **state)
{
	struct decode_test *test = *state;

	assert_int_equal(decode_text(test, "{\"Obj\":[1 2]}"), ERR_INVALID);
	assert_string_equal(test->err.message, "byte 10: ',' or ']' expected");
	assert_int_equal(decode_text(test, "{\"Obj\":\"\t\"}"), ERR_INVALID);
	assert_string_equal(test->err.message, "byte 8: control character in a string");
}

/* A message whose Obj is nested to `depth` in all, the innermost value a number. */
static int decode_nested(struct decode_test *test, const char *head, const char *open, const char *close, unsigned depth)
{
	struct buffer text;
	int result;

	buffer_init(&text, 1 << 20);
	buffer_append_text(&text, head);
	for (unsigned i = 0; i < depth; i++)
		buffer_append_text(&text, open);
	buffer_append_text(&text, "1");
	for (unsigned i = 0; i < depth; i++)
		buffer_append_text(&text, close);
	buffer_append_text(&text, strchr(head, '[') != NULL ? "}]}" : "}");
	result = decode_bytes(test, text.bytes, text.length);
	buffer_fini(&text);
	return result;
}

static void test_nesting_ends_where_janssons_does(void **state)
{
	static const char in_flow[] = "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{\"x\":";

	/* the message is 1, and the number is one deeper than the last bracket */
	assert_int_equal(decode_nested(*state, "{\"Obj\":", "[", "]", 2046), 0);
	assert_int_equal(decode_nested(*state, "{\"Obj\":", "[", "]", 2047), ERR_INVALID);
	assert_int_equal(decode_nested(*state, "{\"Obj\":", "{\"a\":", "}", 2046), 0);
	assert_int_equal(decode_nested(*state, "{\"Obj\":", "{\"a\":", "}", 2047), ERR_INVALID);
	assert_int_equal(decode_nested(*state, in_flow, "[", "]", 2044), 0);
	assert_int_equal(decode_nested(*state, in_flow, "[", "]", 2045), ERR_INVALID);
}

static void test_more_flows_than_allowed_refuse_the_message_alone(void **state)
{
	static const char four[] = "{\"Namespace\":\"flow\",\"Type\":\"store\",\"Obj\":[{},null,{},{},{}]}";
	struct decode_test test = { 0 };
	char text[sizeof(four) + DECODE_PADDING] = { 0 };

	(void)state;
	memcpy(text, four, sizeof(four));
	assert_int_equal(decoder_new(&test.decoder, 3, &test.err), 0);
	assert_int_equal(decoder_message(test.decoder, text, sizeof(four) - 1, &test.out, &test.err), ERR_LIMIT);
	assert_int_equal(test.out.count, 0);
	memcpy(strstr(text, ",{}]"), "   ]", 4);
	assert_int_equal(decoder_message(test.decoder, text, sizeof(four) - 1, &test.out, &test.err), 0);
	assert_int_equal(test.out.count, 3);
	assert_int_equal(test.out.malformed, 1);
	decoder_free(&test.decoder);
}

static void test_a_thousand_flows_of_one_message_are_all_there(void **state)
{
	struct decode_test *test = *state;
	struct buffer flows;

	buffer_init(&flows, 1 << 20);
	for (unsigned i = 0; i < 1000; i++)
		buffer_printf(&flows, "%s{\"Start\":%u}", i > 0 ? "," : "", i);
	buffer_append(&flows, "", 1);
	decode_flows(test, flows.bytes);
	assert_int_equal(test->out.count, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(test->out.flows[i].start, i);
	buffer_fini(&flows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_message_cut_anywhere_is_refused),
		cmocka_unit_test(test_any_byte_changed_gives_what_jansson_gives),
		cmocka_unit_test(test_what_is_no_json_is_refused),
		cmocka_unit_test(test_what_is_no_message_is_refused),
		cmocka_unit_test(test_a_nul_byte_is_refused_even_behind_a_number),
		cmocka_unit_test(test_the_refusal_names_the_byte),
		cmocka_unit_test(test_nesting_ends_where_janssons_does),
		cmocka_unit_test(test_more_flows_than_allowed_refuse_the_message_alone),
		cmocka_unit_test(test_a_thousand_flows_of_one_message_are_all_there),
	};

	return cmocka_run_group_tests(tests, decode_setup, decode_teardown);
}
