#include <stdlib.h>

#include "api/transfer.h"
#include "common/err.h"
#include "common/json_parse.h"

/* for one on one line: a configuration has 64 KB at most, what stands beside it some KB */
enum { SHORT_MAX = 256 * 1024 };

#define MARKER "---\n"

/* As a text, which the configuration's check takes for the same: read from YAML it would be one. */
static void write_reals(json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;
	void *next;

	json_object_foreach_safe(value, next, key, member) {
		if (json_is_real(member)) {
			char *text = json_dumps(member, JSON_ENCODE_ANY);

			json_object_set_new(value, key, json_string(text != NULL ? text : ""));
			free(text);
		} else {
			write_reals(member);
		}
	}
	json_array_foreach(value, index, member) {
		if (json_is_real(member)) {
			char *text = json_dumps(member, JSON_ENCODE_ANY);

			json_array_set_new(value, index, json_string(text != NULL ? text : ""));
			free(text);
		} else {
			write_reals(member);
		}
	}
}

/* A copy with its keys sorted. NULL: no memory. */
static json_t *sorted(const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
	json_t *copy = json_parse_text(text, JSON_DECODE_ANY, NULL);

	free(text);
	return copy;
}

static json_t *make_portable(const json_t *document)
{
	json_t *copy = json_object();
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)document, key, member) {
		if (json_object_set_new(copy, key, sorted(member)) != 0) {
			json_decref(copy);
			return NULL;
		}
	}
	write_reals(copy);
	return copy;
}

static int print_short(json_t *document, struct buffer *text)
{
	json_t *config = json_incref(json_object_get(document, "config"));
	int error;

	buffer_fini(text);
	buffer_init(text, SHORT_MAX);
	json_object_del(document, "config");
	error = document_print_yaml(document, text);
	if (error == 0 && config != NULL)
		error = buffer_append_text(text, "config: ");
	if (error == 0 && config != NULL)
		error = document_print_line(config, text);
	json_decref(config);
	return error;
}

int transfer_print(const json_t *document, struct buffer *out)
{
	json_t *copy = make_portable(document);
	struct buffer text;
	int error;

	if (copy == NULL)
		return ERR_NO_MEMORY;
	buffer_init(&text, TRANSFER_DOCUMENT_MAX - (sizeof(MARKER) - 1));
	error = document_print_yaml(copy, &text);
	if (error == ERR_LIMIT)
		error = print_short(copy, &text);
	if (error == 0)
		error = buffer_append_text(out, MARKER);
	if (error == 0)
		error = buffer_append(out, text.bytes, text.length);
	buffer_fini(&text);
	json_decref(copy);
	return error;
}
