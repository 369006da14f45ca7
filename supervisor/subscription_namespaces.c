/* What a subscription asks the analyzer for. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/subscription_private.h"

/* Of header lines, with what each has beside its name. More than this many analyzers' and proxies' limits would refuse:
 * then all flows are asked for, and each worker takes its capture's. */
enum { LINES_MAX = 8192, LINE_MORE = sizeof("X-Websocket-Namespace: flow/\r\n") - 1 };

static bool array_has(const json_t *list, const char *text)
{
	const json_t *item;
	size_t index;

	json_array_foreach(list, index, item) {
		if (strcmp(json_string_value(item), text) == 0)
			return true;
	}
	return false;
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Sorted, so that each is found beside its like. False: too many lines, or one that stands for all. */
static bool put_captures(json_t *list, const char **sorted, size_t count)
{
	size_t length = 0;

	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
			continue;
		length += strlen(sorted[i]) + LINE_MORE;
		if (sorted[i][0] == '\0' || length > LINES_MAX)
			return false;
		json_array_append_new(list, json_sprintf("flow/%s", sorted[i]));
	}
	return true;
}

json_t *namespaces_needed(char *const *captures, size_t count)
{
	const char **sorted = malloc((count + 1) * sizeof(*sorted));
	json_t *list = json_array();

	if (sorted != NULL && list != NULL) {
		for (size_t i = 0; i < count; i++)
			sorted[i] = captures[i];
		if (!put_captures(list, sorted, count)) {
			json_array_clear(list);
			json_array_append_new(list, json_string("flow"));
		}
		json_array_append_new(list, json_string("stats"));
	} else {
		json_decref(list);
		list = NULL;
	}
	free(sorted);
	return list;
}

bool namespaces_cover(const json_t *told, const json_t *needed)
{
	const json_t *item;
	size_t index;

	json_array_foreach(needed, index, item) {
		if (!array_has(told, json_string_value(item)) &&
			!(strncmp(json_string_value(item), "flow/", 5) == 0 && array_has(told, "flow")))
			return false;
	}
	return true;
}
