/* Migrations of the database's schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>

#include "supervisor/store/migrate.h"

static int version_of(sqlite3 *db)
{
	int version = -1;

	assert_int_equal(migrate_version(db, &version, NULL), 0);
	return version;
}

static void migrations_run_once_in_order_and_a_failing_one_leaves_the_version_before(void **state)
{
	static const char *const steps[] = { "CREATE TABLE a (x)", "INSERT INTO a VALUES (1); CREATE TABLE b (x)",
		"CREATE TABLE c (x); INSERT INTO nowhere VALUES (1)" };
	struct err err;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(migrate(db, steps, 1, &err), 0);
	assert_int_equal(version_of(db), 1);
	assert_int_equal(migrate(db, steps, 2, &err), 0);
	assert_int_equal(migrate(db, steps, 2, &err), 0);
	assert_int_equal(migrate(db, steps, 3, &err), ERR_IO);
	assert_int_equal(version_of(db), 2);
	assert_int_equal(sqlite3_exec(db, "SELECT * FROM c", NULL, NULL, NULL), SQLITE_ERROR);
	assert_int_equal(migrate(db, steps, 1, &err), ERR_UNSUPPORTED);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(migrations_run_once_in_order_and_a_failing_one_leaves_the_version_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
