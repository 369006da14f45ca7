#include "supervisor/store/tenants.h"

#include <string.h>

#include "supervisor/store/json_object.h"
#include "supervisor/store/store_private.h"

static void read_tenant(struct query *query, struct store_tenant *tenant)
{
	*tenant = (struct store_tenant){
		.name = query_get_text(query, 0),
		.display_name = query_get_text(query, 1),
		.limits = query_get_text(query, 2),
		.created_ms = query_get_number(query, 3),
		.updated_ms = query_get_number(query, 4),
		.tokens = (unsigned)query_get_number(query, 5),
	};
}

int store_tenants_list(struct store *store, const char *after, unsigned limit, struct store_tenants *list,
	struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	struct query query = query_begin(store, SQL_TENANTS_LIST, arena);
	int row;

	*list = (struct store_tenants){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, text_or_empty(after));
	query_number(&query, (int64_t)size + 1);
	while ((row = query_row(&query, err)) == 1 && list->count < size)
		read_tenant(&query, &list->items[list->count++]);
	if (row == 1)
		list->next = list->items[size - 1].name;
	return query_end(&query, row, err);
}

int store_tenant_get(struct store *store, const char *name, struct store_tenant *tenant, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_TENANT_GET, arena);
	int row;

	query_text(&query, name);
	row = query_row(&query, err);
	if (row == 1)
		read_tenant(&query, tenant);
	if (row == 0)
		row = err_set(err, ERR_NOT_FOUND, "there is no tenant %s", name);
	return query_end(&query, row, err);
}

static int write_tenant(struct store *store, enum statement which, const struct store_tenant *tenant, int64_t now_ms,
	struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	query_text(&query, tenant->name);
	query_text(&query, tenant->display_name);
	query_text(&query, tenant->limits);
	query_number(&query, now_ms);
	return query_run(&query, err);
}

/* Inside the transaction: compares, writes what differs. */
static int put(struct store *store, const struct store_change *change, const struct store_tenant *wanted, int *outcome,
	struct arena *arena, struct err *err)
{
	struct store_tenant old, tenant = *wanted;
	int error = store_tenant_get(store, tenant.name, &old, arena, err);
	bool created = error == ERR_NOT_FOUND;

	if (created)
		old = (struct store_tenant){ .display_name = "", .limits = "{}" };
	else if (error != 0)
		return error;
	tenant.display_name = tenant.display_name ? tenant.display_name : old.display_name;
	if (tenant.limits == NULL)
		tenant.limits = old.limits;
	else if ((error = json_object_of(store, "limits", tenant.limits, &tenant.limits, arena, err)) != 0)
		return error;
	if (!created && strcmp(tenant.display_name, old.display_name) == 0 && strcmp(tenant.limits, old.limits) == 0)
		return 0;
	*outcome = created ? STORE_CREATED : STORE_CHANGED;
	error = write_tenant(store, created ? SQL_TENANT_INSERT : SQL_TENANT_UPDATE, &tenant, change_time(change), err);
	if (error != 0)
		return error;
	return audit_write(store, change, tenant.name, created ? "tenant.create" : "tenant.change", tenant.name, err);
}

int store_tenant_put(struct store *store, const struct store_change *change, const struct store_tenant *tenant,
	int *outcome, struct err *err)
{
	struct arena arena;
	int error = txn_begin(store, err);

	*outcome = STORE_UNCHANGED;
	if (error != 0)
		return error;
	arena_init(&arena, 1 << 20);
	error = txn_end(store, change, put(store, change, tenant, outcome, &arena, err), err);
	arena_fini(&arena);
	return error;
}

int tenant_pipelines(struct store *store, const char *name, uint64_t *count, struct err *err)
{
	struct query query = query_begin(store, SQL_TENANT_PIPELINES, NULL);
	int row;

	query_text(&query, name);
	row = query_row(&query, err);
	*count = row == 1 ? (uint64_t)query_get_number(&query, 0) : 0;
	return query_end(&query, row, err);
}

static int delete_of(struct store *store, enum statement which, const char *name, struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	query_text(&query, name);
	return query_run(&query, err);
}

/* Inside the transaction. */
static int delete_tenant(struct store *store, const char *name, bool force, struct store_refusal *refusal,
	struct err *err)
{
	uint64_t count;
	int error = tenant_pipelines(store, name, &count, err);

	if (error == 0 && count > 0 && !force) {
		refuse(refusal, STORE_NOT_EMPTY);
		if (refusal != NULL)
			refusal->number = count;
		return err_set(err, ERR_BUSY, "tenant %s has %llu pipelines: delete them first", name,
			(unsigned long long)count);
	}
	if (error == 0 && count > 0)
		error = delete_of(store, SQL_TENANT_DELETE_PIPELINES, name, err);
	if (error == 0)
		error = delete_of(store, SQL_TENANT_DELETE, name, err);
	if (error == 0 && sqlite3_changes(store->db) == 0) {
		refuse(refusal, STORE_NO_TENANT);
		error = err_set(err, ERR_NOT_FOUND, "there is no tenant %s", name);
	}
	return error;
}

int store_tenant_delete(struct store *store, const struct store_change *change, const char *name, bool force,
	struct store_refusal *refusal, struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	error = delete_tenant(store, name, force, refusal, err);
	if (error == 0)
		error = audit_write(store, change, name, "tenant.delete", name, err);
	error = txn_end(store, change, error, err);
	if (error == 0)
		store->token_generation++;            /* its tokens went with it */
	return error;
}
