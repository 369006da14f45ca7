#include "supervisor/config_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/config_clashes.h"
#include "supervisor/log_print.h"

static const char *environment(const char *name)
{
	return getenv(name);
}

/* ---- one file ---- */

static bool is_standard_input(const char *path, enum config_files_use use)
{
	return use == CONFIG_FILES_CHECK && strcmp(path, "-") == 0;
}

static int read_text(const char *path, enum config_files_use use, char *text, size_t size, size_t *length,
	struct err *err)
{
	bool standard = is_standard_input(path, use);
	FILE *file = standard ? stdin : fopen(path, "re");
	int error;

	if (file == NULL)
		return err_sys(err, errno, "%s", path);
	*length = fread(text, 1, size, file);
	error = ferror(file) ? err_sys(err, errno, "%s", path) : 0;
	if (!standard)
		fclose(file);
	return error;
}

static int load(struct config **config, const char *path, enum config_files_use use, struct err *err)
{
	const struct config_options options = { .environment = environment, .resolve_secrets = true,
		.secrets_elsewhere = use == CONFIG_FILES_CHECK };
	/* one byte more than is allowed, so that config_load sees that there is too much */
	char *text = malloc(CONFIG_TEXT_MAX + 1);
	size_t length = 0;
	int error;

	*config = NULL;
	if (text == NULL)
		return err_set(err, ERR_NO_MEMORY, "%s: no memory", path);
	error = read_text(path, use, text, CONFIG_TEXT_MAX + 1, &length, err);
	if (error == 0)
		error = config_load(config, text, length, &options, err);
	/* it may hold secrets */
	explicit_bzero(text, length);
	free(text);
	return error;
}

static void report(const char *path, const struct config *config)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		bool warns = problem->severity == CONFIG_WARNING, suggests = problem->suggestion[0] != '\0';

		log_print_bare(warns ? LOG_WARN : LOG_ERROR, "%s:%u:%u: %s%s%s%s%s%s%s", path, problem->line, problem->column,
			warns ? "warning: " : "", problem->path, problem->path[0] ? ": " : "", problem->message,
			suggests ? " (did you mean " : "", problem->suggestion, suggests ? "?)" : "");
	}
}

/* A variable that overrides nothing may be a misspelt one. Once for all files. */
static void report_environment(void)
{
	for (char **next = environ; *next != NULL; next++) {
		char name[CONFIG_VARIABLE_SIZE], suggestion[CONFIG_VARIABLE_SIZE];
		size_t length = strcspn(*next, "=");

		if (strncmp(*next, CONFIG_VARIABLE_PREFIX, strlen(CONFIG_VARIABLE_PREFIX)) != 0 ||
			(*next)[length] != '=' || (*next)[length + 1] == '\0' || length >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)length, *next);
		if (config_variable_known(name, suggestion))
			continue;
		log_print_bare(LOG_WARN, "environment: warning: %s: overrides no field%s%s%s", name,
			suggestion[0] != '\0' ? " (did you mean " : "", suggestion, suggestion[0] != '\0' ? "?)" : "");
	}
}

int config_files_load(struct config_files *files, char **paths, size_t count, enum config_files_use use,
	size_t *mistakes, struct err *err)
{
	*mistakes = 0;
	*files = (struct config_files){ .paths = paths, .count = count };
	files->configs = calloc(count, sizeof(struct config *));
	if (files->configs == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for %zu files", count);
	for (size_t i = 0; i < count; i++) {
		struct err reason;

		if (load(&files->configs[i], paths[i], use, &reason) != 0) {
			log_print_bare(LOG_ERROR, "%s", reason.message);
			++*mistakes;
			continue;
		}
		report(paths[i], files->configs[i]);
		*mistakes += config_problem_count(files->configs[i], CONFIG_ERROR);
	}
	report_environment();
	*mistakes += config_clashes_report(files);
	return 0;
}

void config_files_free(struct config_files *files)
{
	if (files->configs == NULL)
		return;
	for (size_t i = 0; i < files->count; i++)
		config_free(&files->configs[i]);
	free(files->configs);
	files->configs = NULL;
}
