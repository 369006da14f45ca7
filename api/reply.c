#include "api/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream_private.h"

void reply_drop_stream(struct reply *reply)
{
	stream_drop(reply->stream);
	reply->stream = NULL;
}

void reply_fini(struct reply *reply)
{
	reply_drop_stream(reply);
	free(reply->body);
	*reply = (struct reply){ 0 };
}

void reply_field(struct reply *reply, const char *name, const char *format, ...)
{
	struct reply_field *field = &reply->fields[reply->field_count];
	va_list args;
	int length;

	if (reply->field_count == REPLY_FIELDS_MAX)
		return;
	va_start(args, format);
	length = vsnprintf(field->value, sizeof(field->value), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(field->value))
		return;
	field->name = name;
	reply->field_count++;
}

void reply_json(struct reply *reply, const char *content_type, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
	size_t length = text != NULL ? strlen(text) : 0;
	char *longer = text != NULL ? realloc(text, length + 2) : NULL;

	if (longer == NULL) {
		free(text);
		reply->status = 503;
		return;
	}
	memcpy(longer + length, "\n", 2);
	reply_text(reply, content_type, longer, length + 1);
}

void reply_text(struct reply *reply, const char *content_type, char *body, size_t length)
{
	free(reply->body);
	reply->content_type = content_type;
	reply->body = body;
	reply->length = length;
}
