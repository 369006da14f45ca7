/* Names, times, encodings: what is accepted, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/text.h"

static bool is_name(const char *text)
{
	return text_is_name(text, strlen(text));
}

static void a_name_has_1_to_63_small_letters_digits_and_hyphens_within(void **state)
{
	char longest[65];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[63] = '\0';
	assert_true(is_name("a") && is_name("7") && is_name("a-b") && is_name("a--b") && is_name(longest));
	longest[63] = 'a';
	longest[64] = '\0';
	assert_false(is_name("") || is_name("-a") || is_name("a-") || is_name("A") || is_name("a_b") || is_name("a.b") ||
		is_name("a/b") || is_name("\xc3\xa4") || is_name("!") || is_name(longest));
	assert_false(text_is_name("a\0b", 3));
}

static bool is_file_name(const char *text)
{
	return text_is_file_name(text, strlen(text));
}

static void a_file_of_the_web_ui_has_a_plain_name(void **state)
{
	char longest[65];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[63] = '\0';
	assert_true(is_file_name("a") && is_file_name("main-HWKX_6KO.min.js") && is_file_name("_") && is_file_name("a..b") &&
		is_file_name(longest));
	longest[63] = 'a';
	longest[64] = '\0';
	assert_false(is_file_name("") || is_file_name(".") || is_file_name("..") || is_file_name(".a") || is_file_name("a/b") ||
		is_file_name("a\\b") || is_file_name("a b") || is_file_name("a\"") || is_file_name("\xc3\xa4") || is_file_name(longest));
	assert_false(text_is_file_name("a\0b", 3));
}

static void gzip_is_taken_where_it_has_a_weight(void **state)
{
	static const char *const taken[] = { "gzip", "GZIP", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8, *;q=0.1", "br,gzip", "*",
		"gzip;q=1", "gzip ; q=0.001", "gzip;q=0.5,br;q=0", "identity;q=0, *", ", gzip", "*;q=0, gzip", "x-gzip, gzip" };
	static const char *const not_taken[] = { "", "identity", "br", "gzip;q=0", "gzip;q=0, br;q=1", "gzip; q=0.000, *", "*;q=0",
		"GZIP;Q=0", "gzipped", "gzi", "x-gzip", "br;gzip", ",", ";", "gzip;q=" };

	(void)state;
	assert_false(text_takes_gzip(NULL));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (!text_takes_gzip(taken[i]))
			fail_msg("%s", taken[i]);
	}
	for (size_t i = 0; i < sizeof(not_taken) / sizeof(not_taken[0]); i++) {
		if (text_takes_gzip(not_taken[i]))
			fail_msg("%s", not_taken[i]);
	}
}

static void what_is_not_utf8_is_seen(void **state)
{
	static const char *const wrong[] = { "\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80", "\xff", "a\xe2\x82", "\xf8\x88\x80\x80\x80" };

	(void)state;
	assert_true(text_is_utf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_is_utf8(wrong[i], strlen(wrong[i])));
}

static void what_was_cut_inside_a_character_loses_its_rest(void **state)
{
	static const struct { const char *text, *clean; } cases[] = { { "", "" }, { "ab", "ab" },
		{ "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" }, { "a\xe2\x82", "a" },
		{ "a\xe2\x82 b", "a b" }, { "\xf0\x9f\x98", "" }, { "\xff\xc3\xa4", "\xc3\xa4" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[32];

		snprintf(text, sizeof(text), "%s", cases[i].text);
		text_make_utf8(text);
		assert_string_equal(text, cases[i].clean);
	}
}

static void percent_signs_are_decoded_once_and_keep_slashes_and_nuls(void **state)
{
	char text[] = "a%2Fb%00c%252F+";
	char plus[] = "a+b%2B";
	char cut[] = "a%2";
	char wrong[] = "a%zz";
	size_t length = strlen(text);

	(void)state;
	assert_true(text_decode(text, &length, false));
	assert_int_equal(length, 9);
	assert_memory_equal(text, "a/b\0c%2F+", 9);
	length = strlen(plus);
	assert_true(text_decode(plus, &length, true));
	assert_string_equal(plus, "a b+");
	length = 3;
	assert_false(text_decode(cut, &length, false));
	length = 4;
	assert_false(text_decode(wrong, &length, false));
}

static void durations_have_a_unit_and_a_limit(void **state)
{
	static const char *const wrong[] = { "", "10", "s", "-1s", "1.5s", "10 s", "10S", "1d", "301s", "6m", "1h",
		"99999999999999999999s", "10ss" };
	int64_t ms;

	(void)state;
	assert_true(text_duration("10s", 300000, &ms) && ms == 10000);
	assert_true(text_duration("500ms", 300000, &ms) && ms == 500);
	assert_true(text_duration("5m", 300000, &ms) && ms == 300000);
	assert_true(text_duration("0s", 300000, &ms) && ms == 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_duration(wrong[i], 300000, &ms));
}

static void times_are_rfc_3339(void **state)
{
	static const char *const wrong[] = { "", "2030-01-31", "2030-02-31T00:00:00Z", "2030-01-31 00:00:00Z",
		"2030-01-31T00:00:00", "2030-13-01T00:00:00Z", "2030-01-31T24:00:00Z", "2030-01-31T00:00:00+2",
		"2030-01-31T00:00:00Zx", "1969-12-31T23:59:59Z", "2030-01-31T00:00:00.Z", "20300-01-31T00:00:00Z" };
	char text[TEXT_TIME_SIZE];
	int64_t ms;

	(void)state;
	assert_true(text_time("2026-11-24T10:00:00Z", &ms) && ms == 1795514400000);
	assert_true(text_time("2026-11-24T12:00:00.123+02:00", &ms) && ms == 1795514400000);
	text_print_time(ms, text);
	assert_string_equal(text, "2026-11-24T10:00:00Z");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_time(wrong[i], &ms));
}

static void base64url_comes_back_and_has_one_form_only(void **state)
{
	static const char *const wrong[] = { "A", "AB=", "AB", "A+", "A/", "AAAAA" };
	unsigned char bytes[256], back[256];
	char text[400];
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37);
	for (size_t i = 0; i <= sizeof(bytes); i++) {
		assert_true(text_encode64(bytes, i, text, sizeof(text)));
		assert_true(text_decode64(text, back, sizeof(back), &length));
		assert_int_equal(length, i);
		assert_memory_equal(back, bytes, i);
	}
	assert_false(text_encode64(bytes, 256, text, 342));
	assert_false(text_decode64(text, back, 255, &length));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(text_decode64(wrong[i], back, sizeof(back), &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_1_to_63_small_letters_digits_and_hyphens_within),
		cmocka_unit_test(a_file_of_the_web_ui_has_a_plain_name),
		cmocka_unit_test(gzip_is_taken_where_it_has_a_weight),
		cmocka_unit_test(what_is_not_utf8_is_seen),
		cmocka_unit_test(what_was_cut_inside_a_character_loses_its_rest),
		cmocka_unit_test(percent_signs_are_decoded_once_and_keep_slashes_and_nuls),
		cmocka_unit_test(durations_have_a_unit_and_a_limit),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(base64url_comes_back_and_has_one_form_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
