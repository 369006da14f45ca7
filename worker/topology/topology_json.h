/* Walking the JSON of an answer: values in arrays, and paths, one at a time, so that an answer of megabytes never stands
 * in memory as a tree. jansson reads each. */
#ifndef SLUICE_WORKER_TOPOLOGY_TOPOLOGY_JSON_H
#define SLUICE_WORKER_TOPOLOGY_TOPOLOGY_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

struct json_walk {
	/* Called for each value of the answer; of a path (an array in the array) for its first alone, `length` values being
	 * in it. false: enough. The value is borrowed. */
	bool (*take)(void *owner, const json_t *value, size_t length);
	void *owner;
	bool exact;                           /* integers stay integers (and may be too large to be read) */
};

/* text: an array, nested or not, a single value, or null (no value). ERR_PROTOCOL: it is no JSON; ERR_LIMIT: too deep. */
int json_walk_answer(const struct json_walk *walk, const char *text, size_t length, struct err *err);

/* The value at a path of names and indexes with dots between them, "Metadata.IPV4.0"; NULL: none is there. Borrowed. */
const json_t *json_at(const json_t *value, const char *path);
/* The text there; "" when there is none or it is longer than max bytes. */
const char *json_text_at(const json_t *value, const char *path, size_t max);
/* The text as the inside of a JSON string: escaped as Go does it (sfe), or as little as JSON allows. To be freed; NULL: no
 * memory. */
char *json_inside(const char *text, bool sfe);

#endif
