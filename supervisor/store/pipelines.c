#include "supervisor/store/pipelines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/store/json_object.h"
#include "supervisor/store/pipeline_rows.h"

static const char *etag_of(const char *id, int64_t version, struct query *query)
{
	char text[48];
	const char *copy;

	snprintf(text, sizeof(text), "%s-%" PRId64, id, version);
	copy = arena_strdup(query->arena, text);
	query->arena_full |= copy == NULL;
	return copy ? copy : "";
}

/* Columns of PIPELINE_COLUMNS and the configuration. */
static void read_pipeline(struct query *query, struct store_pipeline *pipeline)
{
	*pipeline = (struct store_pipeline){
		.id = query_get_text(query, 0),
		.tenant = query_get_text(query, 1),
		.name = query_get_text(query, 2),
		.host_id = query_get_text(query, 3),
		.host_id_used = query_get_text(query, 4),
		.description = query_get_text(query, 5),
		.labels = query_get_text(query, 6),
		.limits = query_get_text(query, 7),
		.running = query_get_number(query, 9) != 0,
		.revision = query_get_number(query, 10),
		.last_good = query_get_number(query, 11),
		.stop_ordered = !query_is_null(query, 12),
		.stop.epoch = (uint64_t)query_get_number(query, 12),
		.stop.sequence = (uint64_t)query_get_number(query, 13),
		.created_ms = query_get_number(query, 14),
		.updated_ms = query_get_number(query, 15),
		.config = query_is_null(query, 16) ? NULL : query_get_text(query, 16),
	};
	pipeline->etag = etag_of(pipeline->id, query_get_number(query, 8), query);
}

static int get(struct query *query, struct store_pipeline *pipeline, const char *name, struct err *err)
{
	int row = query_row(query, err);

	if (row == 1)
		read_pipeline(query, pipeline);
	if (row == 0)
		row = err_set(err, ERR_NOT_FOUND, "there is no pipeline %s", name);
	return query_end(query, row, err);
}

int store_pipeline_get(struct store *store, const char *tenant, const char *name, struct store_pipeline *pipeline,
	struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_PIPELINE_BY_NAME, arena);

	query_text(&query, tenant);
	query_text(&query, name);
	return get(&query, pipeline, name, err);
}

int store_pipeline_get_id(struct store *store, const char *id, struct store_pipeline *pipeline, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_PIPELINE_BY_ID, arena);

	query_text(&query, id);
	return get(&query, pipeline, id, err);
}

/* ---- lists ---- */

/* What PIPELINE_FILTER binds. */
struct filter {
	const char *tenant, *text, *labels;
};

static int make_filter(struct store *store, const struct store_filter *given, struct filter *filter,
	struct arena *arena, struct err *err)
{
	char *lower;

	*filter = (struct filter){ 0 };
	if (given == NULL)
		return 0;
	filter->tenant = given->tenant;
	if (given->text != NULL && given->text[0] != '\0') {
		lower = arena_strdup(arena, given->text);
		if (lower == NULL)
			return err_set(err, ERR_LIMIT, "the filter is too long");
		for (char *c = lower; *c != '\0'; c++)
			*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
		filter->text = lower;
	}
	if (given->labels == NULL)
		return 0;
	return json_object_of(store, "the filter for labels", given->labels, &filter->labels, arena, err);
}

static void bind_filter(struct query *query, const struct filter *filter)
{
	query_text(query, filter->tenant);
	query_text(query, filter->text);
	query_text(query, filter->labels);
}

/* `after` is "tenant/name" of the last one shown: names have no slash. */
static int split_after(const char *after, const char **tenant, const char **name, struct arena *arena, struct err *err)
{
	const char *slash = after ? strchr(after, '/') : NULL;

	*tenant = *name = "";
	if (after == NULL)
		return 0;
	if (slash == NULL || slash == after || slash[1] == '\0')
		return err_set(err, ERR_INVALID, "this page is not of this list");
	*tenant = arena_strndup(arena, after, (size_t)(slash - after));
	*name = slash + 1;
	return *tenant ? 0 : err_set(err, ERR_LIMIT, "this page is not of this list");
}

static int set_next(struct store_pipelines *list, struct arena *arena, struct err *err)
{
	const struct store_pipeline *last = &list->items[list->count - 1];
	char next[160];

	snprintf(next, sizeof(next), "%s/%s", last->tenant, last->name);
	list->next = arena_strdup(arena, next);
	return list->next ? 1 : err_set(err, ERR_LIMIT, "an answer of the database is too large");
}

int store_pipelines_list(struct store *store, const struct store_filter *given, const char *after, unsigned limit,
	bool with_config, struct store_pipelines *list, struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	const char *tenant, *name;
	struct filter filter;
	struct query query;
	int row, error;

	*list = (struct store_pipelines){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return ERR_LIMIT;
	error = split_after(after, &tenant, &name, arena, err);
	if (error == 0)
		error = make_filter(store, given, &filter, arena, err);
	if (error != 0)
		return error;
	query = query_begin(store, SQL_PIPELINES_LIST, arena);
	bind_filter(&query, &filter);
	query_text(&query, tenant);
	query_text(&query, name);
	query_number(&query, (int64_t)size + 1);
	query_number(&query, with_config);
	while ((row = query_row(&query, err)) == 1 && list->count < size)
		read_pipeline(&query, &list->items[list->count++]);
	if (row == 1)
		row = set_next(list, arena, err);
	return query_end(&query, row, err);
}

/* ---- refusals ---- */

int pipeline_match(const struct store_pipeline *pipeline, const char *if_match, struct store_refusal *refusal,
	struct err *err)
{
	if (if_match == NULL)
		return 0;
	if (pipeline != NULL && (strcmp(if_match, "*") == 0 || strcmp(if_match, pipeline->etag) == 0))
		return 0;
	refuse(refusal, STORE_STALE);
	return err_set(err, ERR_BUSY, "the pipeline has changed since: get it again");
}

int pipeline_missing(const char *name, struct store_refusal *refusal, struct err *err)
{
	refuse(refusal, STORE_NO_PIPELINE);
	return err_set(err, ERR_NOT_FOUND, "there is no pipeline %s", name);
}
