/* What a value of an option may be, wherever it stands, and how options change hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/log.h"
#include "supervisor/line_options.h"
#include "supervisor/log_print.h"

struct all {
	char *path, *maybe, *text, *host_id;
	enum log_level level;
	enum log_format format;
	unsigned seconds, count;
	uint64_t size;
	size_t ring_size;
	bool flag;
	struct line_list list;
};

static const struct line_option rows[] = {
	{ "path", LINE_OPTION_PATH, offsetof(struct all, path), false },
	{ "maybe", LINE_OPTION_PATH_OR_NONE, offsetof(struct all, maybe), false },
	{ "text", LINE_OPTION_TEXT, offsetof(struct all, text), false },
	{ "host-id", LINE_OPTION_HOST_ID, offsetof(struct all, host_id), false },
	{ "level", LINE_OPTION_LEVEL, offsetof(struct all, level), false },
	{ "format", LINE_OPTION_FORMAT, offsetof(struct all, format), false },
	{ "seconds", LINE_OPTION_SECONDS, offsetof(struct all, seconds), false },
	{ "count", LINE_OPTION_COUNT, offsetof(struct all, count), false },
	{ "size", LINE_OPTION_SIZE, offsetof(struct all, size), false },
	{ "ring-size", LINE_OPTION_RING_SIZE, offsetof(struct all, ring_size), false },
	{ "flag", LINE_OPTION_FLAG, offsetof(struct all, flag), false },
	{ "list", LINE_OPTION_LIST, offsetof(struct all, list), false },
	{ 0 },
};

static int take(struct all *all, const char *name, const char *value, struct err *err)
{
	return line_option_take(line_options_find(rows, name, strlen(name)), all, value, err);
}

static void values_in_their_range_are_taken(void **state)
{
	struct all all = { 0 };

	(void)state;
	assert_int_equal(take(&all, "path", "/a", NULL), 0);
	assert_int_equal(take(&all, "path", "/b", NULL), 0);
	assert_string_equal(all.path, "/b");
	assert_int_equal(take(&all, "maybe", "", NULL), 0);
	assert_string_equal(all.maybe, "");
	assert_int_equal(take(&all, "host-id", "edge-7", NULL), 0);
	assert_string_equal(all.host_id, "edge-7");
	assert_int_equal(take(&all, "level", "error", NULL), 0);
	assert_int_equal(all.level, LOG_ERROR);
	assert_int_equal(take(&all, "format", "json", NULL), 0);
	assert_int_equal(all.format, LOG_FORMAT_JSON);
	assert_int_equal(take(&all, "seconds", "86400s", NULL), 0);
	assert_int_equal(all.seconds, 86400);
	assert_int_equal(take(&all, "count", "100000", NULL), 0);
	assert_int_equal(all.count, 100000);
	assert_int_equal(take(&all, "size", "20G", NULL), 0);
	assert_true(all.size == UINT64_C(20) << 30);
	assert_int_equal(take(&all, "ring-size", "4G", NULL), 0);
	assert_true(all.ring_size == (size_t)4 << 30);
	assert_int_equal(take(&all, "flag", NULL, NULL), 0);
	assert_true(all.flag);
	assert_int_equal(take(&all, "flag", "false", NULL), 0);
	assert_false(all.flag);
	line_options_fini(rows, &all);
	assert_null(all.path);
}

static void what_is_out_of_range_is_refused_and_changes_nothing(void **state)
{
	static const struct { const char *name, *value, *said; } mistakes[] = {
		{ "path", "", "the path is empty" }, { "text", "", "the value is empty" }, { "host-id", "", "the id is empty" },
		{ "host-id", "a\nb", "the id contains a line break" }, { "level", "loud", "\"loud\" is none of debug, info, warn, error" },
		{ "format", "xml", "\"xml\" is neither text nor json" },
		{ "seconds", "1K", "\"1K\" is no number of seconds from 0 to 86400" },
		{ "seconds", "86401", "\"86401\" is no number of seconds from 0 to 86400" },
		{ "seconds", "-1", "\"-1\" is no number of seconds from 0 to 86400" },
		{ "seconds", "", "\"\" is no number of seconds from 0 to 86400" },
		{ "count", "1K", "\"1K\" is no number from 0 to 100000" }, { "count", "5s", "\"5s\" is no number from 0 to 100000" },
		{ "size", "20X", "\"20X\" is no size such as 20G" }, { "size", "20GB", "\"20GB\" is no size such as 20G" },
		{ "size", "99999999T", "\"99999999T\" is no size such as 20G" },
		{ "ring-size", "3M", "\"3M\" is no power of two from 64K to 4G" },
		{ "ring-size", "32K", "\"32K\" is no power of two from 64K to 4G" },
		{ "ring-size", "8G", "\"8G\" is no power of two from 64K to 4G" },
		{ "flag", "perhaps", "\"perhaps\" is neither true nor false" }, { "list", "", "the value is empty" },
	};
	struct all all = { 0 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		assert_int_equal(take(&all, mistakes[i].name, mistakes[i].value, &err), ERR_INVALID);
		assert_string_equal(err.message, mistakes[i].said);
	}
	assert_null(all.path);
	assert_null(all.host_id);
	assert_int_equal(all.seconds, 0);
	assert_true(all.ring_size == 0);
	assert_true(all.list.count == 0);
	line_options_fini(rows, &all);
}

static void a_list_takes_so_many_and_no_more(void **state)
{
	struct all all = { 0 };
	struct err err;

	(void)state;
	for (int i = 0; i < LINE_LIST_MAX; i++)
		assert_int_equal(take(&all, "list", "item", NULL), 0);
	assert_int_equal(take(&all, "list", "other", &err), ERR_INVALID);
	assert_string_equal(err.message, "\"other\" is one more than the 16 that there may be");
	line_options_fini(rows, &all);
}

static void values_are_compared_and_change_hands(void **state)
{
	static const char *const values[] = { "/a", "/a", "x", "x", "warn", "json", "7", "7", "7M", "1M", "true", "x" };
	struct all one = { 0 }, other = { 0 };

	(void)state;
	for (size_t i = 0; rows[i].name != NULL; i++) {
		assert_true(line_option_same(&rows[i], &one, &other));
		assert_int_equal(line_option_take(&rows[i], &one, values[i], NULL), 0);
		assert_false(line_option_same(&rows[i], &one, &other));
		line_option_swap(&rows[i], &one, &other);
		assert_false(line_option_same(&rows[i], &one, &other));
		assert_int_equal(line_option_take(&rows[i], &one, values[i], NULL), 0);
		assert_true(line_option_same(&rows[i], &one, &other));
	}
	line_options_fini(rows, &one);
	line_options_fini(rows, &other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_in_their_range_are_taken),
		cmocka_unit_test(what_is_out_of_range_is_refused_and_changes_nothing),
		cmocka_unit_test(a_list_takes_so_many_and_no_more),
		cmocka_unit_test(values_are_compared_and_change_hands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
