/* What a new revision changes, in one line for people. Pure. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_CHANGES_H
#define SLUICE_SUPERVISOR_SERVE_OPS_CHANGES_H

#include <jansson.h>
#include <stddef.h>

enum { CHANGES_SIZE = 320 };

struct changes {
	char text[CHANGES_SIZE];      /* "pipeline.compress.type: none -> gzip; filter.excluded_tags: added; 2 more" */
	size_t used;
	unsigned left_out;            /* changes that had no room */
};

/* Adds what differs between two configurations, secrets not in them; in the order of the new one's members. */
void changes_compare(struct changes *changes, const json_t *before, const json_t *after);
/* Adds one: path is a dotted one, what is said of it is cut to some 40 characters. */
void changes_add(struct changes *changes, const char *path, const char *what);
/* Ends the line. The text: "" when nothing was added. */
const char *changes_end(struct changes *changes);

#endif
