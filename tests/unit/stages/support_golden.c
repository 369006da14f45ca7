#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <zlib.h>

#include "support_golden.h"

enum { LINE_MAX_BYTES = 8 << 20 };

/* Behind the JSON value that begins at text. */
static const char *skip_value(const char *text, const char *end)
{
	int depth = 0;

	while (text < end) {
		char byte = *text++;

		if (byte == '"') {
			while (text < end && *text != '"')
				text += *text == '\\' ? 2 : 1;
			text++;
		} else if (byte == '{' || byte == '[') {
			depth++;
		} else if (byte == '}' || byte == ']') {
			depth--;
		}
		if (depth == 0 && (text >= end || strchr(",}] \t\n", *text) != NULL))
			return text;
	}
	return end;
}

static const char *skip_space(const char *text)
{
	return text + strspn(text, " \t\n");
}

void record_list_add(struct record_list *list, const char *content, size_t length)
{
	const char *end = content + length;   /* a NUL or newline follows the last bracket */
	const char *at = memchr(content, '[', length);

	assert_non_null(at);
	at = skip_space(at + 1);
	while (at < end && *at == '{') {
		const char *behind = skip_value(at, end);

		assert_true(list->count < GOLDEN_RECORDS_MAX);
		list->records[list->count++] = strndup(at, (size_t)(behind - at));
		behind = skip_space(behind);
		at = skip_space(behind + (*behind == ','));
	}
	assert_int_equal(*at, ']');
}

static void add_object(struct records *records, const char *line)
{
	json_t *object = json_loads(line, JSON_ALLOW_NUL, NULL);
	const char *path, *body;
	size_t length;

	assert_non_null(object);
	path = json_string_value(json_object_get(object, "path"));
	body = json_string_value(json_object_get(object, "body"));
	length = json_string_length(json_object_get(object, "body"));
	for (unsigned tag = 0; tag < TAG_COUNT; tag++) {
		char part[32];

		snprintf(part, sizeof(part), "/%s/", flow_tag_names[tag]);
		if (strstr(path, part) != NULL)
			record_list_add(&records->tags[tag], body, length);
	}
	json_decref(object);
}

struct records *golden_read(const char *scenario)
{
	struct records *records = calloc(1, sizeof(*records));
	char *line = malloc(LINE_MAX_BYTES);
	char path[256];
	gzFile file;

	snprintf(path, sizeof(path), "%s/golden/%s/objects.jsonl.gz", TEST_DATA, scenario);
	file = gzopen(path, "rb");
	assert_non_null(records);
	assert_non_null(line);
	assert_non_null(file);
	while (gzgets(file, line, LINE_MAX_BYTES) != NULL)
		add_object(records, line);
	gzclose(file);
	free(line);
	return records;
}

struct records *records_of_rig(const struct pipeline_rig *rig)
{
	struct records *records = calloc(1, sizeof(*records));

	assert_non_null(records);
	for (unsigned i = 0; i < rig->spool.now.object_count; i++) {
		const struct fake_object *object = &rig->spool.objects[i];

		record_list_add(&records->tags[object->lane], object->content.bytes, object->content.length);
	}
	return records;
}

void records_free(struct records *records)
{
	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		for (size_t i = 0; i < records->tags[tag].count; i++)
			free(records->tags[tag].records[i]);
	free(records);
}

void record_remove(char *record, const char *name)
{
	char *end = record + strlen(record);
	char pattern[64];
	char *at;

	snprintf(pattern, sizeof(pattern), "\"%s\":", name);
	at = strstr(record, pattern);
	if (at != NULL) {
		const char *behind = skip_value(at + strlen(pattern), end);

		if (*behind == ',')
			behind++;
		else if (at[-1] == ',')
			at--;
		memmove(at, behind, (size_t)(end - behind) + 1);
	}
}

void records_remove_topology(struct records *records)
{
	static const char *const names[] = { "Context", "A_Name", "B_Name", "NodeType" };

	for (unsigned tag = 0; tag < TAG_COUNT; tag++)
		for (size_t i = 0; i < records->tags[tag].count; i++)
			for (unsigned name = 0; name < sizeof(names) / sizeof(*names); name++)
				record_remove(records->tags[tag].records[i], names[name]);
}
