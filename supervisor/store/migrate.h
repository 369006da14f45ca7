/* Versions of the database: migration n brings it from version n - 1 to n. */
#ifndef SLUICE_SUPERVISOR_STORE_MIGRATE_H
#define SLUICE_SUPERVISOR_STORE_MIGRATE_H

#include <sqlite3.h>
#include <stddef.h>

#include "common/err.h"

enum { STORE_APPLICATION_ID = 0x736c6365 };   /* "slce": says that a SQLite file is ours */

/* Made from migrations/ when the program is built. */
extern const char *const store_migrations[];
extern const size_t store_migration_count;

/* Brings db up to version `count`, each step a transaction of its own that is done or not. An empty database is
 * version 0. ERR_UNSUPPORTED: newer than that. ERR_CORRUPT: not one of ours. */
int migrate(sqlite3 *db, const char *const *migrations, size_t count, struct err *err);
/* ERR_UNSUPPORTED: this version is newer than `count`. */
int migrate_known(int version, size_t count, struct err *err);
/* The version that it has; ERR_CORRUPT: not one of ours. 0: empty. */
int migrate_version(sqlite3 *db, int *version, struct err *err);

#endif
