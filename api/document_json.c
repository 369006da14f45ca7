/* Trees and JSON: from YAML to JSON, a patch onto JSON, and JSON as YAML. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/document.h"
#include "common/buffer.h"
#include "common/err.h"

/* A whole number of 64 bits, written as JSON writes it: as text it would be the same. */
static bool is_integer(const char *text, size_t length, json_int_t *number)
{
	size_t sign = length > 0 && text[0] == '-';

	if (length - sign < 1 || length - sign > 19 || strspn(text + sign, "0123456789") != length - sign)
		return false;
	if (text[sign] == '0' && (length > sign + 1 || sign))
		return false;
	errno = 0;
	*number = strtoll(text, NULL, 10);
	return errno == 0;
}

static json_t *scalar_json(const struct node *node)
{
	json_int_t number;

	if (node->plain) {
		if (node_is_empty(node))
			return json_null();
		if (node_text_is(node, "true") || node_text_is(node, "false"))
			return json_boolean(node->text[0] == 't');
		if (is_integer(node->text, node->length, &number))
			return json_integer(number);
	}
	return json_stringn(node->text, node->length);
}

json_t *document_tree_json(const struct node *node)
{
	json_t *json;

	if (node->kind == NODE_SCALAR)
		return scalar_json(node);
	json = node->kind == NODE_MAP ? json_object() : json_array();
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		json_t *value = document_tree_json(child);
		int error = node->kind == NODE_MAP ? json_object_setn_new(json, child->key, child->key_length, value) :
			json_array_append_new(json, value);

		if (error != 0) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

json_t *document_merge(json_t *target, const json_t *patch)
{
	const char *key;
	json_t *value;

	if (!json_is_object(patch))
		return json_deep_copy(patch);
	target = json_is_object(target) ? json_incref(target) : json_object();
	json_object_foreach((json_t *)patch, key, value) {
		if (json_is_null(value))
			json_object_del(target, key);
		else
			json_object_set_new(target, key, document_merge(json_object_get(target, key), value));
	}
	return target;
}

/* ---- YAML ---- */

struct printer {
	struct buffer *out;
	int error;                    /* the first one; nothing is written from then on */
};

static void put(struct printer *printer, const char *text, size_t length)
{
	if (printer->error == 0)
		printer->error = buffer_append(printer->out, text, length);
}

static void put_indent(struct printer *printer, unsigned depth)
{
	while (depth-- > 0)
		put(printer, "  ", 2);
}

/* A character that JSON writes as it is, and that YAML does not read as that: a control character, a line's end or a mark
 * of Unicode. Its length in bytes, 0: it is none. */
static size_t odd_length(const char *text, unsigned *character)
{
	const unsigned char *bytes = (const unsigned char *)text;

	*character = bytes[0];
	if (bytes[0] == 0x7f)
		return 1;
	*character = bytes[1];
	if (bytes[0] == 0xc2 && bytes[1] < 0xa0)
		return 2;
	if (bytes[0] != 0xe2 && bytes[0] != 0xef)
		return 0;
	*character = (bytes[0] & 0xfu) << 12 | (bytes[1] & 0x3fu) << 6 | (bytes[2] & 0x3fu);
	return *character == 0x2028 || *character == 0x2029 || *character == 0xfeff || *character >= 0xfffe ? 3 : 0;
}

/* On one line, as JSON writes it: with the odd ones escaped YAML reads it the same. */
static void put_json(struct printer *printer, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	const char *begin = text;
	unsigned character;

	for (const char *at = text; text != NULL && *at != '\0'; at++) {
		size_t length = odd_length(at, &character);
		char escape[8];

		if (length == 0)
			continue;
		put(printer, begin, (size_t)(at - begin));
		put(printer, escape, (size_t)snprintf(escape, sizeof(escape), "\\u%04x", character));
		begin = at + length;
		at = begin - 1;
	}
	if (text != NULL)
		put(printer, begin, strlen(begin));
	else if (printer->error == 0)
		printer->error = ERR_NO_MEMORY;
	free(text);
}

/* Would every YAML take it for this text? */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf" };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t length = strlen(text);

	if (length == 0 || strchr(letters, text[0]) == NULL || text[length - 1] == ':')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return false;
	}
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-") == length;
}

static void put_scalar(struct printer *printer, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text != NULL && is_plain(text))
		put(printer, text, strlen(text));
	else
		put_json(printer, value);
}

static void put_key(struct printer *printer, const char *key)
{
	json_t *text = json_string(key);

	if (strchr(key, ':') == NULL)
		put_scalar(printer, text);
	else
		put_json(printer, text);
	put(printer, ":", 1);
	json_decref(text);
}

static void put_list(struct printer *printer, const json_t *list, unsigned depth)
{
	json_t *item;
	size_t index;

	json_array_foreach(list, index, item) {
		put(printer, "\n", 1);
		put_indent(printer, depth);
		put(printer, "- ", 2);
		put_scalar(printer, item);
	}
}

static void put_map(struct printer *printer, const json_t *map, unsigned depth)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)map, key, value) {
		bool nested = json_object_size(value) > 0 || json_array_size(value) > 0;

		if (depth > 0 || printer->out->length > 0)
			put(printer, "\n", 1);
		put_indent(printer, depth);
		put_key(printer, key);
		if (!nested) {
			put(printer, " ", 1);
			put_scalar(printer, value);
		} else if (json_is_object(value)) {
			put_map(printer, value, depth + 1);
		} else {
			put_list(printer, value, depth + 1);
		}
	}
}

int document_print_yaml(const json_t *config, struct buffer *out)
{
	struct printer printer = { .out = out };

	if (json_object_size(config) == 0)
		put(&printer, "{}", 2);
	else
		put_map(&printer, config, 0);
	put(&printer, "\n", 1);
	return printer.error;
}

int document_print_line(const json_t *value, struct buffer *out)
{
	struct printer printer = { .out = out };

	put_json(&printer, value);
	put(&printer, "\n", 1);
	return printer.error;
}
