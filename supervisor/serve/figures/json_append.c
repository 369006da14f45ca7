#include "supervisor/serve/figures/json_append.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { ESCAPED = 6 /* bytes that a character may become */ };

static void put(struct json_append *json, const char *text, size_t length)
{
	if (json->error == 0)
		json->error = buffer_append(json->out, text, length);
}

/* Jansson's way: what is not ASCII stays as it is. */
static char *put_escaped(char *to, unsigned char c)
{
	static const char letters[] = "btnvfr";       /* from 8 on */

	if (c == '"' || c == '\\' || (c >= '\b' && c <= '\r' && c != '\v')) {
		*to++ = '\\';
		*to++ = c == '"' || c == '\\' ? (char)c : letters[c - '\b'];
		return to;
	}
	return to + snprintf(to, ESCAPED + 1, "\\u%04X", (unsigned)c);
}

static void put_string(struct json_append *json, const char *text)
{
	size_t length = strlen(text);
	char *to;

	if (json->error == 0)
		json->error = buffer_reserve(json->out, ESCAPED * length + sizeof("\"\""));
	if (json->error != 0)
		return;
	to = json->out->bytes + json->out->length;
	*to++ = '"';
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		if (*c < ' ' || *c == '"' || *c == '\\')
			to = put_escaped(to, *c);
		else
			*to++ = (char)*c;
	}
	*to++ = '"';
	json->out->length = (size_t)(to - json->out->bytes);
}

void json_append_begin(struct json_append *json)
{
	put(json, "{", 1);
}

void json_append_end(struct json_append *json)
{
	put(json, "}", 1);
}

void json_append_name(struct json_append *json, const char *name)
{
	const struct buffer *out = json->out;

	if (json->error == 0 && out->length > 0 && out->bytes[out->length - 1] != '{')
		put(json, ",", 1);
	put(json, "\"", 1);
	put(json, name, strlen(name));
	put(json, "\":", 2);
}

void json_append_text(struct json_append *json, const char *name, const char *text)
{
	json_append_name(json, name);
	put_string(json, text);
}

void json_append_number(struct json_append *json, const char *name, int64_t value)
{
	char digits[24];

	json_append_name(json, name);
	put(json, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRId64, value));
}

void json_append_time(struct json_append *json, const char *name, int64_t wall_ms)
{
	char text[CLOCK_SECOND_LENGTH + 2] = "\"";

	if (wall_ms == 0) {
		json_append_json(json, name, "null");
		return;
	}
	json_append_name(json, name);
	*clock_put_second(text + 1, wall_ms) = '"';
	put(json, text, sizeof(text));
}

void json_append_json(struct json_append *json, const char *name, const char *value)
{
	json_append_name(json, name);
	put(json, value, strlen(value));
}
