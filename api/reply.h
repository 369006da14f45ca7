/* What is sent: status, headers and body. */
#ifndef SLUICE_API_REPLY_H
#define SLUICE_API_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct api_stream;

enum { REPLY_FIELDS_MAX = 12, REPLY_VALUE_SIZE = 320 };

struct reply_field {
	const char *name;
	char value[REPLY_VALUE_SIZE];
};

struct reply {
	int status;
	const char *content_type;     /* NULL: no body */
	const char *cache;            /* Cache-Control, static; NULL: no-store */
	struct api_stream *stream;    /* a body as it comes; owned until it is sent */
	const char *fixed;            /* a body that lives for ever, or NULL: */
	char *body;                   /* owned, malloc'd */
	size_t length;
	struct reply_field fields[REPLY_FIELDS_MAX];
	size_t field_count;
};

void reply_fini(struct reply *reply);
/* It is not sent after all. */
void reply_drop_stream(struct reply *reply);
/* One more header (printf); too long a value is left out whole. */
void reply_field(struct reply *reply, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The body: JSON, a line feed behind it. Without memory the status becomes 503, with an empty body. */
void reply_json(struct reply *reply, const char *content_type, const json_t *json);
/* A body that was made already; taken over. */
void reply_text(struct reply *reply, const char *content_type, char *body, size_t length);

#endif
