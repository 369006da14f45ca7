/* The documents of exports and imports: found in a body, read with all that is wrong, printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/transfer.h"

static const char body[] =
	"# made by hand\n"
	"---\n"
	"kind: tenant\n"
	"name: acme\n"
	"limits: {pipelines: 3}\n"
	"---\n"
	"# nothing\n"
	"---\n"
	"kind: pipeline\n"
	"tenant: acme\n"
	"name: edge\n"
	"desired_state: stopped\n"
	"auto_host_id: acme-edge-2\n"
	"config:\n"
	"  host_id: auto\n";

/* Reads the only document of a text. Returns the number of errors, which are in *all. */
static size_t read_one(const char *text, struct transfer_document *document, struct api_answer *all)
{
	struct api_answer found = { 0 };
	struct transfer_reader reader;
	struct transfer_place place;

	*all = (struct api_answer){ 0 };
	transfer_reader_init(&reader, text, strlen(text));
	assert_true(transfer_next(&reader, &place));
	transfer_read(document, text, &place, &found);
	return transfer_tell(document, &found, all);
}

/* The one mistake of the one document of a text. */
static void assert_error(const char *text, const char *pointer, const char *code, unsigned line)
{
	struct transfer_document document;
	struct api_answer all;
	const json_t *error;

	if (read_one(text, &document, &all) != 1)
		fail_msg("%s: %s", text, json_dumps(all.problem.errors, 0));
	error = json_array_get(all.problem.errors, 0);
	assert_string_equal(json_string_value(json_object_get(error, "pointer")), pointer);
	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
	assert_int_equal(json_integer_value(json_object_get(error, "line")), line);
	assert_int_equal(json_integer_value(json_object_get(error, "document")), 1);
	transfer_document_fini(&document);
	answer_fini(&all);
}

static void documents_are_numbered_without_those_that_are_empty(void **state)
{
	struct transfer_reader reader;
	struct transfer_place place;

	(void)state;
	transfer_reader_init(&reader, body, strlen(body));
	assert_true(transfer_next(&reader, &place));
	assert_int_equal(place.number, 1);
	assert_int_equal(place.line, 2);
	assert_true(transfer_next(&reader, &place));
	assert_int_equal(place.number, 2);
	assert_int_equal(place.line, 8);
	assert_int_equal(place.offset + place.length, strlen(body));
	assert_false(transfer_next(&reader, &place));
	assert_false(transfer_too_many(&reader));
}

static void a_pipelines_document_is_as_the_body_of_a_put(void **state)
{
	const char *text = strstr(body, "---\nkind: pipeline");
	struct transfer_document document;
	struct api_answer all;

	(void)state;
	assert_int_equal(read_one(text, &document, &all), 0);
	assert_int_equal(document.kind, TRANSFER_PIPELINE);
	assert_string_equal(document.tenant, "acme");
	assert_string_equal(document.name, "edge");
	assert_string_equal(document.auto_host_id, "acme-edge-2");
	assert_int_equal(document.pipeline.desired_state, API_STATE_STOPPED);
	assert_null(document.pipeline.description);
	assert_string_equal(json_string_value(json_object_get(document.pipeline.config, "host_id")), "auto");
	transfer_document_fini(&document);
}

#define PIPELINE "kind: pipeline\ntenant: acme\nname: edge\n"

static void each_mistake_has_its_place(void **state)
{
	(void)state;
	assert_error("name: a\n", "/kind", "required", 1);
	assert_error("\n\nkind: tenannt\n", "/kind", "value", 3);
	assert_error("kind: tenant\n", "/name", "required", 1);
	assert_error("kind: tenant\nname: a\nconfig: {}\n", "/config", "unknown_key", 3);
	assert_error("kind: tenant\nname: A\n", "/name", "value", 2);
	assert_error("kind: tenant\nname: a\nlimits: {pipelines: -1}\n", "/limits/pipelines", "value", 3);
	assert_error("kind: tenant\nname: a\nname: b\n", "/name", "duplicate_key", 3);
	assert_error("kind: tenant\nname: &a a\n", "", "syntax", 2);
	assert_error("%TAG ! x\nkind: tenant\n", "", "syntax", 1);
	assert_error("- kind\n", "", "body.type", 1);
	assert_error(PIPELINE, "/config", "required", 1);
	assert_error(PIPELINE "config: []\n", "/config", "value", 4);
	assert_error(PIPELINE "config: {}\nauto_host_id: acme-edge\n", "/auto_host_id", "value", 5);
	assert_error(PIPELINE "config: {host_id: auto}\nauto_host_id: acme-edge-\n", "/auto_host_id", "value", 5);
	assert_error(PIPELINE "config: {host_id: auto}\nauto_host_id: acme-edge-2x\n", "/auto_host_id", "value", 5);
	assert_error(PIPELINE "config: {host_id: auto}\nauto_host_id: other\n", "/auto_host_id", "value", 5);
	assert_error(PIPELINE "config:\n  a: \"x\n", "/config", "syntax", 5);
}

static void what_is_said_within_a_message_is_a_line_of_the_body_too(void **state)
{
	static const char text[] = "---\nkind: tenant\nname: a\n---\nkind: tenant\nname: b\nname: c\n";
	struct transfer_document document;
	struct api_answer found = { 0 }, all = { 0 };
	struct transfer_reader reader;
	struct transfer_place place;
	const json_t *error;

	(void)state;
	transfer_reader_init(&reader, text, strlen(text));
	transfer_next(&reader, &place);
	transfer_next(&reader, &place);
	transfer_read(&document, text, &place, &found);
	assert_int_equal(transfer_tell(&document, &found, &all), 1);
	error = json_array_get(all.problem.errors, 0);
	assert_int_equal(json_integer_value(json_object_get(error, "line")), 7);
	assert_int_equal(json_integer_value(json_object_get(error, "document")), 2);
	assert_non_null(strstr(json_string_value(json_object_get(error, "detail")), "line 6"));
	transfer_document_fini(&document);
	answer_fini(&all);
}

static void a_document_has_64_kilobytes_and_not_one_byte_more(void **state)
{
	char *text = malloc(TRANSFER_DOCUMENT_MAX + 2);
	struct transfer_document document;
	struct api_answer all;

	(void)state;
	memset(text, '#', TRANSFER_DOCUMENT_MAX + 1);
	memcpy(text, "kind: tenant\nname: a\n", 21);
	text[TRANSFER_DOCUMENT_MAX] = '\0';
	assert_int_equal(read_one(text, &document, &all), 0);
	transfer_document_fini(&document);
	text[TRANSFER_DOCUMENT_MAX] = '#';
	text[TRANSFER_DOCUMENT_MAX + 1] = '\0';
	assert_error(text, "", "limit", 1);
	free(text);
}

static void too_many_documents_are_not_read_to_their_end(void **state)
{
	enum { TOO_MANY = TRANSFER_DOCUMENTS_MAX + 1 };
	char *text = malloc(4 * TOO_MANY + 1);
	struct transfer_reader reader;
	struct transfer_place place;

	(void)state;
	for (size_t i = 0; i < TOO_MANY; i++)
		memcpy(text + 4 * i, "---\n", 5);
	transfer_reader_init(&reader, text, 4 * TRANSFER_DOCUMENTS_MAX);
	assert_false(transfer_next(&reader, &place));
	assert_false(transfer_too_many(&reader));
	transfer_reader_init(&reader, text, 4 * TOO_MANY);
	assert_false(transfer_next(&reader, &place));
	assert_true(transfer_too_many(&reader));
	free(text);
}

/* ---- printing ---- */

static char *print(const char *json)
{
	json_t *document = json_loads(json, 0, NULL);
	struct buffer out;

	assert_non_null(document);
	buffer_init(&out, 1 << 20);
	assert_int_equal(transfer_print(document, &out), 0);
	buffer_append(&out, "", 1);
	json_decref(document);
	return out.bytes;
}

static void members_keep_their_order_and_those_below_are_sorted(void **state)
{
	char *text = print("{\"kind\":\"tenant\",\"b\":\"12\",\"a\":{\"z\":1,\"y\":[2,\"x\"],\"e\":{}},\"real\":{\"r\":[1.5]}}");

	(void)state;
	assert_string_equal(text, "---\nkind: tenant\nb: \"12\"\na:\n  e: {}\n  \"y\":\n    - 2\n    - x\n  z: 1\nreal:\n  r:\n"
		"    - \"1.5\"\n");
	free(text);
}

static void characters_that_yaml_does_not_read_are_escaped(void **state)
{
	char *text = print("{\"a\":\"\\u007f\\u0085\\u00a0\\u2028\\u2029\\ufeff\\uffff \\u00e4\\ud83d\\ude00\"}");

	(void)state;
	assert_string_equal(text, "---\na: \"\\u007f\\u0085\u00a0\\u2028\\u2029\\ufeff\\uffff \u00e4\U0001f600\"\n");
	free(text);
}

static void a_configuration_that_would_be_too_large_is_written_on_one_line(void **state)
{
	json_t *list = json_array(), *document;
	struct buffer out;

	(void)state;
	for (size_t i = 0; i < 5500; i++)
		json_array_append_new(list, json_string("10.0.0.0"));
	document = json_pack("{ss s{so} ss}", "kind", "pipeline", "config", "masks", list, "name", "a");
	buffer_init(&out, 1 << 20);
	assert_int_equal(transfer_print(document, &out), 0);
	assert_in_range(out.length, 60000, TRANSFER_DOCUMENT_MAX);
	assert_memory_equal(out.bytes, "---\nkind: pipeline\nname: a\nconfig: {\"masks\":[\"10.0.0.0\",", 56);
	json_decref(document);
	buffer_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_numbered_without_those_that_are_empty),
		cmocka_unit_test(a_pipelines_document_is_as_the_body_of_a_put),
		cmocka_unit_test(each_mistake_has_its_place),
		cmocka_unit_test(what_is_said_within_a_message_is_a_line_of_the_body_too),
		cmocka_unit_test(a_document_has_64_kilobytes_and_not_one_byte_more),
		cmocka_unit_test(too_many_documents_are_not_read_to_their_end),
		cmocka_unit_test(members_keep_their_order_and_those_below_are_sorted),
		cmocka_unit_test(characters_that_yaml_does_not_read_are_escaped),
		cmocka_unit_test(a_configuration_that_would_be_too_large_is_written_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
