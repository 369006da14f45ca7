#include "common/config/tree.h"

#include <stdio.h>
#include <string.h>

#include "common/config/config.h"

bool node_text_is(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && node->length == strlen(text) && memcmp(node->text, text, node->length) == 0;
}

bool node_is_empty(const struct node *node)
{
	static const char *const nothing[] = { "~", "null", "Null", "NULL" };

	if (node == NULL)
		return true;
	if (node->kind != NODE_SCALAR)
		return node->count == 0;
	if (node->length == 0)
		return true;
	for (size_t i = 0; node->plain && i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		if (node_text_is(node, nothing[i]))
			return true;
	}
	return false;
}

const struct node *node_child(const struct node *map, const char *key, size_t length)
{
	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *child = map->first; child != NULL; child = child->next) {
		if (!child->duplicate && child->key_length == length && memcmp(child->key, key, length) == 0)
			return child;
	}
	return NULL;
}

const struct node *node_nearest(const struct node *root, const char *path)
{
	const struct node *node = root;

	while (*path != '\0') {
		size_t length = strcspn(path, ".");
		const struct node *child = node_child(node, path, length);

		if (child == NULL)
			break;
		node = child;
		path += length + (path[length] == '.');
	}
	return node;
}

static size_t path_append(char *path, size_t used, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length && used < NODE_PATH_SIZE - 1; i++) {
		unsigned char byte = (unsigned char)text[i];

		path[used++] = byte < 0x20 || byte == 0x7f ? '?' : text[i];
	}
	/* no half of a character at the end */
	for (; i > 0 && i < length && ((unsigned char)text[i] & 0xc0) == 0x80; i--)
		used--;
	return used;
}

void node_path(const struct node *node, char path[static NODE_PATH_SIZE])
{
	const struct node *steps[CONFIG_DEPTH_MAX + 2];
	size_t count = 0;
	size_t used = 0;

	for (; node != NULL && node->parent != NULL && count < sizeof(steps) / sizeof(steps[0]); node = node->parent)
		steps[count++] = node;
	while (count-- > 0) {
		char index[32];

		if (steps[count]->key != NULL) {
			used = path_append(path, used, ".", used > 0);
			used = path_append(path, used, steps[count]->key, steps[count]->key_length);
		} else {
			snprintf(index, sizeof(index), "[%zu]", steps[count]->index);
			used = path_append(path, used, index, strlen(index));
		}
	}
	path[used] = '\0';
}

void node_append(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->index = parent->count++;
	if (parent->last != NULL)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}
