/* The names that an option's value can have. */
#include <stdio.h>
#include <string.h>

#include "common/config/option.h"

enum { NAMES_MAX = 32 };

const struct option_name *option_name_of(const struct option_name *names, int value)
{
	for (; names->name != NULL; names++) {
		if (names->value == value)
			return names;
	}
	return NULL;
}

const struct option_name *option_name_find(const struct option_name *names, const char *text)
{
	for (; names->name != NULL; names++) {
		if (strcmp(names->name, text) == 0)
			return names;
	}
	return NULL;
}

const char *option_name_nearest(const struct option_name *names, const char *text)
{
	const char *texts[NAMES_MAX + 1];
	size_t count = 0;

	/* one number is as near to another as any */
	if (text[strspn(text, "0123456789")] == '\0')
		return NULL;
	for (; names->name != NULL && count < NAMES_MAX; names++) {
		texts[count++] = names->name;
	}
	texts[count] = NULL;
	return config_nearest(text, texts);
}

void option_name_refuse(struct problems *problems, const struct node *node, const struct option_name *names,
	const char *hint)
{
	char quote[PROBLEM_QUOTE_SIZE], list[OPTION_NAMES_SIZE];

	option_names_text(names, list);
	problem_at(problems, node, "value", option_name_nearest(names, node->text), "%s %s %s%s",
		problem_quote(quote, node->text, node->length), strchr(list, ',') != NULL ? "is not one of" : "must be", list,
		hint);
}

const char *option_names_text(const struct option_name *names, char out[static OPTION_NAMES_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (; names->name != NULL && used < OPTION_NAMES_SIZE; names++) {
		used += (size_t)snprintf(out + used, OPTION_NAMES_SIZE - used, "%s%s", used > 0 ? ", " : "", names->name);
	}
	return out;
}

bool option_when_has(const struct option_when *when, const char *name)
{
	size_t length = strlen(name);
	const char *at = when->values;

	while (*at != '\0') {
		size_t word = strcspn(at, " ");

		if (word == length && memcmp(at, name, length) == 0)
			return true;
		at += word;
		at += strspn(at, " ");
	}
	return false;
}
