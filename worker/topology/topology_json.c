#include "worker/topology/topology_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_parse.h"
#include "worker/json_text.h"

enum { DEPTH_MAX = 32, PART_SIZE = 64 };

struct reading {
	const struct json_walk *walk;
	const char *at, *end;
	bool enough;
	struct err *err;
};

static int no_json(const struct reading *reading, const char *what)
{
	return err_set(reading->err, ERR_PROTOCOL, "the answer is no JSON of a topology: %s", what);
}

static void skip_space(struct reading *reading)
{
	while (reading->at < reading->end && strchr(" \t\r\n", *reading->at) != NULL && *reading->at != '\0')
		reading->at++;
}

static bool next_is(struct reading *reading, char byte)
{
	skip_space(reading);
	return reading->at < reading->end && *reading->at == byte;
}

/* One value that is no array. */
static int read_value(struct reading *reading, json_t **value)
{
	size_t flags = JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
	json_error_t where;

	if (!reading->walk->exact)
		flags |= JSON_DECODE_INT_AS_REAL;
	*value = json_parse(reading->at, (size_t)(reading->end - reading->at), flags, &where);
	if (*value == NULL)
		return no_json(reading, where.text);
	reading->at += where.position;
	return 0;
}

static void take(struct reading *reading, const json_t *value, size_t length)
{
	if (!reading->enough && value != NULL && !json_is_null(value))
		reading->enough = !reading->walk->take(reading->walk->owner, value, length);
}

static int read_array(struct reading *reading, unsigned depth);

/* An element of the array: its own array, or a value. first: where a path keeps its first value; NULL: it is no path. */
static int read_element(struct reading *reading, unsigned depth, json_t **first)
{
	json_t *value;
	int error;

	if (next_is(reading, '['))
		return read_array(reading, depth + 1);
	error = read_value(reading, &value);
	if (error != 0)
		return error;
	if (first == NULL)
		take(reading, value, 1);
	else if (*first == NULL)
		*first = json_incref(value);
	json_decref(value);
	return 0;
}

static int read_elements(struct reading *reading, unsigned depth, json_t **first, size_t *count)
{
	int error = 0;

	while (error == 0) {
		error = read_element(reading, depth, first);
		++*count;
		if (error != 0 || next_is(reading, ']'))
			return error;
		if (!next_is(reading, ','))
			return no_json(reading, "an array that does not end");
		reading->at++;
	}
	return error;
}

static int read_array(struct reading *reading, unsigned depth)
{
	json_t *first = NULL;
	size_t count = 0;
	int error = 0;

	if (depth > DEPTH_MAX)
		return err_set(reading->err, ERR_LIMIT, "the answer has more than %d arrays in one another", DEPTH_MAX);
	reading->at++;
	if (!next_is(reading, ']'))
		error = read_elements(reading, depth, depth > 1 ? &first : NULL, &count);
	if (error == 0)
		reading->at++;
	if (error == 0)
		take(reading, first, count);
	json_decref(first);
	return error;
}

int json_walk_answer(const struct json_walk *walk, const char *text, size_t length, struct err *err)
{
	struct reading reading = { .walk = walk, .err = err };
	json_t *value;
	int error;

	/* an empty buffer has no bytes to point to */
	reading.at = length > 0 ? text : "";
	reading.end = reading.at + length;
	if (next_is(&reading, '[')) {
		error = read_array(&reading, 1);
	} else {
		error = read_value(&reading, &value);
		if (error == 0) {
			take(&reading, value, 1);
			json_decref(value);
		}
	}
	skip_space(&reading);
	if (error == 0 && reading.at != reading.end)
		error = no_json(&reading, "something stands behind it");
	return error;
}

const json_t *json_at(const json_t *value, const char *path)
{
	while (value != NULL && *path != '\0') {
		size_t length = strcspn(path, ".");
		char part[PART_SIZE];

		snprintf(part, sizeof(part), "%.*s", (int)length, path);
		if (json_is_array(value))
			value = json_array_get(value, strtoul(part, NULL, 10));
		else
			value = json_object_get(value, part);
		path += length + (path[length] == '.');
	}
	return value;
}

const char *json_text_at(const json_t *value, const char *path, size_t max)
{
	const json_t *found = json_at(value, path);

	return json_is_string(found) && json_string_length(found) <= max ? json_string_value(found) : "";
}

char *json_inside(const char *text, bool sfe)
{
	size_t length = strlen(text);
	char *result;

	if (sfe) {
		result = malloc(length * JSON_GO_GROWTH + 1);
		if (result != NULL)
			*json_put_text(result, text, length) = '\0';
	} else {
		json_t *string = json_string(text);
		char *quoted = json_dumps(string, JSON_ENCODE_ANY);

		json_decref(string);
		result = quoted != NULL ? strndup(quoted + 1, strlen(quoted) - 2) : NULL;
		free(quoted);
	}
	return result;
}
