#include "supervisor/line_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/text.h"
#include "common/log.h"
#include "supervisor/command_line.h"
#include "supervisor/enclosing.h"
#include "supervisor/log_print.h"

enum { HOST_ID_MAX = 128 /* as the field host_id */, SECONDS_MAX = 86400, COUNT_MAX = 100000, ROW = 256 };

#define RING_SIZE_MIN (UINT64_C(1) << 16)
#define RING_SIZE_MAX (UINT64_C(4) << 30)

static const size_t sizes[] = {
	[LINE_OPTION_PATH] = sizeof(char *),
	[LINE_OPTION_PATH_OR_NONE] = sizeof(char *),
	[LINE_OPTION_TEXT] = sizeof(char *),
	[LINE_OPTION_HOST_ID] = sizeof(char *),
	[LINE_OPTION_LEVEL] = sizeof(enum log_level),
	[LINE_OPTION_FORMAT] = sizeof(enum log_format),
	[LINE_OPTION_SANDBOX] = sizeof(enum sandbox_mode),
	[LINE_OPTION_SECONDS] = sizeof(unsigned),
	[LINE_OPTION_COUNT] = sizeof(unsigned),
	[LINE_OPTION_SIZE] = sizeof(uint64_t),
	[LINE_OPTION_RING_SIZE] = sizeof(size_t),
	[LINE_OPTION_FLAG] = sizeof(bool),
	[LINE_OPTION_LIST] = sizeof(struct line_list),
};

const struct line_option *line_options_find(const struct line_option *rows, const char *name, size_t length)
{
	for (; rows->name != NULL; rows++) {
		if (strlen(rows->name) == length && memcmp(rows->name, name, length) == 0)
			return rows;
	}
	return NULL;
}

/* ---- values ---- */

/* Digits and nothing else; *end is behind them. */
static bool parse_number(const char *text, uint64_t *value, const char **end)
{
	char *stop;

	errno = 0;
	*value = strtoull(text, &stop, 10);
	*end = stop;
	return isdigit((unsigned char)*text) && errno == 0;
}

static bool parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	uint64_t value;
	unsigned shift = 0;

	if (!parse_number(text, &value, &end))
		return false;
	if (*end != '\0' && (unit = strchr(units, *end)) != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
	}
	*size = value << shift;
	return *end == '\0' && *size >> shift == value;
}

static int take_text(char **field, const char *value, struct err *err)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for an option");
	free(*field);
	*field = copy;
	return 0;
}

static int take_filled(char **field, const char *value, const char *what, struct err *err)
{
	return value[0] != '\0' ? take_text(field, value, err) : err_set(err, ERR_INVALID, "the %s is empty", what);
}

/* It goes into a line of a request. */
static int take_host_id(char **field, const char *value, struct err *err)
{
	const char *bad = text_bad_character(value, strlen(value));

	if (bad != NULL)
		return err_set(err, ERR_INVALID, "the id contains %s", bad);
	if (strlen(value) > HOST_ID_MAX)
		return err_set(err, ERR_INVALID, "the id has more than %d bytes", HOST_ID_MAX);
	return take_filled(field, value, "id", err);
}

static int take_level(enum log_level *field, const char *value, struct err *err)
{
	int level = log_level_parse(value);

	if (level < 0)
		return err_set(err, ERR_INVALID, "\"%s\" is none of debug, info, warn, error", value);
	*field = (enum log_level)level;
	return 0;
}

static int take_format(enum log_format *field, const char *value, struct err *err)
{
	int format = log_format_parse(value);

	if (format < 0)
		return err_set(err, ERR_INVALID, "\"%s\" is neither text nor json", value);
	*field = (enum log_format)format;
	return 0;
}

static int take_sandbox(enum sandbox_mode *field, const char *value, struct err *err)
{
	int mode = enclosing_parse(value);

	if (mode < 0)
		return err_set(err, ERR_INVALID, "\"%s\" is none of auto, require, off", value);
	*field = (enum sandbox_mode)mode;
	return 0;
}

/* unit: what may stand behind the number, or "". */
static int take_number(unsigned *field, const char *value, unsigned max, const char *unit, const char *what,
	struct err *err)
{
	uint64_t number;
	const char *end;

	if (!parse_number(value, &number, &end) || number > max || (*end != '\0' && strcmp(end, unit) != 0))
		return err_set(err, ERR_INVALID, "\"%s\" is no number %sfrom 0 to %u", value, what, max);
	*field = (unsigned)number;
	return 0;
}

static int take_size(uint64_t *field, const char *value, struct err *err)
{
	return parse_size(value, field) ? 0 : err_set(err, ERR_INVALID, "\"%s\" is no size such as 20G", value);
}

static int take_ring_size(size_t *field, const char *value, struct err *err)
{
	uint64_t size;

	if (!parse_size(value, &size) || size < RING_SIZE_MIN || size > RING_SIZE_MAX || (size & (size - 1)) != 0)
		return err_set(err, ERR_INVALID, "\"%s\" is no power of two from 64K to 4G", value);
	*field = (size_t)size;
	return 0;
}

static int take_flag(bool *field, const char *value, struct err *err)
{
	*field = value == NULL || strcmp(value, "true") == 0;
	if (*field || strcmp(value, "false") == 0)
		return 0;
	return err_set(err, ERR_INVALID, "\"%s\" is neither true nor false", value);
}

static int take_item(struct line_list *list, const char *value, struct err *err)
{
	int error;

	if (list->count == LINE_LIST_MAX)
		return err_set(err, ERR_INVALID, "\"%s\" is one more than the %d that there may be", value, LINE_LIST_MAX);
	error = take_filled(&list->items[list->count], value, "value", err);
	list->count += error == 0;
	return error;
}

int line_option_take(const struct line_option *row, void *options, const char *value, struct err *err)
{
	void *field = (char *)options + row->offset;

	switch (row->kind) {
	case LINE_OPTION_PATH:
		return take_filled(field, value, "path", err);
	case LINE_OPTION_PATH_OR_NONE:
		return take_text(field, value, err);
	case LINE_OPTION_TEXT:
		return take_filled(field, value, "value", err);
	case LINE_OPTION_HOST_ID:
		return take_host_id(field, value, err);
	case LINE_OPTION_LEVEL:
		return take_level(field, value, err);
	case LINE_OPTION_FORMAT:
		return take_format(field, value, err);
	case LINE_OPTION_SANDBOX:
		return take_sandbox(field, value, err);
	case LINE_OPTION_SECONDS:
		return take_number(field, value, SECONDS_MAX, "s", "of seconds ", err);
	case LINE_OPTION_COUNT:
		return take_number(field, value, COUNT_MAX, "", "", err);
	case LINE_OPTION_SIZE:
		return take_size(field, value, err);
	case LINE_OPTION_RING_SIZE:
		return take_ring_size(field, value, err);
	case LINE_OPTION_FLAG:
		return take_flag(field, value, err);
	case LINE_OPTION_LIST:
		break;
	}
	return take_item(field, value, err);
}

/* ---- whole structs ---- */

static bool is_text(const struct line_option *row)
{
	return row->kind <= LINE_OPTION_HOST_ID;
}

static bool same_text(const char *one, const char *other)
{
	return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

static bool same_list(const struct line_list *one, const struct line_list *other)
{
	size_t i = 0;

	while (i < one->count && i < other->count && strcmp(one->items[i], other->items[i]) == 0)
		i++;
	return i == one->count && i == other->count;
}

bool line_option_same(const struct line_option *row, const void *one, const void *other)
{
	const void *first = (const char *)one + row->offset, *second = (const char *)other + row->offset;

	if (is_text(row))
		return same_text(*(char *const *)first, *(char *const *)second);
	if (row->kind == LINE_OPTION_LIST)
		return same_list(first, second);
	return memcmp(first, second, sizes[row->kind]) == 0;
}

void line_option_swap(const struct line_option *row, void *one, void *other)
{
	char kept[sizeof(struct line_list)];
	void *first = (char *)one + row->offset, *second = (char *)other + row->offset;

	memcpy(kept, first, sizes[row->kind]);
	memcpy(first, second, sizes[row->kind]);
	memcpy(second, kept, sizes[row->kind]);
}

void line_options_fini(const struct line_option *rows, void *options)
{
	for (; rows->name != NULL; rows++) {
		void *field = (char *)options + rows->offset;

		if (is_text(rows)) {
			free(*(char **)field);
			*(char **)field = NULL;
		} else if (rows->kind == LINE_OPTION_LIST) {
			struct line_list *list = field;

			while (list->count > 0)
				free(list->items[--list->count]);
			*list = (struct line_list){ 0 };
		}
	}
}

/* ---- the command line ---- */

static void fill_long_options(const struct line_option *rows, struct option *options)
{
	size_t count = 0;

	for (; rows[count].name != NULL; count++)
		options[count] = (struct option){ rows[count].name, rows[count].kind == LINE_OPTION_FLAG ? no_argument
			: required_argument, NULL, ROW + (int)count };
	options[count++] = (struct option){ "help", no_argument, NULL, 'h' };
	options[count] = (struct option){ 0 };
}

int line_options_parse(const struct line_option *rows, void *options, struct command_line *line, bool *given)
{
	struct option long_options[LINE_OPTIONS_MAX + 2];
	struct err err;
	int option;

	fill_long_options(rows, long_options);
	line->options = long_options;
	optind = 1;
	while ((option = command_line_next(line)) != COMMAND_LINE_END) {
		if (option == COMMAND_LINE_OVER)
			return line->status;
		if (line_option_take(&rows[option - ROW], options, optarg, &err) != 0)
			return command_line_refuse(line->command, "--%s: %s", rows[option - ROW].name, err.message);
		if (given != NULL)
			given[option - ROW] = true;
	}
	return -1;
}
