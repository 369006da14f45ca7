/* Environment variables that override fields: SKYDIVE_PIPELINE_STORE_BUFFERED_DIRNAME, as Skydive's own configuration
 * library makes them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/config/config.h"
#include "common/config/pipeline_fields.h"

enum { FIELDS_MAX = 96 };

static void make_name(const char *path, char name[static CONFIG_VARIABLE_SIZE])
{
	size_t used = strlen(CONFIG_VARIABLE_PREFIX);

	memcpy(name, CONFIG_VARIABLE_PREFIX, used);
	for (; *path != '\0' && used < CONFIG_VARIABLE_SIZE - 1; path++)
		name[used++] = *path == '.' ? '_' : (char)toupper((unsigned char)*path);
	name[used] = '\0';
}

bool pipeline_field_variable(const struct option *option, char name[static CONFIG_VARIABLE_SIZE])
{
	make_name(option->path, name);
	return option->type != OPTION_MAP;
}

static bool is_skydives_own(const char *variable)
{
	char name[CONFIG_VARIABLE_SIZE];

	for (size_t i = 0; pipeline_ignored_sections[i] != NULL; i++) {
		size_t length;

		make_name(pipeline_ignored_sections[i], name);
		length = strlen(name);
		if (strncmp(variable, name, length) == 0 && (variable[length] == '_' || variable[length] == '\0'))
			return true;
	}
	return false;
}

bool config_variable_known(const char *variable, char suggestion[static CONFIG_VARIABLE_SIZE])
{
	char names[FIELDS_MAX][CONFIG_VARIABLE_SIZE];
	const char *rest[FIELDS_MAX + 1];
	const char *nearest;
	size_t count = 0;

	suggestion[0] = '\0';
	if (is_skydives_own(variable))
		return true;
	for (const struct option *option = pipeline_fields; option->path != NULL && count < FIELDS_MAX; option++) {
		if (!pipeline_field_variable(option, names[count]))
			continue;
		if (strcmp(names[count], variable) == 0)
			return true;
		rest[count] = names[count] + strlen(CONFIG_VARIABLE_PREFIX);
		count++;
	}
	rest[count] = NULL;
	nearest = config_nearest(variable + strlen(CONFIG_VARIABLE_PREFIX), rest);
	if (nearest != NULL)
		snprintf(suggestion, CONFIG_VARIABLE_SIZE, CONFIG_VARIABLE_PREFIX "%s", nearest);
	return false;
}
