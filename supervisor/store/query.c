#include "supervisor/store/query.h"

#include <errno.h>

#include "supervisor/store/store_private.h"

struct query query_begin(struct store *store, enum statement which, struct arena *arena)
{
	return (struct query){ .db = store->db, .statement = store->statements[which], .arena = arena };
}

static void bound(struct query *query, int code)
{
	if (query->code == SQLITE_OK)
		query->code = code;
}

void query_text(struct query *query, const char *text)
{
	bound(query, sqlite3_bind_text(query->statement, ++query->bound, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *query, const void *bytes, size_t length)
{
	bound(query, sqlite3_bind_blob64(query->statement, ++query->bound, bytes, length, SQLITE_STATIC));
}

void query_number(struct query *query, int64_t number)
{
	bound(query, sqlite3_bind_int64(query->statement, ++query->bound, number));
}

void query_null(struct query *query)
{
	bound(query, sqlite3_bind_null(query->statement, ++query->bound));
}

int query_row(struct query *query, struct err *err)
{
	int code = query->code != SQLITE_OK ? query->code : sqlite3_step(query->statement);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : query_fail(query->db, code, err, "the database");
}

int query_run(struct query *query, struct err *err)
{
	int row;

	while ((row = query_row(query, err)) == 1)
		;
	return query_end(query, row, err);
}

int query_end(struct query *query, int error, struct err *err)
{
	sqlite3_reset(query->statement);
	sqlite3_clear_bindings(query->statement);
	if (error < 0)
		return error;
	return query->arena_full ? err_set(err, ERR_LIMIT, "an answer of the database is too large") : 0;
}

int64_t query_get_number(struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

bool query_is_null(struct query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

const char *query_get_text(struct query *query, int column)
{
	const char *text = (const char *)sqlite3_column_text(query->statement, column);
	size_t length = (size_t)sqlite3_column_bytes(query->statement, column);
	const char *copy;

	if (text == NULL)
		return "";
	copy = query->arena ? arena_strndup(query->arena, text, length) : NULL;
	if (copy == NULL)
		query->arena_full = true;
	return copy ? copy : "";
}

const void *query_get_blob(struct query *query, int column, size_t *length)
{
	const void *bytes = sqlite3_column_blob(query->statement, column);

	*length = bytes ? (size_t)sqlite3_column_bytes(query->statement, column) : 0;
	return bytes;
}

/* SQLite reports a full disk as itself only when write() said ENOSPC; a file size limit, a quota and the shared index
 * come as I/O errors. */
static bool disk_full(sqlite3 *db, int code)
{
	int system = sqlite3_system_errno(db);

	if ((code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE)
		return true;
	return (code & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT || system == EFBIG);
}

int query_fail(sqlite3 *db, int code, struct err *err, const char *doing)
{
	const char *reason = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);

	if (disk_full(db, code))
		return err_set(err, ERR_NO_SPACE, "%s: the disk or its quota is full; nothing was changed: make room "
			"in the data folder and try again (%s)", doing, reason);
	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return err_set(err, ERR_NO_MEMORY, "%s: no memory", doing);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(err, ERR_CORRUPT, "%s: sluice.db is damaged (%s): stop sluiced, keep a copy of the file and "
			"restore a backup", doing, reason);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_AGAIN, "%s: another process is writing to the database: try again", doing);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return err_set(err, ERR_DENIED, "%s: sluice.db cannot be opened for writing (%s): check owner and "
			"permissions of the data folder", doing, reason);
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return err_set(err, ERR_INVALID, "%s: a value that the database refuses (%s)", doing, reason);
	case SQLITE_TOOBIG:
		return err_set(err, ERR_LIMIT, "%s: a value is too large", doing);
	default:
		return err_set(err, ERR_IO, "%s: %s (SQLite error %d)", doing, reason, code);
	}
}

static int run(struct store *store, enum statement which, struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	return query_run(&query, err);
}

int txn_begin(struct store *store, struct err *err)
{
	if (store->group_broken)
		return err_set(err, ERR_AGAIN, "an earlier error undid the whole group of changes");
	return run(store, store->grouped ? SQL_PART_BEGIN : SQL_BEGIN, err);
}

/* Some errors (a full disk among them) make SQLite roll back on its own. */
static void undo(struct store *store)
{
	if (sqlite3_get_autocommit(store->db)) {
		store->group_broken = store->grouped;
		return;
	}
	if (!store->grouped) {
		run(store, SQL_ROLLBACK, NULL);
		return;
	}
	if (run(store, SQL_PART_UNDO, NULL) != 0 || run(store, SQL_PART_END, NULL) != 0)
		store->group_broken = true;
}

/* One signal too many, for rows that were undone, does no harm: whoever gets it reads what is there. */
static void tell_watcher(struct store *store)
{
	if (store->grouped || !store->audited)
		return;
	store->audited = false;
	if (store->written != NULL)
		store->written(store->watcher);
}

int txn_end(struct store *store, const struct store_change *change, int error, struct err *err)
{
	if (error == 0 && !(change && change->dry_run)) {
		error = run(store, store->grouped ? SQL_PART_END : SQL_COMMIT, err);
		if (error == 0) {
			tell_watcher(store);
			return 0;
		}
	}
	undo(store);
	return error;
}

int store_group_begin(struct store *store, struct err *err)
{
	int error;

	if (store->grouped)
		return err_set(err, ERR_BUSY, "a group of changes is under way");
	error = run(store, SQL_BEGIN, err);
	store->grouped = error == 0;
	store->group_broken = false;
	return error;
}

int store_group_end(struct store *store, bool keep, struct err *err)
{
	bool broken = store->group_broken;

	if (!store->grouped)
		return err_set(err, ERR_INVALID, "no group of changes is under way");
	store->grouped = store->group_broken = false;
	if (broken) {
		undo(store);
		return keep ? err_set(err, ERR_AGAIN, "an earlier error undid the whole group of changes") : 0;
	}
	return txn_end(store, &(struct store_change){ .dry_run = !keep }, 0, err);
}
