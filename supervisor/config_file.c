#include "supervisor/config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
	return getenv(name);
}

int config_file_load(struct config **config, const char *path, bool resolve_secrets, struct err *err)
{
	const struct config_options options = { .environment = environment, .resolve_secrets = resolve_secrets };
	/* one byte more than is allowed, so that config_load sees that there is too much */
	char *text = malloc(CONFIG_TEXT_MAX + 1);
	FILE *file = text ? fopen(path, "re") : NULL;
	size_t length;
	int error;

	*config = NULL;
	if (file == NULL) {
		free(text);
		return err_sys(err, errno, "%s", path);
	}
	length = fread(text, 1, CONFIG_TEXT_MAX + 1, file);
	error = ferror(file) ? err_sys(err, errno, "%s", path) : 0;
	fclose(file);
	if (error == 0)
		error = config_load(config, text, length, &options, err);
	/* it may hold secrets */
	explicit_bzero(text, length);
	free(text);
	return error;
}

void config_file_report(const char *path, const struct config *config, FILE *out)
{
	for (size_t i = 0; i < config_problem_total(config); i++) {
		const struct config_problem *problem = config_problem(config, i);

		fprintf(out, "%s:%u:%u: %s%s%s%s", path, problem->line, problem->column,
			problem->severity == CONFIG_WARNING ? "warning: " : "", problem->path, problem->path[0] ? ": " : "",
			problem->message);
		if (problem->suggestion[0] != '\0')
			fprintf(out, " (did you mean %s?)", problem->suggestion);
		fputc('\n', out);
	}
}
