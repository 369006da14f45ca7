/* A new master key: see master_key.h for what makes it safe to be killed at any moment. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/random.h"
#include "supervisor/store/folder.h"
#include "supervisor/store/master_key.h"
#include "supervisor/store/secrets.h"

/* The place of one secret, as read from the database. */
struct row {
	const char *tenant, *pipeline, *field;
	int64_t revision;
	const void *sealed;                   /* in the arena */
	size_t length;
};

/* 1: the one after `row` is now in it. One at a time: the table is changed between two. */
static int next_row(struct store *store, struct row *row, struct arena *arena, struct err *err)
{
	struct query query = query_begin(store, SQL_SECRETS_ALL, arena);
	const void *sealed;
	int error, found;

	query_text(&query, row->pipeline);
	query_number(&query, row->revision);
	query_text(&query, row->field);
	found = query_row(&query, err);
	if (found == 1) {
		*row = (struct row){ .tenant = query_get_text(&query, 0), .pipeline = query_get_text(&query, 1),
			.revision = query_get_number(&query, 2), .field = query_get_text(&query, 3) };
		sealed = query_get_blob(&query, 4, &row->length);
		row->sealed = sealed ? arena_strndup(arena, sealed, row->length) : NULL;
		query.arena_full |= row->sealed == NULL;
	}
	error = query_end(&query, found, err);
	return error != 0 ? error : found;
}

static int reseal(struct store *store, const struct row *row, const unsigned char *key, struct err *err)
{
	struct secret_place place = { row->tenant, row->pipeline, row->field };
	struct query query = query_begin(store, SQL_SECRET_RESEAL, NULL);
	unsigned char *sealed = NULL;
	char *plain;
	size_t length;
	int error = secret_open(store->key, &place, row->sealed, row->length, &plain, err);

	if (error == 0) {
		error = secret_seal(key, &place, plain, &sealed, &length, err);
		explicit_bzero(plain, strlen(plain));
		free(plain);
	}
	if (error != 0)
		return query_end(&query, error, err);
	query_text(&query, row->pipeline);
	query_number(&query, row->revision);
	query_text(&query, row->field);
	query_blob(&query, sealed, length);
	error = query_run(&query, err);
	free(sealed);
	return error;
}

static int reseal_all(struct store *store, const unsigned char *key, struct err *err)
{
	struct arena arenas[2];               /* the row that the next one follows, and that one */
	struct row row = { .pipeline = "", .field = "" };
	int found, turn = 0, error = 0;

	arena_init(&arenas[0], 1 << 20);
	arena_init(&arenas[1], 1 << 20);
	while (error == 0 && (found = next_row(store, &row, &arenas[turn], err)) != 0) {
		error = found < 0 ? found : reseal(store, &row, key, err);
		turn = !turn;
		arena_reset(&arenas[turn]);
	}
	arena_fini(&arenas[0]);
	arena_fini(&arenas[1]);
	return error;
}

/* Writing the present fingerprint again puts a commit of ours behind whatever an earlier attempt may have left in
 * the log, so that its key can be given up. */
static int forget_earlier(struct store *store, struct err *err)
{
	int error = txn_begin(store, err);

	return error != 0 ? error : txn_end(store, NULL, master_key_note(store, store->key, err), err);
}

static int change_keys(struct store *store, const struct store_change *change, const unsigned char *key,
	struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	error = reseal_all(store, key, err);
	if (error == 0)
		error = master_key_note(store, key, err);
	if (error == 0)
		error = audit_write(store, change, NULL, "secrets.rekey", "master.key", err);
	return txn_end(store, change, error, err);
}

/* The new key is in force; a file that cannot be renamed now is renamed at the next start. What was encrypted under
 * the old one goes from the log. */
static void finish(struct store *store, const unsigned char *key)
{
	struct query query = query_begin(store, SQL_CHECKPOINT, NULL);
	struct err err;

	memcpy(store->key, key, STORE_KEY_SIZE);
	if (renameat(store->dirfd, MASTER_KEY_NEXT, store->dirfd, MASTER_KEY_FILE) != 0 || fsync(store->dirfd) != 0)
		log_warn("renaming %s: %s; the next start tries again", MASTER_KEY_NEXT, strerror(errno));
	if (query_run(&query, &err) != 0)
		log_warn("emptying the database's log: %s", err.message);
}

int store_rekey(struct store *store, const struct store_change *change, const unsigned char *given, struct err *err)
{
	bool dry_run = change && change->dry_run;
	unsigned char key[STORE_KEY_SIZE];
	int error;

	if (store->grouped || store->lock_fd < 0)
		return err_set(err, ERR_BUSY, "the master key can be changed only by itself, by the supervisor");
	if (given != NULL)
		memcpy(key, given, sizeof(key));
	else
		random_bytes(key, sizeof(key));
	error = forget_earlier(store, err);
	if (error == 0 && !dry_run)
		error = folder_write(store->dirfd, MASTER_KEY_NEXT, key, sizeof(key), err);
	if (error == 0)
		error = change_keys(store, change, key, err);
	if (error == 0 && !dry_run)
		finish(store, key);
	explicit_bzero(key, sizeof(key));
	return error;
}
