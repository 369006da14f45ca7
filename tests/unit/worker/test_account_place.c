/* The base of an account file in the spool, and files that are set aside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/pipeline_config.h"
#include "worker/account_place.h"

static char place[32], path[64];
static int folder;

static int begin(void **state)
{
	(void)state;
	snprintf(place, sizeof(place), "/tmp/sluice-account-XXXXXX");
	if (mkdtemp(place) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", place);
	folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0;
}

static int end(void **state)
{
	(void)state;
	unlinkat(folder, "account", 0);
	close(folder);
	return rmdir(place);
}

/* Of 4095 bytes, of which JSON escapes each. */
static void a_base_of_any_path_is_found_again(void **state)
{
	char name[PATH_MAX] = "";
	struct account_base base = { .path = name, .bytes = 7, .written = 5, .start_ms = 3, .made = true }, found;
	struct err err;

	(void)state;
	memset(name, '\1', sizeof(name) - 1);
	assert_int_equal(account_place_keep(folder, &base, &err), 0);
	assert_int_equal(account_place_recall(folder, &found, &err), 0);
	assert_non_null(found.path);
	assert_string_equal(found.path, name);
	assert_int_equal(found.bytes, 7);
	account_base_fini(&found);
}

static void damage(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* In one second both would have one name. */
static void what_was_set_aside_is_not_replaced(void **state)
{
	const struct pipeline_config config = { 0 };
	const struct writer_context context = { .config = &config, .files_fd = AT_FDCWD, .spool_fd = folder };
	char first[NAME_MAX + 1] = "", second[NAME_MAX + 1] = "", text[8] = "";
	struct err err;
	int fd;

	(void)state;
	damage("one");
	assert_int_equal(account_place_set_aside(&context, path, first, &err), 0);
	damage("two");
	if (account_place_set_aside(&context, path, second, &err) == 0)
		assert_string_not_equal(first, second);
	fd = openat(folder, first, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 3);
	close(fd);
	assert_string_equal(text, "one");
	unlinkat(folder, first, 0);
	unlinkat(folder, second, 0);
	unlinkat(folder, "file", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_base_of_any_path_is_found_again, begin, end),
		cmocka_unit_test_setup_teardown(what_was_set_aside_is_not_replaced, begin, end),
	};

	return cmocka_run_group_tests_name("account_place", tests, NULL, NULL);
}
