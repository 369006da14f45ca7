#include "supervisor/run_names.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/text.h"
#include "common/fnv.h"

static void make_name(const char *path, struct run_name *name)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
	char whole[PATH_MAX];
	uint64_t hash;

	if (realpath(path, whole) == NULL)
		snprintf(whole, sizeof(whole), "%s", path);
	hash = fnv_hash(FNV_BASE, whole, strlen(whole));
	snprintf(name->name, sizeof(name->name), "%.*s", (int)length, base);
	snprintf(name->id, sizeof(name->id), "%s-%08x", name->name, (unsigned)(hash ^ hash >> 32));
	for (char *next = name->id; *next != '\0'; next++) {
		if (!isalnum((unsigned char)*next) && *next != '-' && *next != '_')
			*next = '_';
	}
	/* it goes into messages and the summary, which are UTF-8 */
	if (text_bad_character(name->name, strlen(name->name)) != NULL)
		snprintf(name->name, sizeof(name->name), "%.*s", RUN_NAME_SIZE - 1, name->id);
}

struct run_name *run_names_new(char *const *paths, size_t count)
{
	struct run_name *names = calloc(count, sizeof(*names));

	for (size_t i = 0; names != NULL && i < count; i++) {
		make_name(paths[i], &names[i]);
		/* files of the same name in different folders are told apart by what the store calls them */
		for (size_t j = 0; j < i; j++) {
			if (strcmp(names[i].name, names[j].name) == 0)
				snprintf(names[i].name, RUN_NAME_SIZE, "%.*s", RUN_NAME_SIZE - 1, names[i].id);
		}
	}
	return names;
}
