#include "supervisor/log_print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/fleet.h"

static const char *const format_names[] = { "text", "json" };
static const struct log_origin own = { .component = "sluiced" };

static enum log_format format_now = LOG_FORMAT_TEXT;
static const struct fleet *own_fleet;

int log_format_parse(const char *name)
{
	for (unsigned i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
		if (strcmp(format_names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

static bool begins_with_name(const char *message, const struct pipeline *pipeline)
{
	size_t length = pipeline != NULL ? strlen(pipeline_name(pipeline)) : 0;

	return length > 0 && strncmp(message, pipeline_name(pipeline), length) == 0 && message[length] == ':';
}

static struct log_origin origin_of(const char *message)
{
	for (size_t i = 0; message != NULL && own_fleet != NULL && i < own_fleet->pipeline_count; i++) {
		if (begins_with_name(message, own_fleet->pipelines[i]))
			return pipeline_log_origin(own_fleet->pipelines[i], own.component);
	}
	return own;
}

static size_t encode_own(const char *line, char *out, size_t size)
{
	struct log_origin origin = origin_of(log_json_rest(line));
	char *text = log_json_line(line, &origin);
	size_t length = text != NULL ? strlen(text) : 0;

	if (length > size)
		length = 0;
	if (length > 0)
		memcpy(out, text, length);
	free(text);
	return length;
}

void log_format_set(enum log_format format)
{
	format_now = format;
	log_set_encoder(format == LOG_FORMAT_JSON ? encode_own : NULL);
}

enum log_format log_format_get(void)
{
	return format_now;
}

void log_print_fleet(const struct fleet *fleet)
{
	own_fleet = fleet;
}

void log_print_child(const char *line, const struct log_origin *origin, void (*print)(const char *line))
{
	char *text = format_now == LOG_FORMAT_JSON ? log_json_line(line, origin) : NULL;

	print(text != NULL ? text : line);
	free(text);
}

void log_print_bare(enum log_level level, const char *format, ...)
{
	char *text, *json;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	json = format_now == LOG_FORMAT_JSON ? log_json_text(level, text, &own) : NULL;
	fprintf(stderr, "%s\n", json != NULL ? json : text);
	free(json);
	free(text);
}
