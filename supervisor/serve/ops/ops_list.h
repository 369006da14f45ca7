/* Lists for the API: a page of the store, filtered, as an answer. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_OPS_LIST_H
#define SLUICE_SUPERVISOR_SERVE_OPS_OPS_LIST_H

#include <jansson.h>
#include <stdbool.h>

#include "api/api_ops.h"
#include "common/arena.h"
#include "common/buffer.h"
#include "common/err.h"

struct serve;

struct ops_list {
	struct serve *serve;
	const struct api_request *request;
	const struct api_list *query;
	const void *filter;           /* the page's own; NULL: it has none */
	json_t *items;                /* what fits is appended here … */
	struct buffer text;           /* … or here, as JSON: "[", and what fits with commas between */
	struct arena *arena;          /* of this page */
};

/* Reads the page behind `after` ("" for the first), at most query->limit long. Sets *next, in the arena, where there are
 * more. */
typedef int ops_page(struct ops_list *list, const char *after, const char **next, struct err *err);

/* Answers with the first page in which something fits; an empty one says that nothing more follows, or where to go on. */
int ops_list_answer(struct serve *serve, const struct api_request *request, const struct api_list *query, ops_page *page,
	struct api_answer *answer);
/* With what the page finds in list->filter. */
int ops_list_filtered(struct serve *serve, const struct api_request *request, const struct api_list *query, ops_page *page,
	const void *filter, struct api_answer *answer);
/* Does one of these texts contain what the query asks for? ASCII case is ignored; texts may be NULL. */
bool ops_list_fits(const struct ops_list *list, const char *const *texts, size_t count);

#endif
