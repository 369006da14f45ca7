/* What only one pipeline of all tenants may have. The table's primary key keeps the promise; looking first makes the
 * answer useful. Both happen in the writing transaction. */
#include <stdio.h>
#include <string.h>

#include "supervisor/store/pipeline_rows.h"

enum { TRIES = 100000 };

struct holder {
	const char *pipeline, *tenant, *name;
};

/* 1: held, *holder tells by whom (arena NULL: only the return value counts); 0: free. */
static int find_holder(struct store *store, const char *kind, const char *value, struct holder *holder,
	struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_CLAIM_HOLDER, arena);
	int error, row;

	query_text(&query, kind);
	query_text(&query, value);
	row = query_row(&query, err);
	if (row == 1 && arena != NULL)
		*holder = (struct holder){ .pipeline = query_get_text(&query, 0), .tenant = query_get_text(&query, 1),
			.name = query_get_text(&query, 2) };
	error = query_end(&query, row, err);
	return error != 0 ? error : row;
}

/* The first of base-2, base-3, … that is free. */
static int free_host_id(struct store *store, const char *base, const char **value, struct arena *arena,
	struct err *err)
{
	char text[512];

	for (unsigned number = 2; number < TRIES; number++) {
		int held;

		snprintf(text, sizeof(text), "%s-%u", base, number);
		held = find_holder(store, "host_id", text, NULL, NULL, err);
		if (held < 0)
			return held;
		if (held == 0) {
			*value = arena_strdup(arena, text);
			return *value ? 0 : err_set(err, ERR_LIMIT, "no memory for a host_id");
		}
	}
	return err_set(err, ERR_LIMIT, "no host_id that begins with %s is free", base);
}

static int take(struct store *store, const char *kind, const char *value, const char *id, struct err *err)
{
	struct query query = query_begin(store, SQL_CLAIM_TAKE, NULL);

	query_text(&query, kind);
	query_text(&query, value);
	query_text(&query, id);
	return query_run(&query, err);
}

/* 1: free or its own, and now taken; 0: another's, and told in the refusal. */
static int claim(struct store *store, const struct store_pipeline *pipeline, const char *kind, const char *value,
	struct store_refusal *refusal, struct arena *arena, struct err *err)
{
	struct store_conflict conflict = { .kind = kind, .value = value, .suggestion = "" };
	struct holder holder = { 0 };
	int error, held = find_holder(store, kind, value, &holder, arena, err);

	if (held < 0)
		return held;
	if (held == 0 || strcmp(holder.pipeline, pipeline->id) == 0) {
		error = take(store, kind, value, pipeline->id, err);
		return error != 0 ? error : 1;
	}
	conflict.tenant = holder.tenant;
	conflict.name = holder.name;
	if (strcmp(kind, "host_id") == 0 && (error = free_host_id(store, value, &conflict.suggestion, arena, err)) != 0)
		return error;
	refuse_too(refusal, STORE_CLAIMED);
	if (refusal != NULL && refusal->conflict_count < STORE_CONFLICTS)
		refusal->conflicts[refusal->conflict_count++] = conflict;
	return 0;
}

static int remember_auto(struct store *store, const char *id, const char *host_id, struct err *err)
{
	struct query query = query_begin(store, SQL_PIPELINE_AUTO, NULL);

	query_text(&query, id);
	query_text(&query, host_id);
	return query_run(&query, err);
}

static int read_auto(struct store *store, const char *id, const char **host_id, struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_PIPELINE_AUTO_GET, arena);
	int row;

	*host_id = "";
	query_text(&query, id);
	row = query_row(&query, err);
	if (row == 1)
		*host_id = query_get_text(&query, 0);
	return query_end(&query, row, err);
}

/* What it came to before, else tenant-name, else the same with a number: never a conflict. 1, or an error. */
static int choose_auto(struct store *store, const struct store_pipeline *pipeline, const char **host_id,
	struct arena *arena, struct err *err)
{
	char text[160];
	const char *base, *before;
	int done = 0, error = read_auto(store, pipeline->id, &before, arena, err);

	snprintf(text, sizeof(text), "%s-%s", pipeline->tenant, pipeline->name);
	base = arena_strdup(arena, text);
	if (error == 0 && base == NULL)
		error = err_set(err, ERR_LIMIT, "no memory for a host_id");
	if (error == 0 && before[0] != '\0')
		done = claim(store, pipeline, "host_id", *host_id = before, NULL, arena, err);
	if (error == 0 && done == 0)
		done = claim(store, pipeline, "host_id", *host_id = base, NULL, arena, err);
	if (error == 0 && done == 0 && (error = free_host_id(store, base, host_id, arena, err)) == 0)
		done = claim(store, pipeline, "host_id", *host_id, NULL, arena, err);
	return error != 0 ? error : done;
}

/* As claim(): only a wish may be another's. */
static int claim_auto(struct store *store, const struct store_pipeline *pipeline, const char *wish, const char **host_id,
	struct store_refusal *refusal, struct arena *arena, struct err *err)
{
	int error, done;

	if (wish != NULL)
		done = claim(store, pipeline, "host_id", *host_id = wish, refusal, arena, err);
	else
		done = choose_auto(store, pipeline, host_id, arena, err);
	if (done != 1)
		return done;
	error = remember_auto(store, pipeline->id, *host_id, err);
	return error != 0 ? error : 1;
}

static int release(struct store *store, enum statement which, const char *id, struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	query_text(&query, id);
	return query_run(&query, err);
}

int claims_take(struct store *store, const struct store_pipeline *pipeline, const char *host_id,
	const char *auto_host_id, const struct store_claim *claims, size_t count, const char **host_id_used, struct store_refusal *refusal,
	struct arena *arena, struct err *err)
{
	int done = release(store, SQL_CLAIMS_RELEASE, pipeline->id, err);

	*host_id_used = host_id;
	if (done == 0 && strcmp(host_id, "auto") == 0)
		done = claim_auto(store, pipeline, auto_host_id, host_id_used, refusal, arena, err);
	else if (done == 0 && host_id[0] != '\0')
		done = claim(store, pipeline, "host_id", host_id, refusal, arena, err);
	for (size_t i = 0; done >= 0 && i < count; i++) {
		if (claims[i].value[0] != '\0')
			done = claim(store, pipeline, claims[i].kind, claims[i].value, refusal, arena, err);
	}
	return done < 0 ? done : 0;
}

int store_host_id_give_up(struct store *store, const char *id, struct err *err)
{
	int error = txn_begin(store, err);

	return error != 0 ? error : txn_end(store, NULL, release(store, SQL_HOST_ID_GIVE_UP, id, err), err);
}

int store_host_id_reserve(struct store *store, const char *id, const char *host_id, struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, SQL_HOST_ID_RESERVE, NULL);
	query_text(&query, id);
	query_text(&query, host_id);
	return txn_end(store, NULL, query_run(&query, err), err);
}

int store_claims_settle(struct store *store, const char *id, struct err *err)
{
	int error = txn_begin(store, err);

	return error != 0 ? error : txn_end(store, NULL, release(store, SQL_CLAIMS_SETTLE, id, err), err);
}

int store_claims_list(struct store *store, const char *kind, const char *after, unsigned limit,
	struct store_helds *list, struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	struct query query = query_begin(store, SQL_CLAIMS_LIST, arena);
	int row;

	*list = (struct store_helds){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, kind);
	query_text(&query, text_or_empty(after));
	query_number(&query, (int64_t)size + 1);
	while ((row = query_row(&query, err)) == 1 && list->count < size)
		list->items[list->count++] = (struct store_held){ .kind = query_get_text(&query, 0),
			.value = query_get_text(&query, 1), .tenant = query_get_text(&query, 2),
			.name = query_get_text(&query, 3), .id = query_get_text(&query, 4),
			.current = query_get_number(&query, 5) != 0 };
	if (row == 1)
		list->next = list->items[size - 1].value;
	return query_end(&query, row, err);
}
