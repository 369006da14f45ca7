#include "common/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/json_text.h"
#include "common/config/load.h"
#include "common/config/yaml.h"

enum {
	EFFECTIVE_TEXT_MAX = 1024 * 1024,
	/* two bytes of text ("a,") can make one node of 150 */
	ARENA_MAX = 32 * 1024 * 1024,
	EFFECTIVE_ARENA_MAX = 512 * 1024 * 1024,
};

static void read_text(struct config *config, const char *text, size_t length, size_t limit)
{
	static const struct problem too_long = { CONFIG_ERROR, "limit", "", 1, 1, NULL };
	static const struct problem binary = { CONFIG_ERROR, "syntax", "", 1, 1, NULL };
	char *copy;

	if (length > limit) {
		problem_add(&config->problems, &too_long, "longer than %zu KB", limit / 1024);
		return;
	}
	if (memchr(text, '\0', length) != NULL) {
		problem_add(&config->problems, &binary, "not a text file");
		return;
	}
	copy = arena_strndup(&config->arena, text, length);
	if (copy == NULL) {
		config->problems.no_memory = true;
		return;
	}
	json_text_prepare(copy, length);
	config->text = copy;
	config->text_length = length;
	config->root = yaml_read(copy, length, &config->problems, &config->whole);
}

/* Where the environment gives all that is needed, nothing is wrong with an empty file. */
static void report_empty(struct config *config)
{
	static const struct problem empty = { CONFIG_ERROR, "required", "", 1, 1, NULL };

	if (config->whole && node_is_empty(config->root) && config_problem_count(config, CONFIG_ERROR) > 0)
		problem_add_first(&config->problems, &empty, "the file is empty");
}

static int load(struct config **result, const char *text, size_t length, const struct config_options *options,
	bool effective, struct err *err)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a configuration");
	arena_init(&config->arena, effective ? EFFECTIVE_ARENA_MAX : ARENA_MAX);
	problems_init(&config->problems, &config->arena);
	config->confinement = options->confinement;
	config->text = "";
	config->fields = arena_calloc(&config->arena, pipeline_field_count(), sizeof(*config->fields));
	if (config->fields == NULL)
		config->problems.no_memory = true;
	else
		read_text(config, text, length, effective ? EFFECTIVE_TEXT_MAX : CONFIG_TEXT_MAX);
	if (!config->problems.no_memory)
		config_bind(config);
	if (!config->problems.no_memory)
		config_evaluate(config, options, effective);
	if (!config->problems.no_memory)
		config_check_rules(config);
	if (!config->problems.no_memory)
		report_empty(config);
	if (config->problems.no_memory) {
		config_free(&config);
		return err_set(err, ERR_NO_MEMORY, "no memory for a configuration");
	}
	problems_sort(&config->problems);
	config->confinement = NULL;
	*result = config;
	return 0;
}

int config_load(struct config **config, const char *text, size_t length, const struct config_options *options,
	struct err *err)
{
	static const struct config_options none = { 0 };

	return load(config, text, length, options != NULL ? options : &none, false, err);
}

int config_load_effective(struct config **config, const char *text, size_t length, struct err *err)
{
	static const struct config_options none = { 0 };

	return load(config, text, length, &none, true, err);
}

void config_free(struct config **config)
{
	if (*config == NULL)
		return;
	arena_fini(&(*config)->arena);
	free(*config);
	*config = NULL;
}

const struct pipeline_config *config_pipeline(const struct config *config)
{
	return &config->pipeline;
}

size_t config_problem_total(const struct config *config)
{
	return config->problems.count;
}

size_t config_problem_count(const struct config *config, int severity)
{
	size_t count = 0;

	for (size_t i = 0; i < config->problems.count; i++)
		count += config->problems.items[i].severity == severity;
	return count;
}

/* Is the path, of so many bytes, that of the field or of a section that it is in? */
static bool is_around(const char *path, size_t length, const char *field)
{
	return length == 0 || (strncmp(path, field, length) == 0 && (field[length] == '\0' || field[length] == '.'));
}

static bool may_be_about(const struct config_problem *problem, const char *field, bool given)
{
	const char *path = problem->path, *key = strrchr(path, '.');

	if (is_around(path, strlen(path), field))
		return true;
	return !given && strcmp(problem->code, "unknown_key") == 0 && is_around(path, key != NULL ? (size_t)(key - path) : 0, field);
}

bool config_known(const struct config *config, const char *path)
{
	unsigned line, column;
	bool given = config_given(config, path, &line, &column);

	if (problems_full(&config->problems) || (!given && !config->whole))
		return false;
	for (size_t i = 0; i < config->problems.count; i++) {
		const struct config_problem *problem = &config->problems.items[i];

		if (problem->severity == CONFIG_ERROR && may_be_about(problem, path, given))
			return false;
	}
	return true;
}

const struct config_problem *config_problem(const struct config *config, size_t index)
{
	return &config->problems.items[index];
}
