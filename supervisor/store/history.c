#include "supervisor/store/history.h"

#include <string.h>

#include "supervisor/store/store_private.h"

static void read_epoch(struct query *query, struct ipc_epoch *epoch)
{
	size_t length;
	const void *boot_id = query_get_blob(query, 5, &length);

	*epoch = (struct ipc_epoch){
		.epoch = (uint64_t)query_get_number(query, 0),
		.first_sequence = (uint64_t)query_get_number(query, 1),
		.last_sequence = (uint64_t)query_get_number(query, 2),
		.first_wall_ms = query_get_number(query, 3),
		.last_wall_ms = query_get_number(query, 4),
	};
	if (length == sizeof(epoch->boot_id))
		memcpy(epoch->boot_id, boot_id, length);
}

int store_epochs_list(struct store *store, const char *key, struct ipc_epoch **epochs, size_t *count,
	struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_EPOCHS_LIST, arena);
	int row;

	*count = 0;
	*epochs = list_alloc(arena, STORE_EPOCHS, sizeof(**epochs), err);
	if (*epochs == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, key);
	while ((row = query_row(&query, err)) == 1 && *count < STORE_EPOCHS)
		read_epoch(&query, &(*epochs)[(*count)++]);
	return query_end(&query, row, err);
}

static int put_epoch(struct store *store, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	struct query query = query_begin(store, SQL_EPOCH_PUT, NULL);

	query_text(&query, key);
	query_number(&query, (int64_t)epoch->epoch);
	query_number(&query, (int64_t)epoch->first_sequence);
	query_number(&query, (int64_t)epoch->last_sequence);
	query_number(&query, epoch->first_wall_ms);
	query_number(&query, epoch->last_wall_ms);
	query_blob(&query, epoch->boot_id, sizeof(epoch->boot_id));
	return query_run(&query, err);
}

/* Keeps the newest `keep` rows of a key. */
static int trim(struct store *store, enum statement which, const char *key, int64_t keep, struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	query_text(&query, key);
	query_number(&query, keep);
	return query_run(&query, err);
}

int store_epoch_add(struct store *store, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	error = put_epoch(store, key, epoch, err);
	if (error == 0)
		error = trim(store, SQL_EPOCHS_TRIM, key, STORE_EPOCHS, err);
	return txn_end(store, NULL, error, err);
}

int store_epoch_end(struct store *store, const char *key, const struct ipc_epoch *epoch, struct err *err)
{
	return store_epoch_add(store, key, epoch, err);
}

int store_epochs_forget(struct store *store, const char *key, uint64_t before, struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, before == 0 ? SQL_EPOCHS_FORGET_ALL : SQL_EPOCHS_FORGET, NULL);
	query_text(&query, key);
	if (before != 0)
		query_number(&query, (int64_t)before);
	return txn_end(store, NULL, query_run(&query, err), err);
}

int store_gap_add(struct store *store, const char *key, const struct store_gap *gap, struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, SQL_GAP_INSERT, NULL);
	query_text(&query, key);
	query_number(&query, gap->from_ms);
	query_number(&query, gap->to_ms);
	query_text(&query, gap->reason);
	error = query_run(&query, err);
	if (error == 0)
		error = trim(store, SQL_GAPS_TRIM, key, STORE_GAPS, err);
	return txn_end(store, NULL, error, err);
}

int store_gaps_list(struct store *store, const char *key, unsigned limit, struct store_gap **gaps, size_t *count,
	struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	struct query query = query_begin(store, SQL_GAPS_LIST, arena);
	int row;

	*count = 0;
	*gaps = list_alloc(arena, size, sizeof(**gaps), err);
	if (*gaps == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, key);
	query_number(&query, size);
	while ((row = query_row(&query, err)) == 1 && *count < size)
		(*gaps)[(*count)++] = (struct store_gap){ .from_ms = query_get_number(&query, 0),
			.to_ms = query_get_number(&query, 1), .reason = query_get_text(&query, 2) };
	return query_end(&query, row, err);
}

int store_gaps_since(struct store *store, const char *key, int64_t since_ms, uint64_t *count, uint64_t *ms, struct err *err)
{
	struct query query = query_begin(store, SQL_GAPS_SINCE, NULL);
	int row;

	*count = *ms = 0;
	query_text(&query, key);
	query_number(&query, since_ms);
	row = query_row(&query, err);
	if (row == 1) {
		*count = (uint64_t)query_get_number(&query, 0);
		*ms = (uint64_t)query_get_number(&query, 1);
	}
	return query_end(&query, row < 0 ? row : 0, err);
}

int store_stream_name(struct store *store, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err)
{
	struct query query;
	int row, error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = query_begin(store, SQL_STREAM_NEXT, NULL);
	query_text(&query, destination);
	query_number(&query, wall_ms / 1000);
	row = query_row(&query, err);
	if (row == 1)
		*name_ms = query_get_number(&query, 0) * 1000;
	return txn_end(store, NULL, query_end(&query, row, err), err);
}
