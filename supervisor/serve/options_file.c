#include "supervisor/serve/options_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/problem.h"
#include "common/config/yaml.h"

enum { ARENA = 4 << 20, LINE_SIZE = 1024 };

static int read_text(const char *path, char *text, size_t size, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	int error;

	if (file == NULL)
		return err_sys(err, errno, "%s", path);
	*length = fread(text, 1, size, file);
	error = ferror(file) ? err_sys(err, errno, "%s", path) : 0;
	fclose(file);
	if (error == 0 && *length == size)
		return err_set(err, ERR_LIMIT, "%s: longer than the %d KB that it may have", path, CONFIG_TEXT_MAX / 1024);
	return error;
}

static void take_value(const struct line_option *row, void *options, const struct node *node, struct problems *problems)
{
	struct err err;

	if (node->kind != NODE_SCALAR || strlen(node->text) != node->length)
		problem_at(problems, node, "value", NULL, "not one value");
	else if (line_option_take(row, options, node->text, &err) != 0)
		problem_at(problems, node, "value", NULL, "%s", err.message);
}

static void take_option(const struct line_option *rows, void *options, const struct node *node, struct problems *problems)
{
	const struct line_option *row = line_options_find(rows, node->key, node->key_length);
	const char *names[LINE_OPTIONS_MAX + 1] = { NULL };
	const char *nearest;
	size_t count = 0;

	if (row != NULL && strcmp(row->name, "config") != 0) {
		if (row->kind != LINE_OPTION_LIST || node->kind != NODE_LIST)
			take_value(row, options, node, problems);
		else
			for (const struct node *item = node->first; item != NULL; item = item->next)
				take_value(row, options, item, problems);
		return;
	}
	for (size_t i = 0; rows[i].name != NULL; i++) {
		if (strcmp(rows[i].name, "config") != 0)
			names[count++] = rows[i].name;
	}
	nearest = config_nearest(node->key, names);
	problem_at_key(problems, node, CONFIG_ERROR, "unknown_key", nearest, "there is no option of this name");
}

static void take_tree(const struct line_option *rows, void *options, const struct node *root, struct problems *problems)
{
	if (root != NULL && root->kind != NODE_MAP) {
		problem_at(problems, root, "type", NULL, "not a map of options");
		return;
	}
	for (const struct node *node = root != NULL ? root->first : NULL; node != NULL; node = node->next)
		take_option(rows, options, node, problems);
}

static void tell_all(const char *path, struct problems *problems, void (*tell)(const char *line))
{
	char line[LINE_SIZE];

	problems_sort(problems);
	for (size_t i = 0; i < problems->count; i++) {
		const struct config_problem *problem = &problems->items[i];
		bool suggests = problem->suggestion[0] != '\0';

		snprintf(line, sizeof(line), "%s:%u:%u: %s%s%s%s%s%s", path, problem->line, problem->column, problem->path,
			problem->path[0] != '\0' ? ": " : "", problem->message, suggests ? " (did you mean " : "", problem->suggestion, suggests ? "?)" : "");
		tell(line);
	}
}

int options_file_read(const char *path, const struct line_option *rows, void *options, void (*tell)(const char *line),
	struct err *err)
{
	/* one byte more than is allowed tells that there is too much */
	char *text = malloc(CONFIG_TEXT_MAX + 1);
	struct problems problems;
	struct arena arena;
	size_t length = 0;
	bool whole;
	int error = text != NULL ? read_text(path, text, CONFIG_TEXT_MAX + 1, &length, err)
		: err_set(err, ERR_NO_MEMORY, "%s: no memory", path);

	if (error == 0) {
		arena_init(&arena, ARENA);
		problems_init(&problems, &arena);
		take_tree(rows, options, yaml_read(text, length, &problems, &whole), &problems);
		tell_all(path, &problems, tell);
		if (problems.count > 0 || problems.no_memory)
			error = err_set(err, ERR_CONFIG, "%s: %zu mistakes", path, problems.count);
		arena_fini(&arena);
	}
	free(text);
	return error;
}
