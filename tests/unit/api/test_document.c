/* Bodies: JSON and YAML to one form, with positions; merge patches; YAML out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "common/buffer.h"
#include "common/err.h"

static json_t *read_ok(const char *text, enum document_form form)
{
	struct api_answer answer = { 0 };
	struct document document;
	json_t *json;

	assert_int_equal(document_read(&document, text, strlen(text), form, &answer), 0);
	json = json_incref(document.json);
	document_fini(&document);
	return json;
}

static void assert_refused(const char *text, size_t length, enum document_form form, int status, const char *code,
	unsigned line)
{
	struct api_answer answer = { 0 };
	struct document document;
	const json_t *error;

	assert_int_equal(document_read(&document, text, length, form, &answer), ERR_INVALID);
	assert_int_equal(answer.problem.status, status);
	assert_string_equal(answer.problem.code, code);
	if (line > 0) {
		error = json_array_get(answer.problem.errors, 0);
		assert_int_equal(json_integer_value(json_object_get(error, "line")), line);
		assert_true(json_integer_value(json_object_get(error, "column")) > 0);
	}
	document_fini(&document);
	answer_fini(&answer);
}

static void content_types_are_json_and_yaml_in_utf8(void **state)
{
	(void)state;
	assert_int_equal(document_form_of("application/json", false), DOCUMENT_JSON);
	assert_int_equal(document_form_of("Application/JSON; charset=UTF-8", false), DOCUMENT_JSON);
	assert_int_equal(document_form_of("application/yaml;charset=\"utf-8\"", false), DOCUMENT_YAML);
	assert_int_equal(document_form_of("text/yaml", false), DOCUMENT_YAML);
	assert_int_equal(document_form_of("application/merge-patch+json", true), DOCUMENT_JSON);
	assert_int_equal(document_form_of("application/merge-patch+json", false), DOCUMENT_UNKNOWN);
	assert_int_equal(document_form_of("application/json; charset=latin1", false), DOCUMENT_UNKNOWN);
	assert_int_equal(document_form_of("application/x-www-form-urlencoded", false), DOCUMENT_UNKNOWN);
	assert_int_equal(document_form_of("application/jsonp", false), DOCUMENT_UNKNOWN);
	assert_int_equal(document_form_of("", false), DOCUMENT_NONE);
	assert_int_equal(document_form_of(NULL, false), DOCUMENT_NONE);
}

static void yaml_and_json_give_the_same(void **state)
{
	json_t *yaml = read_ok("a: text\nb: [1, -2, \"3\", 4.50, 007, true, yes, null, '']\nc: {d: 123456789012345678901}\n"
		"e:\n", DOCUMENT_YAML);
	json_t *json = read_ok("{\"a\":\"text\",\"b\":[1,-2,\"3\",\"4.50\",\"007\",true,\"yes\",null,\"\"],"
		"\"c\":{\"d\":\"123456789012345678901\"},\"e\":null}", DOCUMENT_JSON);

	(void)state;
	assert_true(json_equal(yaml, json));
	json_decref(yaml);
	json_decref(json);
	yaml = read_ok("", DOCUMENT_YAML);
	assert_int_equal(json_object_size(yaml), 0);
	json_decref(yaml);
}

static void broken_json_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_refused("{\"a\":1,\n\"a\":2}", 14, DOCUMENT_JSON, 400, "body.syntax", 2);
	assert_refused("{\"a\":", 5, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":\"\\u0000\"}", 14, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":\"\0\"}", 9, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":1}\0", 8, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":\"\xff\"}", 9, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":\"\xed\xa0\x80\"}", 11, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":\"\\ud800\"}", 14, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{} {}", 5, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("", 0, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("{\"a\":99999999999999999999}", 26, DOCUMENT_JSON, 400, "body.syntax", 1);
	assert_refused("[]", 2, DOCUMENT_JSON, 422, "body.type", 0);
	assert_refused("1", 1, DOCUMENT_JSON, 400, "body.syntax", 1);
}

static void what_is_near_a_mistake_is_not_repeated(void **state)
{
	static const char text[] = "{\"secret_key\":\"geheim\" \"x\":1}";
	struct api_answer answer = { 0 };
	struct document document;
	char *said;

	(void)state;
	assert_int_equal(document_read(&document, text, strlen(text), DOCUMENT_JSON, &answer), ERR_INVALID);
	said = json_dumps(answer.problem.errors, 0);
	assert_null(strstr(said, "\\\"x"));
	assert_null(strstr(said, "geheim"));
	free(said);
	document_fini(&document);
	answer_fini(&answer);
}

static void depth_is_limited_whatever_stands_in_texts(void **state)
{
	char text[200];
	size_t used = 0;
	json_t *json = read_ok("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}", DOCUMENT_JSON);

	(void)state;
	json_decref(json);
	for (int i = 0; i < 33; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "{\"a\":");
	assert_refused(text, used, DOCUMENT_JSON, 400, "body.syntax", 0);
	used = 0;
	for (int i = 0; i < 40; i++)
		text[used++] = '[';
	assert_refused(text, used, DOCUMENT_YAML, 400, "body.syntax", 1);
	/* a quote that is escaped ends no text */
	assert_refused("{\"a\\\"\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 50, DOCUMENT_JSON, 400, "body.syntax", 0);
}

static void broken_yaml_is_refused_with_all_its_mistakes(void **state)
{
	static const char text[] = "a: &x 1\na: 2\na: 3\n";
	struct api_answer answer = { 0 };
	struct document document;

	(void)state;
	assert_int_equal(document_read(&document, text, strlen(text), DOCUMENT_YAML, &answer), ERR_INVALID);
	assert_int_equal(json_array_size(answer.problem.errors), 3);
	document_fini(&document);
	answer_fini(&answer);
	assert_refused("a: 1\nb: \"x\\0y\"\n", 15, DOCUMENT_YAML, 400, "body.syntax", 2);
	assert_refused("a: 1\n\"x\\0y\": 1\n", 15, DOCUMENT_YAML, 400, "body.syntax", 2);
	assert_refused("a: 1\nb: \xff\n", 10, DOCUMENT_YAML, 400, "body.syntax", 2);
	assert_refused("a: \0\n", 5, DOCUMENT_YAML, 400, "body.syntax", 1);
	assert_refused("- a\n", 4, DOCUMENT_YAML, 422, "body.type", 0);
}

static const json_t *error_of(const struct api_answer *answer, size_t index)
{
	return json_array_get(answer->problem.errors, index);
}

static void assert_at(const json_t *error, int line, int column)
{
	assert_int_equal(json_integer_value(json_object_get(error, "line")), line);
	assert_int_equal(json_integer_value(json_object_get(error, "column")), column);
}

static void errors_get_the_line_of_what_their_pointer_leads_to(void **state)
{
	static const char text[] = "{\n  \"config\": {\n    \"a/b\": {\"list\": [1,\n 2]},\n    \"odd\": 1 }\n}";
	static const struct api_error errors[] = { { .pointer = "/config/a~1b/list/1", .code = "value" },
		{ .pointer = "/config/odd", .code = "unknown_key" }, { .pointer = "/config/missing/x", .code = "required" },
		{ .pointer = "", .code = "value" }, { .pointer = "/config", .code = "value", .line = 9, .column = 9 },
		{ .pointer = "?limit", .code = "value" } };
	struct api_answer answer = { 0 };
	struct document document;

	(void)state;
	assert_int_equal(document_read(&document, text, strlen(text), DOCUMENT_JSON, &answer), 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		answer_error(&answer, &errors[i], "is wrong");
	document_locate(&document, &answer.problem, false);
	assert_at(error_of(&answer, 0), 4, 2);
	assert_at(error_of(&answer, 1), 5, 5);
	assert_at(error_of(&answer, 2), 2, 3);
	assert_at(error_of(&answer, 3), 1, 1);
	assert_at(error_of(&answer, 4), 9, 9);
	assert_null(json_object_get(error_of(&answer, 5), "line"));
	answer_fini(&answer);
	answer_error(&answer, &errors[2], "is missing");
	document_locate(&document, &answer.problem, true);
	assert_null(json_object_get(error_of(&answer, 0), "line"));
	document_fini(&document);
	answer_fini(&answer);
}

static void patches_merge_as_rfc_7396_says(void **state)
{
	/* its appendix A */
	static const char *const cases[][3] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
		{ "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
		{ "{\"a\":\"foo\"}", "null", "null" },
		{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *target = json_loads(cases[i][0], JSON_DECODE_ANY, NULL);
		json_t *patch = json_loads(cases[i][1], JSON_DECODE_ANY, NULL);
		json_t *expected = json_loads(cases[i][2], JSON_DECODE_ANY, NULL);
		json_t *merged = document_merge(target, patch);

		assert_true(json_equal(merged, expected));
		json_decref(merged);
		json_decref(expected);
		json_decref(patch);
		json_decref(target);
	}
}

static void yaml_that_is_written_reads_back_the_same(void **state)
{
	static const char text[] = "{\"a\":{\"b\":\"text\",\"url\":\"ws://h:8082/x\",\"n\":12,\"t\":\"12\",\"y\":\"yes\",\"e\":\"\","
		"\"null\":\"null\",\"list\":[\"x\",\"10.0.0.0/8\",\"- y\",\"a: b\"],\"none\":[],\"map\":{},\"s\":{\"set\":true},"
		"\"odd key:\":\"line\\nbreak \\\"q\\\" # \\u00e4\\ud83d\\ude00\"}}";
	json_t *json = read_ok(text, DOCUMENT_JSON);
	struct buffer out;
	json_t *back;

	(void)state;
	buffer_init(&out, 4096);
	assert_int_equal(document_print_yaml(json, &out), 0);
	buffer_append(&out, "", 1);
	back = read_ok(out.bytes, DOCUMENT_YAML);
	assert_true(json_equal(json, back));
	assert_non_null(strstr(out.bytes, "\n  url: ws://h:8082/x\n"));
	json_decref(back);
	json_decref(json);
	buffer_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(content_types_are_json_and_yaml_in_utf8),
		cmocka_unit_test(yaml_and_json_give_the_same),
		cmocka_unit_test(broken_json_is_refused_with_its_line),
		cmocka_unit_test(what_is_near_a_mistake_is_not_repeated),
		cmocka_unit_test(depth_is_limited_whatever_stands_in_texts),
		cmocka_unit_test(broken_yaml_is_refused_with_all_its_mistakes),
		cmocka_unit_test(errors_get_the_line_of_what_their_pointer_leads_to),
		cmocka_unit_test(patches_merge_as_rfc_7396_says),
		cmocka_unit_test(yaml_that_is_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
