/* From the tree to the table: which node is which field, and which key is none. */
#include <stdio.h>
#include <string.h>

#include "common/config/load.h"

enum { PATH_SIZE = 128 };

static bool is_ignored(const char *path)
{
	for (size_t i = 0; pipeline_ignored_sections[i] != NULL; i++) {
		if (strcmp(pipeline_ignored_sections[i], path) == 0)
			return true;
	}
	return false;
}

static void report_unknown(struct config *config, const struct node *node, const char *section, const char *key)
{
	char name[FIELD_NAME_SIZE];
	char quote[PROBLEM_QUOTE_SIZE];

	if (problems_full(&config->problems))
		return;
	problem_at_key(&config->problems, node, CONFIG_ERROR, "unknown_key",
		key != NULL ? pipeline_field_suggestion(section, key, name) : NULL, "unknown key %s",
		problem_quote(quote, node->key, node->key_length));
}

static void bind_section(struct config *config, const struct node *map, const char *section);

static void bind_child(struct config *config, const struct node *child, const char *section)
{
	char path[PATH_SIZE];
	size_t used = (size_t)snprintf(path, sizeof(path), "%s%s", section, section[0] != '\0' ? "." : "");
	int field;

	/* a dot in a key would make a path that the tree has not */
	if (child->key_length >= sizeof(path) - used || memchr(child->key, '\0', child->key_length) != NULL ||
		memchr(child->key, '.', child->key_length) != NULL) {
		report_unknown(config, child, section, NULL);
		return;
	}
	memcpy(path + used, child->key, child->key_length);
	path[used + child->key_length] = '\0';
	field = pipeline_field_find(path);
	if (field >= 0)
		config->fields[field].node = node_is_empty(child) ? NULL : child;
	else if (section[0] == '\0' && is_ignored(path))
		problem_at_key(&config->problems, child, CONFIG_WARNING, "ignored", NULL,
			"a section of Skydive's own: ignored");
	else if (!pipeline_field_is_section(path))
		report_unknown(config, child, section, path + used);
	else if (child->kind == NODE_MAP)
		bind_section(config, child, path);
	else if (!node_is_empty(child))
		problem_at(&config->problems, child, "type", NULL, "expected a section, found a %s",
			child->kind == NODE_LIST ? "list" : "text");
}

static void bind_section(struct config *config, const struct node *map, const char *section)
{
	for (const struct node *child = map->first; child != NULL; child = child->next) {
		if (!child->duplicate)
			bind_child(config, child, section);
	}
}

void config_bind(struct config *config)
{
	const struct node *root = config->root;

	if (root != NULL && root->kind == NODE_MAP) {
		bind_section(config, root, "");
	} else if (!node_is_empty(root) && config->whole) {
		problem_at(&config->problems, root, "type", NULL, "expected a configuration's sections, found a %s",
			root->kind == NODE_LIST ? "list" : "text");
		/* all fields are missing, and that has been said */
		config->whole = false;
	}
}
