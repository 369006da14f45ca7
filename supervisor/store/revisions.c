#include "supervisor/store/revisions.h"

#include <string.h>

#include "supervisor/store/crypto.h"
#include "supervisor/store/revision_rows.h"

enum { LIST_MAX = STORE_REVISIONS + 2, CLAIMS_MAX = 16 };

/* Columns of REVISION_COLUMNS. */
static void read_revision(struct query *query, struct store_revision *revision)
{
	*revision = (struct store_revision){
		.number = query_get_number(query, 0),
		.host_id = query_get_text(query, 1),
		.who = query_get_text(query, 2),
		.summary = query_get_text(query, 3),
		.at_ms = query_get_number(query, 4),
		.restored_from = query_get_number(query, 5),
		.result = (int)query_get_number(query, 6),
		.ran_ms = query_get_number(query, 7),
		.who_description = query_get_text(query, 8),
	};
}

static struct query begin_of(struct store *store, enum statement which, const char *id, int64_t number,
	struct arena *arena)
{
	struct query query = query_begin(store, which, arena);

	query_text(&query, id);
	query_number(&query, number);
	return query;
}

int store_revisions_list(struct store *store, const char *id, struct store_revisions *list, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_REVISIONS_LIST, arena);
	int row;

	*list = (struct store_revisions){ .items = list_alloc(arena, LIST_MAX, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, id);
	while ((row = query_row(&query, err)) == 1 && list->count < LIST_MAX)
		read_revision(&query, &list->items[list->count++]);
	return query_end(&query, row, err);
}

static int no_revision(int64_t number, struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "there is no revision %lld", (long long)number);
}

int store_revision_get(struct store *store, const char *id, int64_t number, struct store_revision *revision,
	struct arena *arena, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISION_GET, id, number, arena);
	int row = query_row(&query, err);

	if (row == 1) {
		read_revision(&query, revision);
		revision->config = query_get_text(&query, 9);
	}
	return query_end(&query, row == 0 ? no_revision(number, err) : row, err);
}

static int set_result(struct store *store, const char *id, int64_t number, int result, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISION_RESULT, id, number, NULL);
	int error;

	query_number(&query, result);
	error = query_run(&query, err);
	if (error == 0 && sqlite3_changes(store->db) == 0)
		error = no_revision(number, err);
	if (error != 0 || result != STORE_READY)
		return error;
	query = begin_of(store, SQL_PIPELINE_LAST_GOOD, id, number, NULL);
	error = query_run(&query, err);
	if (error != 0)
		return error;
	query = begin_of(store, SQL_CLAIMS_SETTLE_READY, id, number, NULL);
	return query_run(&query, err);
}

int store_revision_set_result(struct store *store, const char *id, int64_t number, int result, struct err *err)
{
	int error = txn_begin(store, err);

	return error != 0 ? error : txn_end(store, NULL, set_result(store, id, number, result, err), err);
}

int store_revision_add_ran(struct store *store, const char *id, int64_t number, int64_t ms, struct err *err)
{
	struct query query;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	query = begin_of(store, SQL_REVISION_RAN, id, number, NULL);
	query_number(&query, ms);
	error = query_run(&query, err);
	if (error == 0 && sqlite3_changes(store->db) == 0)
		error = no_revision(number, err);
	return txn_end(store, NULL, error, err);
}

/* ---- what a put and a restore write ---- */

int revision_insert(struct store *store, const struct new_revision *revision, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISION_INSERT, revision->pipeline, revision->number, NULL);
	int error;

	query_text(&query, revision->config);
	query_blob(&query, revision->canonical, CRYPTO_HASH_SIZE);
	query_text(&query, revision->host_id);
	query_text(&query, revision->who);
	query_text(&query, revision->summary);
	query_number(&query, revision->at_ms);
	error = query_run(&query, err);
	for (size_t i = 0; error == 0 && i < revision->claim_count; i++) {
		if (revision->claims[i].value[0] == '\0')
			continue;
		query = begin_of(store, SQL_REVISION_CLAIM_INSERT, revision->pipeline, revision->number, NULL);
		query_text(&query, revision->claims[i].kind);
		query_text(&query, revision->claims[i].value);
		error = query_run(&query, err);
	}
	return error;
}

int revision_copy(struct store *store, const char *id, int64_t from, int64_t number, const struct store_change *change,
	const char *summary, int64_t now_ms, struct err *err)
{
	static const enum statement others[] = { SQL_SECRETS_COPY, SQL_REVISION_CLAIMS_COPY };
	struct query query = begin_of(store, SQL_REVISION_COPY, id, from, NULL);
	int error;

	query_number(&query, number);
	query_text(&query, text_or_empty(change ? change->who : "sluiced"));
	query_text(&query, text_or_empty(summary));
	query_number(&query, now_ms);
	error = query_run(&query, err);
	for (size_t i = 0; error == 0 && i < sizeof(others) / sizeof(others[0]); i++) {
		query = begin_of(store, others[i], id, from, NULL);
		query_number(&query, number);
		error = query_run(&query, err);
	}
	return error;
}

int revision_canonical(struct store *store, const char *id, int64_t number, unsigned char *canonical, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISION_CANONICAL, id, number, NULL);
	const void *bytes = NULL;
	size_t length = 0;
	int row = query_row(&query, err);

	if (row == 1)
		bytes = query_get_blob(&query, 0, &length);
	memset(canonical, 0, CRYPTO_HASH_SIZE);       /* equal to none: a new revision */
	if (length == CRYPTO_HASH_SIZE)
		memcpy(canonical, bytes, length);
	return query_end(&query, row, err);
}

int revisions_trim(struct store *store, const char *id, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISIONS_TRIM, id, STORE_REVISIONS, NULL);

	return query_run(&query, err);
}

int revision_claims_read(struct store *store, const char *id, int64_t number, struct revision_claims *claims,
	struct arena *arena, struct err *err)
{
	struct query query = begin_of(store, SQL_REVISION_CLAIMS_LIST, id, number, arena);
	int row;

	*claims = (struct revision_claims){ .items = list_alloc(arena, CLAIMS_MAX, sizeof(*claims->items), err) };
	if (claims->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	while ((row = query_row(&query, err)) == 1 && claims->count < CLAIMS_MAX)
		claims->items[claims->count++] = (struct store_claim){ .kind = query_get_text(&query, 0),
			.value = query_get_text(&query, 1) };
	return query_end(&query, row, err);
}
