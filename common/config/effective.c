/* The configuration as it holds: every field that has a meaning, with its value or default. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/address.h"
#include "common/config/emit.h"
#include "common/config/load.h"
#include "common/tag.h"

struct writer {
	struct emitter emitter;
	const struct config *config;
	bool mask;
	char section[128];            /* that is open; "" at the top */
};

static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL ? dot + 1 : path;
}

/* Closes what the next path does not share, opens what it adds. */
static void enter_section(struct writer *writer, const char *path)
{
	size_t length = (size_t)(last_part(path) - path);
	size_t common = 0;

	for (size_t i = 0; i <= strlen(writer->section) && i <= length; i++) {
		bool ends_here = i == strlen(writer->section) || writer->section[i] == '.';
		bool ends_there = i + 1 == length || path[i] == '.';

		if (ends_here && ends_there && strncmp(writer->section, path, i) == 0)
			common = i;
	}
	for (const char *open = writer->section + common; *open != '\0'; open++)
		if (*open == '.' || open == writer->section)
			emit_close(&writer->emitter);
	for (const char *next = path + common + (common > 0); next < path + length; next += strcspn(next, ".") + 1)
		emit_open(&writer->emitter, next, strcspn(next, "."));
	snprintf(writer->section, sizeof(writer->section), "%.*s", length > 0 ? (int)length - 1 : 0, path);
}

/* What an absent encode section comes to: the wrapper that the transform has. */
static int effective_enum(const struct pipeline_config *pipeline, const int *place)
{
	if (place != &pipeline->encode.type || pipeline->encode.type != ENCODE_UNSET)
		return *place;
	return pipeline->transform.type == TRANSFORM_SECADVISOR ? ENCODE_SECADVISOR : ENCODE_JSON;
}

static void write_enum(struct writer *writer, const struct option *option, const int *place)
{
	int value = effective_enum(&writer->config->pipeline, place);
	const struct option_name *name = option_name_of(option->names, value);

	if (name == NULL)
		return;
	enter_section(writer, option->path);
	if (name->name[0] >= '0' && name->name[0] <= '9')
		emit_plain(&writer->emitter, last_part(option->path), name->name);
	else
		emit_text(&writer->emitter, last_part(option->path), name->name);
}

static void write_list(struct writer *writer, const struct option *option, const char *const *items, size_t count)
{
	if (count == 0)
		return;
	enter_section(writer, option->path);
	emit_texts(&writer->emitter, last_part(option->path), items, count);
}

static void write_flags(struct writer *writer, const struct option *option, uint32_t flags)
{
	const char *items[32];
	size_t count = 0;

	for (const struct option_name *name = option->names; name->name != NULL; name++) {
		if ((flags & 1u << name->value) != 0)
			items[count++] = name->name;
	}
	write_list(writer, option, items, count);
}

static void write_prefixes(struct writer *writer, const struct option *option, const struct prefix_list *list)
{
	char (*texts)[PREFIX_TEXT_SIZE] = calloc(list->count, sizeof(*texts));
	const char **items = calloc(list->count, sizeof(*items));

	if (list->count > 0 && (texts == NULL || items == NULL)) {
		writer->emitter.error = ERR_NO_MEMORY;
	} else {
		for (size_t i = 0; i < list->count; i++) {
			address_print_prefix(&list->items[i], texts[i]);
			items[i] = texts[i];
		}
		write_list(writer, option, items, list->count);
	}
	free(items);
	free(texts);
}

static void write_map(struct writer *writer, const struct option *option, const struct text_map *map)
{
	const char *name = last_part(option->path);

	if (map->count == 0)
		return;
	enter_section(writer, option->path);
	emit_open(&writer->emitter, name, strlen(name));
	for (size_t i = 0; i < map->count; i++)
		emit_pair(&writer->emitter, map->items[i].name, map->items[i].value);
	emit_close(&writer->emitter);
}

static void write_text(struct writer *writer, const struct option *option, const char *text)
{
	if (text[0] == '\0' && option->fallback == NULL)
		return;
	enter_section(writer, option->path);
	emit_text(&writer->emitter, last_part(option->path),
		option->type == OPTION_SECRET && writer->mask ? "********" : text);
}

static void write_number(struct writer *writer, const struct option *option, uint32_t number, bool given)
{
	char text[16];

	if (!given && option->fallback == NULL)
		return;
	snprintf(text, sizeof(text), "%u", number);
	enter_section(writer, option->path);
	emit_plain(&writer->emitter, last_part(option->path), text);
}

static void write_field(struct writer *writer, size_t index)
{
	const struct option *option = &pipeline_fields[index];
	const struct config *config = writer->config;
	const void *place = (const char *)&config->pipeline + option->offset;
	const struct text_list *texts = place;

	switch (option->type) {
	case OPTION_BOOL:
		enter_section(writer, option->path);
		emit_plain(&writer->emitter, last_part(option->path), *(const bool *)place ? "true" : "false");
		break;
	case OPTION_COUNT:
	case OPTION_SECONDS:
		write_number(writer, option, *(const uint32_t *)place, config->fields[index].node != NULL);
		break;
	case OPTION_ENUM:
		write_enum(writer, option, place);
		break;
	case OPTION_FLAGS:
		write_flags(writer, option, *(const uint32_t *)place);
		break;
	case OPTION_PREFIXES:
		write_prefixes(writer, option, place);
		break;
	case OPTION_TEXTS:
	case OPTION_ADDRESSES:
		write_list(writer, option, texts->items, texts->count);
		break;
	case OPTION_MAP:
		write_map(writer, option, place);
		break;
	default:
		write_text(writer, option, *(const char *const *)place);
		break;
	}
}

int config_effective(const struct config *config, enum config_form form, bool mask_secrets, struct buffer *out)
{
	struct writer writer = { .config = config, .mask = mask_secrets };

	emit_begin(&writer.emitter, out, form);
	for (size_t i = 0; pipeline_fields[i].path != NULL; i++) {
		if (config_holds(config, &pipeline_fields[i].when) != CONFIG_NO)
			write_field(&writer, i);
	}
	enter_section(&writer, "");
	return emit_end(&writer.emitter);
}
