#include "tests/unit/config/support_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct config *load_with(const char *text, const struct config_options *options)
{
	struct config *config = NULL;
	struct err err = { 0 };

	if (config_load(&config, text, strlen(text), options, &err) != 0)
		fail_msg("%s", err.message);
	return config;
}

struct config *load_text(const char *text)
{
	return load_with(text, NULL);
}

struct config *load_file(const char *name)
{
	static char text[CONFIG_TEXT_MAX + 2];
	char path[512];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), TEST_DATA "/config/%s", name);
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("%s is missing", path);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	return load_text(text);
}

void print_problems(const struct config *config)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		print_message("%u:%u: %s: %s [%s] (%s)\n", problem->line, problem->column, problem->path, problem->message,
			problem->code, problem->suggestion);
	}
}

struct config *load_good(const char *text)
{
	struct config *config = load_text(text);

	if (config_problem_count(config, CONFIG_ERROR) > 0) {
		print_problems(config);
		fail_msg("errors in:\n%s", text);
	}
	return config;
}

const struct config_problem *find_problem(const struct config *config, const char *path, const char *code)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		if (strcmp(problem->path, path) == 0 && strcmp(problem->code, code) == 0)
			return problem;
	}
	print_problems(config);
	fail_msg("no problem %s at %s", code, path);
	return NULL;
}

void assert_problem(const struct config *config, const char *path, const char *code, unsigned line, unsigned column)
{
	const struct config_problem *problem = find_problem(config, path, code);

	assert_int_equal(problem->line, line);
	assert_int_equal(problem->column, column);
}

void assert_only_error(const char *text, const char *path, const char *code, unsigned line, unsigned column)
{
	struct config *config = load_text(text);

	if (config_problem_count(config, CONFIG_ERROR) != 1) {
		print_problems(config);
		fail_msg("%zu errors in:\n%s", config_problem_count(config, CONFIG_ERROR), text);
	}
	assert_problem(config, path, code, line, column);
	config_free(&config);
}

void assert_no_error(const char *text)
{
	struct config *config = load_good(text);

	config_free(&config);
}
