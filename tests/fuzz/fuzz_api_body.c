/* Any body as JSON or YAML: read or refused with a place; what was read, written as YAML, reads back as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/document.h"
#include "common/buffer.h"
#include "tests/fuzz/check.h"

enum { OUTPUT_MAX = 4 * 1024 * 1024, BODY_MAX = 64 * 1024, KEY_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Configurations have no broken numbers, and no keys that YAML finds too long. */
static bool is_plain(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	if (json_is_real(value))
		return false;
	json_object_foreach((json_t *)value, key, member) {
		if (strlen(key) > KEY_MAX || !is_plain(member))
			return false;
	}
	json_array_foreach(value, index, member) {
		if (json_is_object(member) || json_is_array(member) || !is_plain(member))
			return false;
	}
	return true;
}

static void check_yaml(const json_t *json)
{
	struct api_answer answer = { 0 };
	struct document again;
	struct buffer out;

	if (!is_plain(json))
		return;
	buffer_init(&out, OUTPUT_MAX);
	check(document_print_yaml(json, &out) == 0, "cannot be written");
	check(document_read(&again, out.bytes, out.length, DOCUMENT_YAML, &answer) == 0, "cannot be read back");
	check(json_equal(again.json, (json_t *)json), "reads back as something else");
	document_fini(&again);
	answer_fini(&answer);
	buffer_fini(&out);
}

static void check_merge(const json_t *json)
{
	json_t *empty = json_object();
	json_t *once = document_merge(empty, json);
	json_t *twice = document_merge(once, json);

	check(json_equal(once, twice), "a patch applied twice does something else");
	json_decref(twice);
	json_decref(once);
	json_decref(empty);
}

static void check_place(struct document *document)
{
	struct api_answer answer = { 0 };
	struct api_error error = { .pointer = "/config/pipeline/0/a~1b", .code = "value" };

	answer_error(&answer, &error, "is wrong");
	document_locate(document, &answer.problem, false);
	answer_fini(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum document_form form = size > 0 && data[0] % 2 == 0 ? DOCUMENT_JSON : DOCUMENT_YAML;
	struct api_answer answer = { 0 };
	struct document document;

	if (size < 1 || size > BODY_MAX)
		return 0;
	if (document_read(&document, (const char *)data + 1, size - 1, form, &answer) == 0) {
		check_yaml(document.json);
		check_merge(document.json);
		check_place(&document);
	} else {
		check(answer.problem.status == 400 || answer.problem.status == 422, "another status");
	}
	document_fini(&document);
	answer_fini(&answer);
	return 0;
}
