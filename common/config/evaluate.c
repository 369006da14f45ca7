/* From nodes to values: environment, file or default; then what follows from the type that a section has. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/config/load.h"

enum { SECTION_SIZE = 128 };

enum config_truth config_holds(const struct config *config, const struct option_when *when)
{
	const struct option *option;
	const struct option_name *name;
	enum config_truth used;
	int field;

	if (when->values == NULL || when->path[0] == '\0')
		return CONFIG_YES;
	field = pipeline_field_find(when->path);
	option = &pipeline_fields[field];
	used = config_holds(config, &option->when);
	if (used != CONFIG_YES)
		return used;
	name = option_name_of(option->names, *(const int *)((const char *)&config->pipeline + option->offset));
	if (name == NULL || config->fields[field].failed)
		return CONFIG_MAYBE;
	return option_when_has(when, name->name) ? CONFIG_YES : CONFIG_NO;
}

static void find_nearest(const struct config *config, const char *path, unsigned *line, unsigned *column)
{
	const struct node *near = config->root != NULL ? node_nearest(config->root, path) : NULL;

	*line = near != NULL && near->key != NULL ? near->key_line : 1;
	*column = near != NULL && near->key != NULL ? near->key_column : 1;
}

bool config_given(const struct config *config, const char *path, unsigned *line, unsigned *column)
{
	const struct field_state *field = &config->fields[pipeline_field_find(path)];

	if (field->node == NULL) {
		find_nearest(config, path, line, column);
		return false;
	}
	*line = field->node->line;
	*column = field->node->column;
	return true;
}

void config_report(struct config *config, const char *path, enum config_severity severity, const char *code,
	const char *suggestion, const char *format, ...)
{
	int index = pipeline_field_find(path);
	const struct field_state *field = index >= 0 ? &config->fields[index] : NULL;
	struct problem problem = { severity, code, path, 0, 0, suggestion };
	char message[256];
	va_list args;

	if (field != NULL && field->node != NULL) {
		problem.line = field->node->line;
		problem.column = field->node->column;
	} else {
		find_nearest(config, path, &problem.line, &problem.column);
	}
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	config->problems.variable = field != NULL ? field->variable : NULL;
	problem_add(&config->problems, &problem, "%s", message);
	config->problems.variable = NULL;
}

/* An empty variable is none. */
static void override(struct config *config, const struct config_options *options, int index)
{
	const struct option *option = &pipeline_fields[index];
	struct field_state *field = &config->fields[index];
	char name[CONFIG_VARIABLE_SIZE];
	struct node *node;
	const char *value;

	if (options->environment == NULL || !pipeline_field_variable(option, name))
		return;
	value = options->environment(name);
	if (value == NULL || *value == '\0')
		return;
	node = arena_calloc(&config->arena, 1, sizeof(*node));
	field->variable = arena_strdup(&config->arena, name);
	if (node == NULL || field->variable == NULL) {
		config->problems.no_memory = true;
		return;
	}
	*node = (struct node){ .kind = NODE_SCALAR, .text = arena_strdup(&config->arena, value), .length = strlen(value) };
	find_nearest(config, option->path, &node->line, &node->column);
	if (node->text == NULL)
		config->problems.no_memory = true;
	else
		field->node = node;
}

static void set_default(struct config *config, const struct option_context *context, const struct option *option)
{
	struct node node = { .kind = NODE_SCALAR, .text = option->fallback };

	if (option->type <= OPTION_URL)
		*(const char **)((char *)&config->pipeline + option->offset) =
			option->fallback != NULL ? option->fallback : "";
	else if (option->fallback != NULL) {
		node.length = strlen(option->fallback);
		option_read(context, option, &node, &config->pipeline);
	}
}

static void read_field(struct config *config, const struct option_context *context, int index)
{
	const struct option *option = &pipeline_fields[index];
	struct field_state *field = &config->fields[index];

	set_default(config, context, option);
	if (field->node == NULL)
		return;
	config->problems.variable = field->variable;
	config->problems.variable_path = option->path;
	field->failed = !option_read(context, option, field->node, &config->pipeline);
	config->problems.variable = NULL;
	if (field->failed)
		set_default(config, context, option);
}

static const struct option_name *value_name(const struct config *config, const struct option *option)
{
	return option_name_of(option->names, *(const int *)((const char *)&config->pipeline + option->offset));
}

const char *config_choice(const struct config *config, const char *path)
{
	return value_name(config, &pipeline_fields[pipeline_field_find(path)])->name;
}

/* What somebody never wrote is named as what it is. */
static const char *as_default(const struct config *config, const char *path)
{
	return config->fields[pipeline_field_find(path)].node == NULL ? " (the default)" : "";
}

static void check_required(struct config *config, int index)
{
	const struct option *option = &pipeline_fields[index];
	const struct option_when *required = &option->required;
	const struct option_when *because = required->values != NULL && required->path[0] != '\0' ? required : &option->when;

	if (required->values == NULL || config->fields[index].node != NULL || !config->whole)
		return;
	if (config_holds(config, &option->when) != CONFIG_YES || config_holds(config, required) != CONFIG_YES)
		return;
	if (because->values == NULL)
		config_report(config, option->path, CONFIG_ERROR, "required", NULL, "is missing");
	else
		config_report(config, option->path, CONFIG_ERROR, "required", NULL, "is missing: %s is %s%s", because->path,
			value_name(config, &pipeline_fields[pipeline_field_find(because->path)])->name,
			as_default(config, because->path));
}

/* A section for another type than the chosen one: once for all its fields. */
static void check_used(struct config *config, int index, char reported[static SECTION_SIZE])
{
	const struct option *option = &pipeline_fields[index];
	const struct field_state *field = &config->fields[index];
	const char *dot = strrchr(option->path, '.');
	char section[SECTION_SIZE];
	size_t length = strlen(reported);

	if (field->node == NULL || field->variable != NULL || config_holds(config, &option->when) != CONFIG_NO)
		return;
	if (length > 0 && strncmp(option->path, reported, length) == 0 && option->path[length] == '.')
		return;
	snprintf(section, sizeof(section), "%.*s", (int)(dot - option->path), option->path);
	memcpy(reported, section, sizeof(section));
	problem_at_key(&config->problems, field->node->parent, CONFIG_WARNING, "unused", NULL, "unused section: %s is %s%s",
		option->when.path, value_name(config, &pipeline_fields[pipeline_field_find(option->when.path)])->name,
		as_default(config, option->when.path));
}

void config_evaluate(struct config *config, const struct config_options *options, bool literal_secrets)
{
	struct option_context context = {
		.arena = &config->arena, .problems = &config->problems, .environment = options->environment,
		.resolve_secrets = options->resolve_secrets, .secrets_elsewhere = options->secrets_elsewhere,
		.confinement = options->confinement,
		.literal_secrets = literal_secrets,
	};
	int count = (int)pipeline_field_count();
	char reported[SECTION_SIZE] = "";

	for (int i = 0; i < count; i++) {
		override(config, options, i);
		read_field(config, &context, i);
	}
	for (int i = 0; i < count; i++) {
		check_required(config, i);
		check_used(config, i, reported);
	}
}
