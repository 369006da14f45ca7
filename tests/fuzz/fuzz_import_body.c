/* Any body of an import: its documents lie behind each other, what is wrong has a place in them, and what is right is
 * exported and read again as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/transfer.h"
#include "common/err.h"
#include "tests/fuzz/check.h"

enum { INPUT_MAX = 128 * 1024, OUTPUT_MAX = 1024 * 1024, KEY_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* YAML finds longer keys too long; no configuration has any. */
static bool has_long_key(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	json_object_foreach((json_t *)value, key, member) {
		if (strlen(key) > KEY_MAX || has_long_key(member))
			return true;
	}
	json_array_foreach(value, index, member) {
		if (has_long_key(member))
			return true;
	}
	return false;
}

static void check_export(const json_t *json)
{
	struct transfer_document again;
	struct api_answer answer = { 0 };
	struct transfer_reader reader;
	struct transfer_place place;
	struct buffer out;

	buffer_init(&out, OUTPUT_MAX);
	check(transfer_print(json, &out) == 0, "cannot be exported");
	/* in quotes it may have become too long */
	if (out.length <= TRANSFER_DOCUMENT_MAX) {
		transfer_reader_init(&reader, out.bytes, out.length);
		check(transfer_next(&reader, &place) && place.length == out.length, "is not one document any more");
		check(transfer_read(&again, out.bytes, &place, &answer) == 0, "cannot be imported again");
		check(json_equal(again.document.json, (json_t *)json), "is imported as something else");
		transfer_document_fini(&again);
	}
	answer_fini(&answer);
	buffer_fini(&out);
}

static void check_places(const struct transfer_place *place, const struct api_answer *all, size_t from)
{
	for (size_t i = from; i < json_array_size(all->problem.errors); i++) {
		const json_t *error = json_array_get(all->problem.errors, i);

		check(json_integer_value(json_object_get(error, "document")) == (json_int_t)place->number, "another document");
		check(json_integer_value(json_object_get(error, "line")) >= (json_int_t)place->line, "a line before it");
		check(json_integer_value(json_object_get(error, "column")) >= 1, "no column");
	}
}

static void check_document(const char *body, const struct transfer_place *place, struct api_answer *all)
{
	struct api_answer found = { 0 };
	struct transfer_document document;
	size_t from = json_array_size(all->problem.errors);
	int error = transfer_read(&document, body, place, &found);

	if (error == 0) {
		check(document.kind != TRANSFER_UNKNOWN && document.name != NULL, "nothing can be said of it");
		check(document.kind == TRANSFER_TENANT || (document.tenant != NULL && document.pipeline.config != NULL),
			"a pipeline without a tenant or configuration");
		if (!has_long_key(document.document.json))
			check_export(document.document.json);
	}
	check((transfer_tell(&document, &found, all) == 0) == (error == 0), "refused without a reason");
	check_places(place, all, from);
	transfer_document_fini(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transfer_reader reader;
	struct api_answer all = { 0 };
	struct transfer_place place;
	size_t end = 0;
	unsigned number = 0, line = 1;

	if (size > INPUT_MAX)
		return 0;
	transfer_reader_init(&reader, (const char *)data, size);
	while (transfer_next(&reader, &place)) {
		check(place.offset >= end && place.length > 0 && place.offset + place.length <= size, "documents overlap");
		check(place.number == ++number && place.line >= line, "documents out of order");
		check_document((const char *)data, &place, &all);
		end = place.offset + place.length;
		line = place.line;
	}
	check(reader.offset == size || transfer_too_many(&reader), "something is left");
	answer_fini(&all);
	return 0;
}
