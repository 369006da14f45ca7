#include "supervisor/serve/ops/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 200, VALUE_SIZE = 40, MORE_SIZE = 24 };

void changes_add(struct changes *changes, const char *path, const char *what)
{
	char part[PATH_SIZE + 2 * VALUE_SIZE + 16];
	int length = snprintf(part, sizeof(part), "%s%s: %s", changes->used > 0 ? "; " : "", path, what);

	if (changes->left_out > 0 || length >= (int)sizeof(part) ||
		changes->used + (size_t)length + MORE_SIZE > sizeof(changes->text)) {
		changes->left_out++;
		return;
	}
	memcpy(changes->text + changes->used, part, (size_t)length + 1);
	changes->used += (size_t)length;
}

const char *changes_end(struct changes *changes)
{
	if (changes->left_out > 0)
		snprintf(changes->text + changes->used, sizeof(changes->text) - changes->used, "%s%u more",
			changes->used > 0 ? "; " : "", changes->left_out);
	changes->left_out = 0;
	return changes->text;
}

/* A value as people would write it; long ones end in "...". */
static void put_value(const json_t *value, char text[VALUE_SIZE])
{
	char *dumped = json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t length = dumped != NULL ? strlen(dumped) : 0, end = VALUE_SIZE - 4;

	snprintf(text, VALUE_SIZE, "%s", dumped != NULL ? dumped : "?");
	if (length >= VALUE_SIZE) {
		/* not in the middle of a character */
		while (end > 0 && ((unsigned char)dumped[end] & 0xc0) == 0x80)
			end--;
		memcpy(text + end, "...", 4);
	}
	free(dumped);
}

static void add_value(struct changes *changes, const char *path, const json_t *before, const json_t *after)
{
	char from[VALUE_SIZE], to[VALUE_SIZE], what[2 * VALUE_SIZE + 8];

	put_value(before, from);
	put_value(after, to);
	snprintf(what, sizeof(what), "%s -> %s", from, to);
	changes_add(changes, path, what);
}

static void compare(struct changes *changes, const char *path, const json_t *before, const json_t *after);

static void compare_member(struct changes *changes, const char *path, const char *key, const json_t *before,
	const json_t *after)
{
	char inner[PATH_SIZE];

	snprintf(inner, sizeof(inner), "%s%s%s", path, path[0] != '\0' ? "." : "", key);
	compare(changes, inner, json_object_get(before, key), json_object_get(after, key));
}

static void compare(struct changes *changes, const char *path, const json_t *before, const json_t *after)
{
	const char *key;
	json_t *value;

	if (json_equal(before, after))
		return;
	if (!json_is_object(before) || !json_is_object(after)) {
		if (before == NULL || after == NULL)
			changes_add(changes, path, before == NULL ? "added" : "removed");
		else
			add_value(changes, path, before, after);
		return;
	}
	json_object_foreach((json_t *)after, key, value)
		compare_member(changes, path, key, before, after);
	json_object_foreach((json_t *)before, key, value) {
		if (json_object_get(after, key) == NULL)
			compare_member(changes, path, key, before, after);
	}
}

void changes_compare(struct changes *changes, const json_t *before, const json_t *after)
{
	compare(changes, "", before, after);
}
