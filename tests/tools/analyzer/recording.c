#include "tests/tools/analyzer/recording.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/analyzer/template.h"

#define FILE_CAP (UINT64_C(1) << 30)

char *file_read(const char *path, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *bytes = NULL;
	long size = -1;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0 && (uint64_t)size <= FILE_CAP && fseek(file, 0, SEEK_SET) == 0)
		bytes = malloc((size_t)size + 1);
	if (bytes == NULL) {
		err_sys(err, errno, "%s", path);
	} else {
		*length = fread(bytes, 1, (size_t)size, file);
		bytes[*length] = '\0';
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

/* NAME.jsonl → NAME.meta.json */
static json_t *load_meta(const char *path)
{
	size_t length = strlen(path);
	char name[4096];

	if (length < 6 || length + 8 > sizeof(name) || strcmp(path + length - 6, ".jsonl") != 0)
		return NULL;
	snprintf(name, sizeof(name), "%.*s.meta.json", (int)(length - 6), path);
	return json_load_file(name, 0, NULL);
}

static int64_t arrival_of(const json_t *meta, size_t index)
{
	const json_t *messages = json_object_get(meta, "messages");

	return json_integer_value(json_object_get(json_array_get(messages, index), "t_ms"));
}

static int add_line(struct recording *recording, const char *line, size_t length, const struct recording_style *style,
	struct flow_names *names, struct err *err)
{
	struct message *messages = recording->messages;
	int error;

	/* grown by doubling at each power of two */
	if ((recording->count & (recording->count - 1)) == 0) {
		messages = realloc(messages, (recording->count * 2 + 1) * sizeof(*messages));
		if (messages == NULL)
			return err_set(err, ERR_NO_MEMORY, "no memory for %zu messages", recording->count);
		recording->messages = messages;
	}
	error = template_make(&messages[recording->count], line, length, style, names, err);
	if (error == 0)
		recording->flow_count += messages[recording->count++].flow_count;
	return error;
}

static int add_lines(struct recording *recording, const char *text, size_t length, const json_t *meta,
	const struct recording_style *style, struct err *err)
{
	struct flow_names names = { .count = recording->distinct_flows };
	size_t index = 0;
	int error = 0;

	while (error == 0 && length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t line = end != NULL ? (size_t)(end - text) : length;

		if (line > 0) {
			error = add_line(recording, text, line, style, &names, err);
			if (error == 0)
				recording->messages[recording->count - 1].arrival_ms = arrival_of(meta, index++);
		}
		line += end != NULL;
		text += line;
		length -= line;
	}
	recording->distinct_flows = names.count;
	flow_names_fini(&names);
	return error;
}

int recording_load(struct recording *recording, const char *path, const struct recording_style *style, struct err *err)
{
	size_t length = 0;
	char *text = file_read(path, &length, err);
	json_t *meta;
	int error;

	if (text == NULL)
		return err->code;
	meta = load_meta(path);
	error = add_lines(recording, text, length, meta, style, err);
	recording->timed = true;
	for (size_t i = 0; i < recording->count; i++)
		recording->timed = recording->timed && recording->messages[i].arrival_ms != 0;
	json_decref(meta);
	free(text);
	return error;
}

void recording_fini(struct recording *recording)
{
	for (size_t i = 0; i < recording->count; i++)
		template_fini(&recording->messages[i]);
	free(recording->messages);
	*recording = (struct recording){ 0 };
}
