/* Walks JSON text and tells where each value stands in it: the simulator patches recordings in place. */
#ifndef SLUICE_ANALYZER_JSON_WALK_H
#define SLUICE_ANALYZER_JSON_WALK_H

#include <stddef.h>

/* Called for each value behind its last byte (a container after what it holds). path is like "Obj[].Metric.ABBytes";
 * the value is text[from, to), strings with their quotes. */
struct json_visitor {
	void (*visit)(void *data, const char *path, size_t from, size_t to);
	void *data;
};

/* 0, or ERR_INVALID when the text is not one JSON value (then some values have been told already). Escapes in member
 * names are not resolved. */
int json_walk(const char *text, size_t length, const struct json_visitor *visitor);

#endif
