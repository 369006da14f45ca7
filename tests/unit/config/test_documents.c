/* A stream of YAML documents, taken apart before anything of it is parsed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/config/yaml_text.h"

/* The documents' texts, in brackets. */
static void assert_parts(const char *text, const char *expected)
{
	char found[512] = "";
	size_t length = strlen(text), offset = 0, part;

	for (; offset < length; offset += part) {
		part = yaml_document_length(text + offset, length - offset);
		assert_in_range(part, 1, length - offset);
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "[%.*s]", (int)part, text + offset);
	}
	assert_string_equal(found, expected);
}

static void a_document_ends_before_a_line_with_its_marker(void **state)
{
	(void)state;
	assert_parts("a: 1\n---\nb: 2\n", "[a: 1\n][---\nb: 2\n]");
	assert_parts("---\na: 1\n--- {b: 2}\n---", "[---\na: 1\n][--- {b: 2}\n][---]");
	assert_parts("---\r\na: 1\r\n---\r\nb: 2", "[---\r\na: 1\r\n][---\r\nb: 2]");
	assert_parts("a: \"x\n---\n\"\n", "[a: \"x\n][---\n\"\n]");
	assert_parts("# two\n---\na: 1\n", "[# two\n][---\na: 1\n]");
}

static void a_document_ends_behind_a_line_with_dots(void **state)
{
	(void)state;
	assert_parts("a: 1\n...\nb: 2\n", "[a: 1\n...\n][b: 2\n]");
	assert_parts("a: 1\n... # end\n---\nb: 2\n", "[a: 1\n... # end\n][---\nb: 2\n]");
	assert_parts("...\n...", "[...\n][...]");
}

static void what_only_looks_like_a_marker_is_none(void **state)
{
	(void)state;
	assert_parts("a: |\n ---\n  ...\n----\n---x\n....\n--\n", "[a: |\n ---\n  ...\n----\n---x\n....\n--\n]");
}

static void a_document_of_blanks_comments_and_markers_is_empty(void **state)
{
	static const char *const empty[] = { "", "\n", "---", "---\n", "--- # none\n\t \r\n", "# a\n  # b\n...\n", "..." };
	static const char *const full[] = { "a", "---\n\n x", "--- {}", "# a\n-", "--- |\n", "----", " ---" };

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		if (!yaml_document_empty(empty[i], strlen(empty[i])))
			fail_msg("\"%s\" is not empty", empty[i]);
	}
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		if (yaml_document_empty(full[i], strlen(full[i])))
			fail_msg("\"%s\" is empty", full[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_ends_before_a_line_with_its_marker),
		cmocka_unit_test(a_document_ends_behind_a_line_with_dots),
		cmocka_unit_test(what_only_looks_like_a_marker_is_none),
		cmocka_unit_test(a_document_of_blanks_comments_and_markers_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
