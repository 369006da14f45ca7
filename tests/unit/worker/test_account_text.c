/* The account file's text, and its base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "worker/account_text.h"

static void it_is_written_as_the_exporter_does_and_read_again(void **state)
{
	static const char expected[] = "{\n \"version\": \"1.1.0\",\n \"accumulate-start\": 1,\n \"accumulate-end\": 20,\n"
		" \"accumulate-bytes\": 300,\n \"current-start\": 20,\n \"current-end\": 20,\n \"current-bytes\": 40\n}";
	const struct account_figures figures = { 1, 20, 300, 20, 20, 40 };
	struct account_figures found;
	struct buffer text;
	struct err err;

	(void)state;
	buffer_init(&text, ACCOUNT_TEXT_MAX);
	assert_int_equal(account_text_write(&figures, &text), 0);
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.bytes, expected, text.length);
	assert_int_equal(account_text_read(&found, text.bytes, text.length, &err), 0);
	assert_memory_equal(&found, &figures, sizeof(found));
	/* any part of it is none */
	for (size_t length = 0; length < text.length; length++)
		assert_int_equal(account_text_read(&found, text.bytes, length, &err), ERR_CORRUPT);
	buffer_fini(&text);
}

static void what_is_no_account_is_refused(void **state)
{
	static const char *const texts[] = { "", "[]", "{}", "null",
		"{\"version\":\"0\",\"accumulate-start\":1,\"accumulate-end\":1,\"accumulate-bytes\":1,\"current-start\":1,"
		"\"current-end\":1,\"current-bytes\":1}",
		"{\"version\":\"1.1.0\",\"accumulate-start\":2,\"accumulate-end\":1,\"accumulate-bytes\":1,\"current-start\":1,"
		"\"current-end\":1,\"current-bytes\":1}",
		"{\"version\":\"1.1.0\",\"accumulate-start\":1,\"accumulate-end\":1,\"accumulate-bytes\":-1,\"current-start\":1,"
		"\"current-end\":1,\"current-bytes\":1}",
		"{\"version\":\"1.1.0\",\"accumulate-start\":1,\"accumulate-end\":1,\"accumulate-bytes\":1.5,\"current-start\":1,"
		"\"current-end\":1,\"current-bytes\":1}" };
	struct account_figures found;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(account_text_read(&found, texts[i], strlen(texts[i]), &err), ERR_CORRUPT);
}

static void a_base_is_kept_whole(void **state)
{
	const struct account_base base = { .path = "a/\"b\".json", .bytes = 5, .written = UINT64_C(1) << 60, .start_ms = 7,
		.made = true };
	struct account_base found;
	struct buffer text;
	struct err err;

	(void)state;
	buffer_init(&text, ACCOUNT_TEXT_MAX);
	assert_int_equal(account_base_write(&base, &text), 0);
	assert_int_equal(account_base_read(&found, text.bytes, text.length, &err), 0);
	assert_string_equal(found.path, base.path);
	assert_int_equal(found.bytes, base.bytes);
	assert_int_equal(found.written, base.written);
	assert_int_equal(found.start_ms, base.start_ms);
	assert_true(found.made);
	account_base_fini(&found);
	assert_int_equal(account_base_read(&found, text.bytes, text.length - 1, &err), ERR_CORRUPT);
	assert_null(found.path);
	buffer_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_written_as_the_exporter_does_and_read_again),
		cmocka_unit_test(what_is_no_account_is_refused),
		cmocka_unit_test(a_base_is_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
