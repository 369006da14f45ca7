/* A pipeline's revisions as the API shows them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/store/revisions.h"

/* What came of it: an order of struct store_revision's results. */
static const char *const outcomes[] = { "not_run", "ready", "never_ready" };

/* One of them may be running. */
static int64_t ran_ms(const struct store_revision *revision, const struct served *served)
{
	return revision->ran_ms + (served != NULL ? served_time_unkept(served, revision->number) : 0);
}

static json_t *revision_json(const struct store_revision *revision, const struct store_pipeline *row,
	const struct served *served)
{
	return json_pack("{sI sb so ss ss so so sf ss so}", "revision", (json_int_t)revision->number, "current",
		(int)(revision->number == row->revision), "at", ops_time(revision->at_ms), "who", revision->who,
		"who_description", revision->who_description, "summary",
		ops_text(revision->summary), "restored_from",
		revision->restored_from != 0 ? json_integer((json_int_t)revision->restored_from) : json_null(), "ran_seconds",
		(double)ran_ms(revision, served) / 1000, "outcome", outcomes[revision->result], "host_id",
		json_string(revision->host_id));
}

/* They are few: the store gives all, and a page is cut out of them. */
static int revision_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	struct store_revisions all;
	struct store_pipeline row;
	const struct served *served;
	int64_t below = after[0] != '\0' ? strtoll(after, NULL, 10) : INT64_MAX;
	char number[24];
	unsigned taken = 0;
	int error = store_pipeline_get(list->serve->store, list->request->tenant, list->request->name, &row, list->arena, err);

	if (error == 0)
		error = store_revisions_list(list->serve->store, row.id, &all, list->arena, err);
	if (error != 0)
		return error;
	served = served_find(list->serve, row.id);
	for (size_t i = 0; i < all.count; i++) {
		const char *const texts[] = { all.items[i].who, all.items[i].summary };

		if (all.items[i].number >= below || !ops_list_fits(list, texts, 2))
			continue;
		if (taken++ == list->query->limit) {
			snprintf(number, sizeof(number), "%" PRId64, all.items[i].number + 1);
			*next = arena_strdup(list->arena, number);
			return *next != NULL ? 0 : err_set(err, ERR_LIMIT, "the page is too large: give a smaller limit");
		}
		json_array_append_new(list->items, revision_json(&all.items[i], &row, served));
	}
	return 0;
}

static int revision_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer)
{
	return ops_list_answer(owner, request, query, revision_page, answer);
}

static int revision_get(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct serve *serve = owner;
	struct store_revision revision;
	struct store_pipeline row;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = ops_find(serve, request, &row, &arena, answer);
	if (error == 0) {
		error = store_revision_get(serve->store, row.id, (int64_t)request->number, &revision, &arena, &err);
		error = error == 0 ? 0 : ops_failed(answer, error, &err);
	}
	if (error == 0) {
		answer->body = revision_json(&revision, &row, served_find(serve, row.id));
		json_object_set_new(answer->body, "config", ops_json(revision.config));
	}
	arena_fini(&arena);
	return error;
}

void ops_revisions_init(struct api_ops *ops)
{
	ops->revision_list = revision_list;
	ops->revision_get = revision_get;
	ops->pipeline_rollback = ops_pipeline_rollback;
}
