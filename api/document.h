/* A request's body as JSON, whichever way it was written, with the positions for its errors. */
#ifndef SLUICE_API_DOCUMENT_H
#define SLUICE_API_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "api/api_ops.h"
#include "common/arena.h"
#include "common/config/tree.h"

enum document_form { DOCUMENT_NONE, DOCUMENT_JSON, DOCUMENT_YAML, DOCUMENT_UNKNOWN };
enum { DOCUMENT_DEPTH_MAX = 32 };

struct document {
	const char *text;             /* borrowed */
	size_t length;
	enum document_form form;
	unsigned lines_before;        /* in the body that it is a part of */
	json_t *json;                 /* an object */
	struct arena arena;           /* of the tree */
	const struct node *tree;      /* of JSON only when an error asks for it */
};

/* What a Content-Type means; NONE when there is none. patch: application/merge-patch+json is JSON. */
enum document_form document_form_of(const char *content_type, bool patch);

/* 0; or ERR_INVALID with the answer refused: 400 with all that is wrong with the syntax, 422 when it is no object. */
int document_read(struct document *document, const char *text, size_t length, enum document_form form,
	struct api_answer *answer);
/* The same of a part of a YAML body: its lines are the body's. */
int document_read_part(struct document *document, const char *text, size_t length, unsigned lines_before,
	struct api_answer *answer);
void document_fini(struct document *document);

/* Gives the problem's errors and warnings that have no line the line of what their pointer leads to. exact: only
 * those whose pointer leads to something that was sent (a patch says nothing about the rest). */
void document_locate(struct document *document, struct api_problem *problem, bool exact);

/* A tree as JSON. Plain scalars that JSON would write the same are numbers, true, false and null; all else is text.
 * NULL without memory. */
json_t *document_tree_json(const struct node *node);

/* RFC 7396. Changes target (an object or not) and returns what it became: a reference of the caller's. */
json_t *document_merge(json_t *target, const json_t *patch);

/* A JSON configuration as YAML: maps, texts, numbers and lists of texts. Errors as buffer_append(). */
struct buffer;
int document_print_yaml(const json_t *config, struct buffer *out);
/* The same on one line, in YAML's way to write JSON. */
int document_print_line(const json_t *value, struct buffer *out);

#endif
