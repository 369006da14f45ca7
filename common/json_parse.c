#include "common/json_parse.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of this thread, since it began to parse. */
static _Thread_local bool refused;

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		refused = true;
	return memory;
}

/* What was allocated before goes back by the same free(). */
__attribute__((constructor)) static void watch_allocations(void)
{
	json_set_alloc_funcs(allocate, free);
}

/* What came of it, or none where a part of it found no memory. */
static json_t *whole(json_t *value, json_error_t *where)
{
	if (!refused)
		return value;
	json_decref(value);
	if (where != NULL) {
		snprintf(where->text, sizeof(where->text), "no memory");
		/* where jansson keeps it, behind the text */
		where->text[sizeof(where->text) - 1] = json_error_out_of_memory;
	}
	return NULL;
}

json_t *json_parse(const char *text, size_t length, size_t flags, json_error_t *where)
{
	refused = false;
	return whole(json_loadb(text, length, flags, where), where);
}

json_t *json_parse_text(const char *text, size_t flags, json_error_t *where)
{
	return json_parse(text != NULL ? text : "", text != NULL ? strlen(text) : 0, flags, where);
}

json_t *json_parse_fd(int fd, size_t flags, json_error_t *where)
{
	refused = false;
	return whole(json_loadfd(fd, flags, where), where);
}
