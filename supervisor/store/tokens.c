#include "supervisor/store/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/store/crypto.h"
#include "supervisor/store/store_private.h"

enum { NOTE_MS = 60 * 1000 };

static const char *const role_names[] = { "admin", "operator", "viewer" };

const char *store_role_name(int role)
{
	return role >= STORE_ADMIN && role <= STORE_VIEWER ? role_names[role] : "";
}

int store_role_of(const char *name)
{
	for (int role = STORE_ADMIN; role <= STORE_VIEWER; role++) {
		if (strcmp(name, role_names[role]) == 0)
			return role;
	}
	return -1;
}

/* Columns of TOKEN_COLUMNS in statements.c. */
static void read_token(struct query *query, struct store_token *token)
{
	*token = (struct store_token){
		.id = query_get_text(query, 0),
		.role = store_role_of(query_get_text(query, 1)),
		.tenant = query_is_null(query, 2) ? NULL : query_get_text(query, 2),
		.description = query_get_text(query, 3),
		.created_ms = query_get_number(query, 4),
		.expires_ms = query_get_number(query, 5),
		.used_ms = query_get_number(query, 6),
	};
}

static int insert(struct store *store, const struct store_token *token, const char *text, struct err *err)
{
	struct query query = query_begin(store, SQL_TOKEN_INSERT, NULL);
	unsigned char hash[CRYPTO_HASH_SIZE];
	int error = crypto_sha256(text, TOKEN_TEXT_LENGTH, hash, err);

	if (error != 0)
		return query_end(&query, error, err);
	query_text(&query, token->id);
	query_blob(&query, hash, sizeof(hash));
	query_text(&query, store_role_name(token->role));
	query_text(&query, token->tenant);
	query_text(&query, text_or_empty(token->description));
	query_number(&query, token->created_ms);
	query_number(&query, token->expires_ms);
	return query_run(&query, err);
}

static int tenant_exists(struct store *store, const char *name, struct store_refusal *refusal, struct err *err)
{
	struct query query = query_begin(store, SQL_TENANT_EXISTS, NULL);
	int row;

	query_text(&query, name);
	row = query_row(&query, err);
	if (row == 0) {
		refuse(refusal, STORE_NO_TENANT);
		row = err_set(err, ERR_NOT_FOUND, "there is no tenant %s", name);
	}
	return query_end(&query, row, err);
}

int store_token_create(struct store *store, const struct store_change *change, struct store_token *token,
	char text[TOKEN_TEXT_SIZE], struct store_refusal *refusal, struct arena *arena, struct err *err)
{
	char id[17];
	int error;

	text[0] = '\0';
	if (store_role_name(token->role)[0] == '\0' || (token->role == STORE_ADMIN) != (token->tenant == NULL))
		return err_set(err, ERR_INVALID, "an admin token belongs to no tenant, every other one to one");
	random_id(id);
	token->id = arena_strdup(arena, id);
	token->created_ms = change_time(change);
	token->used_ms = 0;
	if (token->id == NULL)
		return err_set(err, ERR_LIMIT, "no memory for a token");
	error = txn_begin(store, err);
	if (error != 0)
		return error;
	token_text_make(text);
	if (token->tenant != NULL)
		error = tenant_exists(store, token->tenant, refusal, err);
	if (error == 0)
		error = insert(store, token, text, err);
	if (error == 0)
		error = audit_write(store, change, token->tenant, "token.create", id, err);
	error = txn_end(store, change, error, err);
	if (error != 0 || (change && change->dry_run))
		crypto_cleanse(text, TOKEN_TEXT_SIZE);
	return error;
}

int store_tokens_list(struct store *store, const char *tenant, const char *after, unsigned limit,
	struct store_tokens *list, struct arena *arena, struct err *err)
{
	unsigned size = page_size(limit);
	struct query query = query_begin(store, SQL_TOKENS_LIST, arena);
	char number[24] = "";
	int row;

	*list = (struct store_tokens){ .items = list_alloc(arena, size, sizeof(*list->items), err) };
	if (list->items == NULL)
		return query_end(&query, ERR_LIMIT, err);
	query_text(&query, tenant);
	query_number(&query, after ? (int64_t)strtoll(after, NULL, 10) : 0);
	query_number(&query, (int64_t)size + 1);
	while ((row = query_row(&query, err)) == 1 && list->count < size) {
		read_token(&query, &list->items[list->count++]);
		snprintf(number, sizeof(number), "%" PRId64, query_get_number(&query, 7));
	}
	if (row == 1 && (list->next = arena_strdup(arena, number)) == NULL)
		row = err_set(err, ERR_LIMIT, "an answer of the database is too large");
	return query_end(&query, row, err);
}

static int delete_row(struct store *store, const char *tenant, const char *id, struct store_refusal *refusal,
	struct err *err)
{
	struct query query = query_begin(store, SQL_TOKEN_DELETE, NULL);
	int error;

	query_text(&query, id);
	query_text(&query, tenant);
	error = query_run(&query, err);
	if (error == 0 && sqlite3_changes(store->db) == 0) {
		refuse(refusal, STORE_NO_TOKEN);
		error = err_set(err, ERR_NOT_FOUND, "there is no token %s", id);
	}
	return error;
}

int store_token_delete(struct store *store, const struct store_change *change, const char *tenant, const char *id,
	struct store_refusal *refusal, struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	error = delete_row(store, tenant, id, refusal, err);
	if (error == 0)
		error = audit_write(store, change, tenant, "token.delete", id, err);
	error = txn_end(store, change, error, err);
	if (error == 0)
		store->token_generation++;
	return error;
}

/* A failed note must not keep anybody out. */
static void note_use(struct store *store, struct store_token *token, int64_t now_ms)
{
	struct query query;
	int error;

	if (now_ms - token->used_ms < NOTE_MS && now_ms >= token->used_ms)
		return;
	if (txn_begin(store, NULL) != 0)
		return;
	query = query_begin(store, SQL_TOKEN_USED, NULL);
	query_text(&query, token->id);
	query_number(&query, now_ms);
	error = query_run(&query, NULL);
	if (txn_end(store, NULL, error, NULL) == 0)
		token->used_ms = now_ms;
}

/* 1: found, in *token. */
static int find_hash(struct store *store, const unsigned char *hash, struct store_token *token, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_TOKEN_BY_HASH, arena);
	const void *stored;
	size_t length;
	int error, row, found = 0;

	query_blob(&query, hash, CRYPTO_HASH_SIZE);
	row = query_row(&query, err);
	if (row == 1) {
		stored = query_get_blob(&query, 7, &length);
		found = length == CRYPTO_HASH_SIZE && crypto_equal(stored, hash, length);
		read_token(&query, token);
	}
	error = query_end(&query, row, err);
	return error != 0 ? error : found;
}

int store_token_verify(struct store *store, const char *text, size_t length, int64_t now_ms, struct store_token *token,
	struct arena *arena, struct err *err)
{
	unsigned char hash[CRYPTO_HASH_SIZE];
	int found;

	if (!token_text_valid(text, length))
		return err_set(err, ERR_DENIED, "this is no token: mistyped or cut short");
	found = crypto_sha256(text, length, hash, err);
	if (found == 0)
		found = find_hash(store, hash, token, arena, err);
	if (found < 0)
		return found;
	if (found == 0)
		return err_set(err, ERR_DENIED, "there is no such token");
	if (token->expires_ms != 0 && token->expires_ms <= now_ms)
		return err_set(err, ERR_DENIED, "the token has expired");
	note_use(store, token, now_ms);
	return 0;
}

uint64_t store_tokens_generation(const struct store *store)
{
	return store->token_generation;
}

int store_token_get(struct store *store, const char *id, struct store_token *token, struct arena *arena,
	struct err *err)
{
	struct query query = query_begin(store, SQL_TOKEN_BY_ID, arena);
	int row;

	query_text(&query, id);
	row = query_row(&query, err);
	if (row == 1)
		read_token(&query, token);
	if (row == 0)
		row = err_set(err, ERR_NOT_FOUND, "there is no token %s", id);
	return query_end(&query, row, err);
}
