#include "supervisor/config_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

		fprintf(stderr, "%s:%u:%u: %s%s%s%s", path, problem->line, problem->column,
			problem->severity == CONFIG_WARNING ? "warning: " : "", problem->path, problem->path[0] ? ": " : "",
			problem->message);
		if (problem->suggestion[0] != '\0')
			fprintf(stderr, " (did you mean %s?)", problem->suggestion);
		fputc('\n', stderr);
	}
}

/* ---- all of them together ---- */

static bool same_file(const char *one, const char *two)
{
	struct stat first, second;

	return stat(one, &first) == 0 && stat(two, &second) == 0 && first.st_dev == second.st_dev &&
		first.st_ino == second.st_ino;
}

/* The host_id that the file gives, "" for none; a host_id that compat: sfe fills in is not the file's. */
static const char *given_host_id(const struct config *config, unsigned *line, unsigned *column)
{
	if (config == NULL || !config_given(config, "host_id", line, column))
		return "";
	return config_pipeline(config)->host_id;
}

static size_t report_clash(const struct config_files *files, size_t index, size_t other)
{
	unsigned line = 1, column = 1, other_line, other_column;
	const char *host_id = given_host_id(files->configs[index], &line, &column);

	if (same_file(files->paths[index], files->paths[other])) {
		fprintf(stderr, "%s: given twice\n", files->paths[index]);
		return 1;
	}
	if (host_id[0] == '\0' || strcmp(host_id, given_host_id(files->configs[other], &other_line, &other_column)) != 0)
		return 0;
	fprintf(stderr, "%s:%u:%u: host_id: \"%s\" is in use by %s; each pipeline needs one of its own, or \"\"\n",
		files->paths[index], line, column, host_id, files->paths[other]);
	return 1;
}

/* The first clash of each file is enough to tell what to change. */
static size_t report_clashes(const struct config_files *files)
{
	size_t mistakes = 0;

	for (size_t i = 0; i < files->count; i++) {
		size_t found = 0;

		for (size_t j = 0; j < i && found == 0; j++)
			found = report_clash(files, i, j);
		mistakes += found;
	}
	return mistakes;
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
			fprintf(stderr, "%s\n", reason.message);
			++*mistakes;
			continue;
		}
		report(paths[i], files->configs[i]);
		*mistakes += config_problem_count(files->configs[i], CONFIG_ERROR);
	}
	*mistakes += report_clashes(files);
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
