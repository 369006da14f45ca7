/* The reference page in Markdown, from the table. */
#include <string.h>

#include "common/config/config.h"
#include "common/config/pipeline_fields.h"

static const char head[] =
	"# A pipeline's configuration\n"
	"\n"
	"<!-- Made by `sluiced schema --reference` from common/config/pipeline_fields.c. Change it there. -->\n"
	"\n"
	"One YAML document, or the same tree as JSON, of at most 64 KB, nested at most 32 deep, without anchors, aliases, tags and\n"
	"directives. An empty value is the same as a missing one. `sluiced check FILE…` reports every mistake with its place;\n"
	"`sluiced check --effective FILE` prints a configuration with all its defaults.\n"
	"\n"
	"- A secret is a literal, `${env:NAME}` or `${file:/path}`.\n"
	"- A list may be one text with its items separated by blanks.\n"
	"- `sluiced run` and `sluiced check` take any field (but maps) from the environment as well: `SKYDIVE_` and the field's\n"
	"  path in capitals, `_` for each dot (`SKYDIVE_PIPELINE_WRITE_TYPE=file`). An empty variable is none.\n"
	"- Skydive's own sections are ignored, with a warning: ";

static const char *type_text(const struct option *option)
{
	static const char *const texts[] = {
		[OPTION_TEXT] = "text", [OPTION_SECRET] = "secret", [OPTION_PATH] = "path", [OPTION_KEY] = "text",
		[OPTION_URL] = "URL", [OPTION_BOOL] = "true or false", [OPTION_COUNT] = "number",
		[OPTION_SECONDS] = "seconds", [OPTION_ENUM] = "one of ", [OPTION_FLAGS] = "list of ",
		[OPTION_TEXTS] = "list of texts", [OPTION_PREFIXES] = "list of prefixes",
		[OPTION_ADDRESSES] = "list of addresses", [OPTION_MAP] = "names and values",
	};

	return texts[option->type];
}

static int write_names(struct buffer *out, const struct option_name *names)
{
	int error = 0;

	for (const struct option_name *name = names; name->name != NULL && error == 0; name++)
		error = buffer_printf(out, "%s`%s`", name == names ? "" : ", ", name->name);
	return error;
}

static int write_type(struct buffer *out, const struct option *option)
{
	int error = buffer_append_text(out, type_text(option));

	if (error == 0 && option->names != NULL)
		return write_names(out, option->names);
	if (error == 0 && (option->type == OPTION_COUNT || option->type == OPTION_SECONDS))
		return buffer_printf(out, ", %u to %u", option->min, option->max);
	return error;
}

static int write_default(struct buffer *out, const struct option *option)
{
	const struct option_when *required = &option->required;

	if (required->values != NULL && required->path[0] != '\0')
		return buffer_printf(out, "required with %s `%s`", required->path, required->values);
	if (required->values != NULL)
		return buffer_append_text(out, "required");
	if (option->fallback != NULL && option->fallback[0] != '\0')
		return buffer_printf(out, "`%s`", option->fallback);
	return buffer_append_text(out, option->fallback != NULL ? "`\"\"`" : "");
}

static int write_field(struct buffer *out, const struct option *option)
{
	int error = buffer_printf(out, "| `%s` | ", option->path);

	if (error == 0)
		error = write_type(out, option);
	if (error == 0)
		error = buffer_append_text(out, " | ");
	if (error == 0)
		error = write_default(out, option);
	if (error == 0)
		error = buffer_printf(out, " | %s", option->help);
	return error == 0 ? buffer_append_text(out, " |\n") : error;
}

/* Length of what names a table of the page: the first part, or the first two below `pipeline`. */
static size_t group_length(const char *path)
{
	size_t length = strcspn(path, ".");

	if (strncmp(path, "pipeline.", strlen("pipeline.")) == 0)
		length += 1 + strcspn(path + length + 1, ".");
	return path[length] == '.' ? length : 0;
}

static int write_group(struct buffer *out, const char *path, size_t length)
{
	return buffer_printf(out, "\n## %.*s\n\n| field | value | default | |\n|---|---|---|---|\n",
		length > 0 ? (int)length : (int)strlen("Top level"), length > 0 ? path : "Top level");
}

int config_reference(struct buffer *out)
{
	const char *group = NULL;
	size_t group_size = 0;
	int error = buffer_append_text(out, head);

	for (size_t i = 0; pipeline_ignored_sections[i] != NULL && error == 0; i++)
		error = buffer_printf(out, "%s`%s`", i == 0 ? "" : ", ", pipeline_ignored_sections[i]);
	if (error == 0)
		error = buffer_append_text(out, ".\n");
	for (const struct option *option = pipeline_fields; option->path != NULL && error == 0; option++) {
		size_t length = group_length(option->path);

		if (group == NULL || length != group_size || strncmp(group, option->path, length) != 0)
			error = write_group(out, option->path, length);
		group = option->path;
		group_size = length;
		if (error == 0)
			error = write_field(out, option);
	}
	return error;
}
