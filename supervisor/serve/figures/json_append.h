/* JSON as text, member by member: for what stands a thousand times in one answer, where a tree of it costs six times as much. */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_JSON_APPEND_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_JSON_APPEND_H

#include <stdint.h>

#include "common/buffer.h"

struct json_append {
	struct buffer *out;
	int error;                    /* the first one, as buffer_append(); nothing is appended from then on */
};

/* An object within the text; members of it between the two. */
void json_append_begin(struct json_append *json);
void json_append_end(struct json_append *json);

/* name: a word without anything to escape. With a comma before it, unless it is the first. */
void json_append_name(struct json_append *json, const char *name);
/* text is UTF-8. */
void json_append_text(struct json_append *json, const char *name, const char *text);
void json_append_number(struct json_append *json, const char *name, int64_t value);
/* Wall clock, ms; 0: null. */
void json_append_time(struct json_append *json, const char *name, int64_t wall_ms);
/* A value that is JSON already, whole. */
void json_append_json(struct json_append *json, const char *name, const char *value);

#endif
