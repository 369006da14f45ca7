#include "supervisor/store/migrate.h"

#include <stdio.h>

#include "supervisor/store/query.h"

static int read_number(sqlite3 *db, const char *sql, int *value, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return code == SQLITE_ROW ? 0 : query_fail(db, code, err, "opening the database");
}

int migrate_version(sqlite3 *db, int *version, struct err *err)
{
	int application = 0, tables = 0, error;

	error = read_number(db, "PRAGMA application_id", &application, err);
	if (error == 0)
		error = read_number(db, "PRAGMA user_version", version, err);
	if (error == 0)
		error = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (error != 0)
		return error;
	if (application == STORE_APPLICATION_ID && *version > 0)
		return 0;
	if (application == 0 && *version == 0 && tables == 0)
		return 0;
	return err_set(err, ERR_CORRUPT, "this is a database of another program; move it away, or give another folder");
}

static int step(sqlite3 *db, const char *sql, int version, struct err *err)
{
	char mark[80];
	int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int error;

	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d", STORE_APPLICATION_ID, version);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, sql, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, mark, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		return 0;
	error = query_fail(db, code, err, "bringing the database to a new version");
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

int migrate_known(int version, size_t count, struct err *err)
{
	if (version <= (int)count)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		"the database has version %d, this program knows up to %d: run the newer program, or restore the "
		"backup made before the upgrade", version, (int)count);
}

int migrate(sqlite3 *db, const char *const *migrations, size_t count, struct err *err)
{
	int version = 0;
	int error = migrate_version(db, &version, err);

	if (error == 0)
		error = migrate_known(version, count, err);
	for (size_t i = (size_t)version; error == 0 && i < count; i++)
		error = step(db, migrations[i], (int)i + 1, err);
	return error;
}
