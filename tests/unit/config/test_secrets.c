/* Secrets: literal, ${env:NAME} or ${file:/path}; what cannot be had is an error at the field, and no text of a secret is
 * ever repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/config/support_config.h"

#define PASSWORD "analyzer.auth.cluster.password"

static const char *value_of_secret;     /* of the variable SECRET, NULL: not set */
static char folder[64];

static const char *environment(const char *name)
{
	return strcmp(name, "SECRET") == 0 ? value_of_secret : NULL;
}

static int set_up(void **state)
{
	(void)state;
	value_of_secret = NULL;
	snprintf(folder, sizeof(folder), "/tmp/sluice-secret-XXXXXX");
	assert_non_null(mkdtemp(folder));
	return 0;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/secret", folder);
	remove(path);
	rmdir(folder);
	return 0;
}

static struct config *load_password(const char *password, bool resolve)
{
	const struct config_options options = { .environment = environment, .resolve_secrets = resolve };
	char text[512];

	snprintf(text, sizeof(text), "analyzer: {auth: {cluster: {username: u, password: '%s'}}}\n" GOOD, password);
	return load_with(text, &options);
}

static void assert_password(const char *password, const char *wanted)
{
	struct config *config = load_password(password, true);

	if (config_problem_total(config) > 0)
		print_problems(config);
	assert_int_equal(config_problem_total(config), 0);
	assert_string_equal(config_pipeline(config)->password, wanted);
	config_free(&config);
}

static void assert_refused(const char *password, const char *why)
{
	struct config *config = load_password(password, true);
	const struct config_problem *problem = find_problem(config, PASSWORD, "secret");

	assert_int_equal(config_problem_count(config, CONFIG_ERROR), 1);
	assert_int_equal(problem->line, 1);
	assert_non_null(strstr(problem->message, why));
	assert_null(strstr(problem->message, "tiger"));
	config_free(&config);
}

/* Writes the file and returns its reference. */
static const char *secret_file(const void *bytes, size_t length)
{
	static char reference[160];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/secret", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
	snprintf(reference, sizeof(reference), "${file:%s}", path);
	return reference;
}

static void a_variable_is_read_when_secrets_are_resolved(void **state)
{
	struct config *config;

	(void)state;
	value_of_secret = "tiger";
	assert_password("${env:SECRET}", "tiger");
	config = load_password("${env:SECRET}", false);
	assert_string_equal(config_pipeline(config)->password, "${env:SECRET}");
	config_free(&config);
}

static void a_variable_that_is_missing_empty_or_no_line_is_named(void **state)
{
	static char long_text[16 * 1024 + 2];

	(void)state;
	assert_refused("${env:SECRET}", "\"SECRET\" is not set");
	value_of_secret = "";
	assert_refused("${env:SECRET}", "\"SECRET\" is not set");
	value_of_secret = "tiger\nlily";
	assert_refused("${env:SECRET}", "more than one line");
	memset(long_text, 'x', sizeof(long_text) - 1);
	value_of_secret = long_text;
	assert_refused("${env:SECRET}", "longer than a secret can be");
	value_of_secret = long_text + 1;
	assert_password("${env:SECRET}", long_text + 1);
}

static void a_file_is_read_without_the_line_break_at_its_end(void **state)
{
	(void)state;
	assert_password(secret_file("tiger", 5), "tiger");
	assert_password(secret_file("tiger\n", 6), "tiger");
	assert_password(secret_file("tiger\r\n", 7), "tiger");
	assert_password(secret_file(" ti ger ", 8), " ti ger ");
}

static void a_file_that_cannot_be_a_secret_is_named(void **state)
{
	static char long_text[16 * 1024 + 1];

	(void)state;
	assert_refused("${file:/nowhere/at/all}", "No such file");
	assert_refused("${file:/tmp}", "Is a directory");
	assert_refused(secret_file("", 0), "is empty");
	assert_refused(secret_file("\n", 1), "is empty");
	assert_refused(secret_file("tiger\nlily\n", 11), "more than one line");
	assert_refused(secret_file("ti\0ger", 6), "more than one line");
	memset(long_text, 'x', sizeof(long_text));
	assert_refused(secret_file(long_text, sizeof(long_text)), "longer than a secret can be");
}

/* root reads everything: a FIFO without a writer stands in for what cannot be read, and must not be waited for. */
static void a_file_that_cannot_be_read_is_not_waited_for(void **state)
{
	char path[128], reference[160];

	(void)state;
	snprintf(path, sizeof(path), "%s/secret", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(reference, sizeof(reference), "${file:%s}", path);
	assert_refused(reference, "is empty");
	if (geteuid() != 0) {
		remove(path);
		secret_file("tiger", 5);
		assert_int_equal(chmod(path, 0), 0);
		assert_refused(reference, "Permission denied");
	}
}

static void what_is_no_reference_is_a_literal_and_what_is_a_broken_one_is_an_error(void **state)
{
	(void)state;
	assert_password("$tiger", "$tiger");
	assert_password("${env:SECRET} ", "${env:SECRET} ");
	assert_password("${", "${");
	assert_refused("${SECRET}", "neither");
	assert_refused("${env:}", "name of an environment variable");
	assert_refused("${env:1A}", "name of an environment variable");
	assert_refused("${env:A B}", "name of an environment variable");
	assert_refused("${file:}", "absolute path");
	assert_refused("${file:secret}", "absolute path");
}

static void a_broken_reference_is_an_error_before_secrets_are_resolved_too(void **state)
{
	struct config *config = load_password("${SECRET}", false);

	(void)state;
	find_problem(config, PASSWORD, "secret");
	config_free(&config);
}

/* ---- a tenant's ---- */

/* What the password comes to for a tenant, NULL when it is refused. The caller frees. */
static char *confined_password(const char *password, const struct config_confinement *confinement)
{
	const struct config_options options = { .environment = environment, .resolve_secrets = true,
		.confinement = confinement };
	struct config *config;
	char text[512], *found = NULL;

	snprintf(text, sizeof(text), "analyzer: {auth: {cluster: {username: u, password: '%s'}}}\n" GOOD, password);
	config = load_with(text, &options);
	if (config_problem_count(config, CONFIG_ERROR) == 0)
		found = strdup(config_pipeline(config)->password);
	config_free(&config);
	return found;
}

static void assert_confined(const char *password, const struct config_confinement *confinement, const char *wanted)
{
	char *found = confined_password(password, confinement);

	if (wanted == NULL)
		assert_null(found);
	else
		assert_string_equal(found, wanted);
	free(found);
}

static void a_tenants_variables_begin_as_the_supervisor_says(void **state)
{
	const struct config_confinement none = { 0 }, some = { .secret_env = "SEC" };

	(void)state;
	value_of_secret = "tiger";
	assert_confined("${env:SECRET}", &some, "tiger");
	assert_confined("${env:SECRET}", &none, NULL);
	assert_confined("${env:HOME}", &some, NULL);
	assert_confined("literal", &none, "literal");
}

static void a_tenants_files_are_below_the_supervisors_folder_without_links(void **state)
{
	const struct config_confinement none = { 0 }, here = { .secrets_dir = folder };
	char reference[200], link[128], target[128];

	(void)state;
	snprintf(reference, sizeof(reference), "%s", secret_file("tiger\n", 6));
	assert_confined(reference, &here, "tiger");
	assert_confined(reference, &none, NULL);
	assert_confined("${file:/etc/hostname}", &here, NULL);
	snprintf(reference, sizeof(reference), "${file:%s/../%s/secret}", folder, folder + strlen("/tmp/"));
	assert_confined(reference, &here, NULL);
	snprintf(link, sizeof(link), "%s/link", folder);
	snprintf(target, sizeof(target), "%s/secret", folder);
	assert_int_equal(symlink(target, link), 0);
	snprintf(reference, sizeof(reference), "${file:%s}", link);
	assert_confined(reference, &here, NULL);
	unlink(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_variable_is_read_when_secrets_are_resolved),
		TEST(a_variable_that_is_missing_empty_or_no_line_is_named),
		TEST(a_file_is_read_without_the_line_break_at_its_end),
		TEST(a_file_that_cannot_be_a_secret_is_named),
		TEST(a_file_that_cannot_be_read_is_not_waited_for),
		TEST(what_is_no_reference_is_a_literal_and_what_is_a_broken_one_is_an_error),
		TEST(a_broken_reference_is_an_error_before_secrets_are_resolved_too),
		TEST(a_tenants_variables_begin_as_the_supervisor_says),
		TEST(a_tenants_files_are_below_the_supervisors_folder_without_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
