/* The JSON Schema of a configuration, from the table. What a form needs beyond JSON Schema has names of its own:
 * x-kind (what is written there), x-applies-when and x-required-when (the field at `path` has one of `values`; true: always). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "common/config/pipeline_fields.h"
#include "common/err.h"

/* A value of the schema, also where the file has nothing behind the colon. */
static json_t *nullable(const char *type)
{
	return json_pack("[s, s]", type, "null");
}

static json_t *enum_values(const struct option *option)
{
	json_t *values = json_array();

	for (const struct option_name *name = option->names; name->name != NULL; name++) {
		if (name->name[0] >= '0' && name->name[0] <= '9')
			json_array_append_new(values, json_integer(name->value));
		else
			json_array_append_new(values, json_string(name->name));
	}
	json_array_append_new(values, json_null());
	return values;
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *flag_names(const struct option *option)
{
	json_t *values = json_array();

	for (const struct option_name *name = option->names; name->name != NULL; name++)
		json_array_append_new(values, json_string(name->name));
	return json_pack("{s:o}", "enum", values);
}

static void describe_type(json_t *field, const struct option *option)
{
	switch (option->type) {
	case OPTION_BOOL:
		set(field, "type", nullable("boolean"));
		break;
	case OPTION_COUNT:
	case OPTION_SECONDS:
		set(field, "type", nullable("integer"));
		set(field, "minimum", json_integer(option->min));
		set(field, "maximum", json_integer(option->max));
		break;
	case OPTION_ENUM:
		set(field, "enum", enum_values(option));
		break;
	case OPTION_FLAGS:
		set(field, "type", nullable("array"));
		set(field, "items", flag_names(option));
		break;
	case OPTION_TEXTS:
	case OPTION_ADDRESSES:
	case OPTION_PREFIXES:
		set(field, "type", nullable("array"));
		set(field, "items", json_pack("{s:s}", "type", "string"));
		break;
	case OPTION_MAP:
		set(field, "type", nullable("object"));
		set(field, "additionalProperties", json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean"));
		break;
	default:
		/* YAML has numbers where a name of digits stands without quotes */
		set(field, "type", option->type == OPTION_URL || option->type == OPTION_PATH ? nullable("string") :
			json_pack("[s, s, s]", "string", "number", "null"));
		if (option->max != 0)
			set(field, "maxLength", json_integer(option->max));
		break;
	}
	if (option->type == OPTION_SECRET)
		set(field, "writeOnly", json_true());
}

static json_t *default_value(const struct option *option)
{
	const struct option_name *name;

	switch (option->type) {
	case OPTION_BOOL:
		return json_boolean(strcmp(option->fallback, "true") == 0);
	case OPTION_COUNT:
	case OPTION_SECONDS:
		return json_integer(strtol(option->fallback, NULL, 10));
	case OPTION_ENUM:
		name = option_name_find(option->names, option->fallback);
		return name->name[0] >= '0' && name->name[0] <= '9' ? json_integer(name->value) : json_string(name->name);
	default:
		return json_string(option->fallback);
	}
}

static json_t *kind_of(const struct option *option)
{
	static const char *const kinds[] = {
		[OPTION_TEXT] = "text", [OPTION_SECRET] = "secret", [OPTION_PATH] = "path", [OPTION_KEY] = "text", [OPTION_URL] = "url",
		[OPTION_BOOL] = "bool", [OPTION_COUNT] = "count", [OPTION_SECONDS] = "seconds", [OPTION_ENUM] = "enum",
		[OPTION_FLAGS] = "flags", [OPTION_TEXTS] = "texts", [OPTION_PREFIXES] = "prefixes",
		[OPTION_ADDRESSES] = "addresses", [OPTION_MAP] = "map",
	};

	return json_string(kinds[option->type]);
}

static json_t *condition(const struct option_when *when)
{
	json_t *values;

	if (when->path[0] == '\0')
		return json_true();
	values = json_array();
	for (const char *value = when->values; *value != '\0'; value += strspn(value, " ")) {
		size_t length = strcspn(value, " ");

		json_array_append_new(values, json_stringn(value, length));
		value += length;
	}
	return json_pack("{s:s, s:o}", "path", when->path, "values", values);
}

static json_t *describe(const struct option *option)
{
	json_t *field = json_object();
	json_t *fallback = option->fallback != NULL ? default_value(option) : NULL;

	set(field, "description", json_string(option->help));
	describe_type(field, option);
	if (fallback != NULL)
		set(field, "default", fallback);
	set(field, "x-kind", kind_of(option));
	if (option->when.values != NULL)
		set(field, "x-applies-when", condition(&option->when));
	if (option->required.values != NULL)
		set(field, "x-required-when", condition(&option->required));
	return field;
}

static json_t *new_section(void)
{
	return json_pack("{s:[s,s], s:b, s:{}}", "type", "object", "null", "additionalProperties", 0, "properties");
}

/* The section's schema that the path's last part belongs to; made when it is not there. */
static json_t *section_of(json_t *root, const char *path)
{
	json_t *section = root;

	for (const char *dot = strchr(path, '.'); dot != NULL; path = dot + 1, dot = strchr(path, '.')) {
		json_t *properties = json_object_get(section, "properties");
		json_t *next = json_object_getn(properties, path, (size_t)(dot - path));

		if (next == NULL) {
			next = new_section();
			json_object_setn_new(properties, path, (size_t)(dot - path), next);
		}
		section = next;
	}
	return section;
}

static void require(json_t *root, const char *path)
{
	json_t *section = root;

	while (*path != '\0') {
		size_t length = strcspn(path, ".");
		json_t *required = json_object_get(section, "required");
		bool there = false;

		if (required == NULL) {
			required = json_array();
			set(section, "required", required);
			set(section, "type", json_string("object"));
		}
		for (size_t i = 0; i < json_array_size(required); i++) {
			const char *name = json_string_value(json_array_get(required, i));

			there |= strlen(name) == length && strncmp(name, path, length) == 0;
		}
		if (!there)
			json_array_append_new(required, json_stringn(path, length));
		section = json_object_getn(json_object_get(section, "properties"), path, length);
		path += length + (path[length] == '.');
	}
}

static int append(const char *bytes, size_t length, void *out)
{
	return buffer_append(out, bytes, length);
}

int config_schema(struct buffer *out)
{
	json_t *root = json_pack("{s:s, s:s, s:s, s:b, s:{}}", "$schema", "https://json-schema.org/draft/2020-12/schema",
		"title", "Sluice pipeline", "type", "object", "additionalProperties", 0, "properties");
	int error;

	if (root == NULL)
		return ERR_NO_MEMORY;
	for (const struct option *option = pipeline_fields; option->path != NULL; option++) {
		const char *dot = strrchr(option->path, '.');

		set(json_object_get(section_of(root, option->path), "properties"), dot != NULL ? dot + 1 : option->path,
			describe(option));
		if (option->required.values != NULL && option->required.path[0] == '\0' && option->when.values == NULL)
			require(root, option->path);
	}
	for (size_t i = 0; pipeline_ignored_sections[i] != NULL; i++)
		set(json_object_get(root, "properties"), pipeline_ignored_sections[i],
			json_pack("{s:s}", "description", "Skydive's own: ignored."));
	error = json_dump_callback(root, append, out, JSON_INDENT(2));
	json_decref(root);
	return error == 0 ? buffer_append_text(out, "\n") : ERR_NO_MEMORY;
}
