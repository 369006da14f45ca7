#include "api/pointer.h"

#include <stdio.h>
#include <string.h>

#include "api/text.h"

static size_t put_escaped(char *out, size_t used, const char *text, size_t length)
{
	for (size_t i = 0; i < length && used < POINTER_SIZE - 2; i++) {
		if (text[i] == '~' || text[i] == '/') {
			out[used++] = '~';
			out[used++] = text[i] == '~' ? '0' : '1';
		} else {
			out[used++] = text[i];
		}
	}
	return used;
}

static size_t put_step(char *out, size_t used, const char *text, size_t length)
{
	if (used < POINTER_SIZE - 2)
		out[used++] = '/';
	used = put_escaped(out, used, text, length);
	out[used] = '\0';
	return used;
}

void pointer_of_path(const char *base, const char *path, char out[static POINTER_SIZE])
{
	size_t used = (size_t)snprintf(out, POINTER_SIZE, "%s", base);

	while (*path != '\0' && used < POINTER_SIZE) {
		bool index = *path == '[';
		size_t length;

		path += index || *path == '.';
		length = strcspn(path, index ? "]" : ".[");
		used = put_step(out, used, path, length);
		path += length;
		path += index && *path == ']';
	}
}

void pointer_append(const char *base, const char *key, char out[static POINTER_SIZE])
{
	size_t used = strlen(base);

	if (out != base)
		used = (size_t)snprintf(out, POINTER_SIZE, "%s", base);
	if (used < POINTER_SIZE)
		put_step(out, used, key, strlen(key));
}

/* One step, unescaped, into key; returns its length. */
static size_t take_step(const char **pointer, char key[static POINTER_SIZE])
{
	size_t used = 0;

	for ((*pointer)++; **pointer != '\0' && **pointer != '/'; (*pointer)++) {
		char byte = **pointer;

		if (byte == '~' && ((*pointer)[1] == '0' || (*pointer)[1] == '1')) {
			byte = (*pointer)[1] == '0' ? '~' : '/';
			(*pointer)++;
		}
		if (used < POINTER_SIZE - 1)
			key[used++] = byte;
	}
	key[used] = '\0';
	return used;
}

static const struct node *find_item(const struct node *list, const char *key)
{
	const struct node *child = list->first;
	uint64_t index;

	if (list->count == 0 || !text_count(key, 0, list->count - 1, &index))
		return NULL;
	while (child != NULL && child->index != index)
		child = child->next;
	return child;
}

const struct node *pointer_find(const struct node *root, const char *pointer, bool *exact)
{
	const struct node *node = root;

	*exact = false;
	while (node != NULL && *pointer == '/') {
		char key[POINTER_SIZE];
		size_t length = take_step(&pointer, key);
		const struct node *child = node->kind == NODE_LIST ? find_item(node, key) : node_child(node, key, length);

		if (child == NULL)
			return node;
		node = child;
	}
	*exact = node != NULL && *pointer == '\0';
	return node;
}
