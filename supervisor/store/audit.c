#include "supervisor/store/audit.h"

#include "supervisor/store/store_private.h"

enum { AUDIT_WINDOW = 2000 };         /* rows that are looked at in one go: more than a page has */

void store_audit_watch(struct store *store, void (*written)(void *owner), void *owner)
{
	store->written = written;
	store->watcher = owner;
}

int audit_write_revision(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, const struct audit_revision *revision, struct err *err)
{
	static const struct store_change nobody = { .who = "sluiced", .role = "system" };
	const struct store_change *by = change ? change : &nobody;
	struct query query = query_begin(store, SQL_AUDIT_INSERT, NULL);
	int error;

	query_number(&query, change_time(change));
	query_text(&query, text_or_empty(by->who));
	query_text(&query, text_or_empty(by->role));
	query_text(&query, text_or_empty(tenant));
	query_text(&query, action);
	query_text(&query, target);
	query_text(&query, text_or_empty(by->address));
	query_text(&query, text_or_empty(by->request_id));
	query_text(&query, by->detail ? by->detail : "{}");
	query_number(&query, revision->number);
	query_text(&query, revision->summary);
	error = query_run(&query, err);
	if (error != 0)
		err_prefix(err, "writing the audit trail");
	store->audited = true;
	return error;
}

int audit_write(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, struct err *err)
{
	return audit_write_revision(store, change, tenant, action, target, &(struct audit_revision){ .summary = "" }, err);
}

int store_audit_add(struct store *store, const struct store_change *change, const char *tenant, const char *action,
	const char *target, struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	return txn_end(store, change, audit_write(store, change, tenant, action, target, err), err);
}

static void read_row(struct query *query, struct store_audit *row)
{
	*row = (struct store_audit){
		.id = query_get_number(query, 0),
		.at_ms = query_get_number(query, 1),
		.who = query_get_text(query, 2),
		.role = query_get_text(query, 3),
		.tenant = query_get_text(query, 4),
		.action = query_get_text(query, 5),
		.target = query_get_text(query, 6),
		.address = query_get_text(query, 7),
		.request_id = query_get_text(query, 8),
		.detail = query_get_text(query, 9),
		.who_description = query_get_text(query, 10),
	};
}

static void bind_tenant(struct query *query, const struct store_audit_filter *filter)
{
	if (filter->tenant != NULL)
		query_text(query, filter->tenant);
}

/* Where the rows before this one that are looked at in one go end: the id of the last of them, 0: there are none beyond. */
static int window_end(struct store *store, const struct store_audit_filter *filter, int64_t before, int64_t *end, int64_t *newest_ms,
	struct err *err)
{
	struct query query = query_begin(store, filter->tenant ? SQL_AUDIT_WINDOW_TENANT : SQL_AUDIT_WINDOW, NULL);
	int row;

	query_number(&query, before);
	query_number(&query, AUDIT_WINDOW);
	bind_tenant(&query, filter);
	row = query_row(&query, err);
	if (row == 1) {
		*end = query_get_number(&query, 0) == AUDIT_WINDOW ? query_get_number(&query, 1) : 0;
		*newest_ms = query_get_number(&query, 2);
	}
	return query_end(&query, row < 0 ? row : 0, err);
}

/* No more in what was looked at. Rows may stand beyond it, unless all of the next go are too old: clocks that are set back
 * make some older than those before them, but not so many. */
static int find_next(struct store *store, const struct store_audit_filter *filter, int64_t before, int64_t *next, struct err *err)
{
	int64_t newest_ms, end;
	int error = window_end(store, filter, before, next, &newest_ms, err);

	if (error != 0 || *next == 0 || filter->since_ms == 0)
		return error;
	error = window_end(store, filter, *next, &end, &newest_ms, err);
	if (error == 0 && newest_ms < filter->since_ms)
		*next = 0;
	return error;
}

static void bind_filter(struct query *query, const struct store_audit_filter *filter, int64_t before, unsigned size)
{
	query_number(query, before);
	query_number(query, AUDIT_WINDOW);
	query_number(query, filter->since_ms);
	query_text(query, filter->action);
	query_text(query, filter->who);
	query_text(query, filter->pipeline);
	query_number(query, (int64_t)size + 1);
	bind_tenant(query, filter);
}

int store_audit_list(struct store *store, const struct store_audit_filter *filter, int64_t before, unsigned limit,
	struct store_audits *list, struct arena *arena, struct err *err)
{
	static const struct store_audit_filter all = { 0 };
	const struct store_audit_filter *by = filter != NULL ? filter : &all;
	unsigned size = page_size(limit);
	struct query query = query_begin(store, by->tenant ? SQL_AUDIT_LIST_TENANT : SQL_AUDIT_LIST, arena);
	int row, error;

	*list = (struct store_audits){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	if (before <= 0)
		before = INT64_MAX;
	bind_filter(&query, by, before, size);
	while ((row = query_row(&query, err)) == 1 && list->count < size)
		read_row(&query, &list->items[list->count++]);
	error = query_end(&query, row < 0 ? row : 0, err);
	if (error != 0)
		return error;
	if (row == 1) {
		list->next = list->items[size - 1].id;
		return 0;
	}
	return find_next(store, by, before, &list->next, err);
}
