#include "supervisor/store/audit.h"

#include "supervisor/store/store_private.h"

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
	};
}

int store_audit_list(struct store *store, const char *tenant, int64_t since_ms, int64_t before, unsigned limit,
	struct store_audits *list, struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	struct query query = query_begin(store, tenant ? SQL_AUDIT_LIST_TENANT : SQL_AUDIT_LIST, arena);
	int row;

	*list = (struct store_audits){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_number(&query, since_ms);
	query_number(&query, before > 0 ? before : INT64_MAX);
	query_number(&query, (int64_t)size + 1);
	if (tenant != NULL)
		query_text(&query, tenant);
	while ((row = query_row(&query, err)) == 1 && list->count < size)
		read_row(&query, &list->items[list->count++]);
	if (row == 1)
		list->next = list->items[size - 1].id;
	return query_end(&query, row, err);
}
