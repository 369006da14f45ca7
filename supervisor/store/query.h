/* One statement in use: bound, stepped, read, given back. And transactions. Inside this folder only.
 *
 * A query's errors are kept until query_row or query_run, so that a chain of binds needs no checks. */
#ifndef SLUICE_SUPERVISOR_STORE_QUERY_H
#define SLUICE_SUPERVISOR_STORE_QUERY_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "supervisor/store/statements.h"

struct store;
struct store_change;

struct query {
	sqlite3 *db;
	sqlite3_stmt *statement;      /* the store's */
	int bound;                    /* parameters so far */
	int code;                     /* first SQLite error of a bind */
	struct arena *arena;          /* texts go there; may be NULL when none is read */
	bool arena_full;
};

/* Takes the statement into use; query_end gives it back. A statement is in use once at a time. */
struct query query_begin(struct store *store, enum statement which, struct arena *arena);
/* Bind the next parameter; borrowed until query_end. NULL binds NULL. */
void query_text(struct query *query, const char *text);
void query_blob(struct query *query, const void *bytes, size_t length);
void query_number(struct query *query, int64_t number);
void query_null(struct query *query);
/* 1: there is a row; 0: no more; else an error. */
int query_row(struct query *query, struct err *err);
/* Runs it to its end and gives it back. */
int query_run(struct query *query, struct err *err);
/* Gives it back. Returns error, or that a text did not fit into the arena. */
int query_end(struct query *query, int error, struct err *err);

/* Columns of the present row. */
int64_t query_get_number(struct query *query, int column);
bool query_is_null(struct query *query, int column);
/* Copied into the arena; NULL gives "". On a full arena "" and an error from query_end. */
const char *query_get_text(struct query *query, int column);
/* Borrowed until the next row. */
const void *query_get_blob(struct query *query, int column, size_t *length);

/* What a SQLite error means, as an error of ours. doing: "writing the audit trail". */
int query_fail(sqlite3 *db, int code, struct err *err, const char *doing);

/* A transaction, or inside a group a part of it that can be undone alone. */
int txn_begin(struct store *store, struct err *err);
/* Commits when error is 0 and this is no dry run (change may be NULL); else rolls back. Returns error, or that of the
 * commit. */
int txn_end(struct store *store, const struct store_change *change, int error, struct err *err);

#endif
