#include "supervisor/store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/store/folder.h"
#include "supervisor/store/master_key.h"
#include "supervisor/store/migrate.h"

enum { PAGE_SIZE = 4096 };            /* SQLite's default, set below all the same */
enum { BUSY_MS = 1000 };              /* how long another process, `token create`, may hold us up */

/* A key without a database: the database was lost or emptied, and a new one would hide that. */
static int lost(struct store *store, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "%s/" DATABASE_FILE " is gone or empty, but there is a " MASTER_KEY_FILE " beside "
		"it: restore a backup, or move " MASTER_KEY_FILE " away to begin anew", store->path);
}

static int make_file(struct store *store, bool beside, struct err *err)
{
	int fd;

	if (beside)
		return err_set(err, ERR_NOT_FOUND, "there is no database in %s: start `sluiced serve` there once", store->path);
	if (folder_has(store->dirfd, MASTER_KEY_FILE))
		return lost(store, err);
	fd = openat(store->dirfd, DATABASE_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return folder_denied(err, err_sys(err, errno, "making %s/" DATABASE_FILE, store->path));
	close(fd);
	return fsync(store->dirfd) == 0 ? 0 : err_sys(err, errno, "fsync of %s", store->path);
}

/* The file is made by us, so that it is never readable by others. It is looked at without being opened: closing a
 * second descriptor would take SQLite's own locks away, and SQLite removes the log of an empty database. */
static int look_at_file(struct store *store, bool beside, struct err *err)
{
	struct stat status;

	if (fstatat(store->dirfd, DATABASE_FILE, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return make_file(store, beside, err);
		return err_sys(err, errno, "%s/" DATABASE_FILE, store->path);
	}
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_DENIED, "%s/" DATABASE_FILE " is no regular file: move it away", store->path);
	if (status.st_size == 0 && folder_has(store->dirfd, MASTER_KEY_FILE))
		return lost(store, err);
	/* SQLite takes what is missing of the last page for zeros. A log that is there may write the page again. */
	if (status.st_size % PAGE_SIZE != 0 && !folder_has(store->dirfd, DATABASE_FILE "-wal"))
		return err_set(err, ERR_CORRUPT, "%s/" DATABASE_FILE " was cut short, or is none of Sluice's: keep a copy of it and "
			"restore a backup", store->path);
	return 0;
}

static int open_file(struct store *store, struct err *err)
{
	char path[PATH_MAX + 16];
	int code;

	snprintf(path, sizeof(path), "%s/" DATABASE_FILE, store->path);
	code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return query_fail(store->db, code, err, "opening the database");
	/* SQLite falls back to reading when it may not write */
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return err_set(err, ERR_DENIED, "%s may not be written by user %u: check its owner and permissions", path,
			(unsigned)geteuid());
	sqlite3_busy_timeout(store->db, BUSY_MS);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return 0;
}

/* secure_delete: what was encrypted under a key that is given up goes from the file. cell_size_check: a damaged page is
 * found when it is read. */
static int configure(struct store *store, struct err *err)
{
	static const char pragmas[] = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
		"PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON";
	int code = sqlite3_exec(store->db, pragmas, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : query_fail(store->db, code, err, "opening the database");
}

/* Damage may show already when the check is prepared. */
static int check(struct store *store, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	const char *result = NULL;
	int code = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
	int error = 0;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		result = (const char *)sqlite3_column_text(statement, 0);
	if (code != SQLITE_ROW)
		error = query_fail(store->db, code, err, "checking the database");
	else if (result == NULL || strcmp(result, "ok") != 0)
		error = err_set(err, ERR_CORRUPT, "%s/" DATABASE_FILE " is damaged (%s): keep a copy of it and restore a backup",
			store->path, result ? result : "no answer");
	sqlite3_finalize(statement);
	return error;
}

static int read_version(struct store *store, int *version, struct err *err)
{
	int error = migrate_version(store->db, version, err);

	if (error != 0 || *version > 0 || !folder_has(store->dirfd, MASTER_KEY_FILE))
		return error;
	return lost(store, err);
}

static int bring_up_to_date(struct store *store, bool beside, int version, struct err *err)
{
	if (version == (int)store_migration_count)
		return 0;
	if (beside && version < (int)store_migration_count)
		return err_set(err, ERR_UNSUPPORTED, "the database is of an older version: start `sluiced serve` once");
	return migrate(store->db, store_migrations, store_migration_count, err);
}

static int prepare(struct store *store, struct err *err)
{
	for (int i = 0; i < SQL_COUNT; i++) {
		int code = sqlite3_prepare_v3(store->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
			&store->statements[i], NULL);

		if (code != SQLITE_OK)
			return query_fail(store->db, code, err, "preparing the database");
	}
	return 0;
}

int database_open(struct store *store, bool beside, struct err *err)
{
	int version, error = look_at_file(store, beside, err);

	if (error == 0)
		error = open_file(store, err);
	if (error == 0)
		error = read_version(store, &version, err);
	if (error == 0)
		error = configure(store, err);
	if (error == 0)
		error = bring_up_to_date(store, beside, version, err);
	if (error == 0 && !beside)
		error = check(store, err);
	return error == 0 ? prepare(store, err) : error;
}

int database_check(struct store *store, struct err *err)
{
	int version, error = look_at_file(store, true, err);

	if (error == 0)
		error = open_file(store, err);
	if (error == 0)
		error = read_version(store, &version, err);
	return error == 0 ? migrate_known(version, store_migration_count, err) : error;
}

void database_close(struct store *store)
{
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	store->db = NULL;
}
