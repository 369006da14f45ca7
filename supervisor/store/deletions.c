#include "supervisor/store/deletions.h"

#include "supervisor/store/pipeline_rows.h"

int store_deletion_put(struct store *store, const struct store_change *change, const char *id, bool discard,
	struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, SQL_DELETION_PUT, NULL);
	query_text(&query, id);
	query_text(&query, text_or_empty(change->who));
	query_text(&query, text_or_empty(change->role));
	query_text(&query, text_or_empty(change->address));
	query_text(&query, text_or_empty(change->request_id));
	query_number(&query, discard);
	error = query_run(&query, err);
	if (error == 0 && sqlite3_changes(store->db) == 0)
		error = pipeline_missing(id, NULL, err);
	return txn_end(store, change, error, err);
}

int deletion_forget(struct store *store, const char *id, struct err *err)
{
	struct query query = query_begin(store, SQL_DELETION_FORGET, NULL);

	query_text(&query, id);
	return query_run(&query, err);
}

int store_deletion_forget(struct store *store, const char *id, struct err *err)
{
	int error = txn_begin(store, err);

	return error == 0 ? txn_end(store, NULL, deletion_forget(store, id, err), err) : error;
}

int store_deletions_list(struct store *store, const char *after, struct store_deletion **deletions, size_t *count,
	struct arena *arena, struct err *err)
{
	unsigned size = page_size(UINT32_MAX);
	struct query query = query_begin(store, SQL_DELETIONS_LIST, arena);
	int row;

	*count = 0;
	*deletions = list_alloc(arena, size, sizeof(**deletions), err);
	if (*deletions == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, after);
	query_number(&query, size);
	while ((row = query_row(&query, err)) == 1 && *count < size)
		(*deletions)[(*count)++] = (struct store_deletion){ .pipeline = query_get_text(&query, 0),
			.by = { .who = query_get_text(&query, 1), .role = query_get_text(&query, 2),
				.address = query_get_text(&query, 3), .request_id = query_get_text(&query, 4) },
			.discard = query_get_number(&query, 5) != 0 };
	return query_end(&query, row, err);
}
