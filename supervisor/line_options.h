/* Options by a table: a command line's and a file's values, read into the fields of a struct by one set of rules. */
#ifndef SLUICE_SUPERVISOR_LINE_OPTIONS_H
#define SLUICE_SUPERVISOR_LINE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

struct command_line;

enum { LINE_OPTIONS_MAX = 32, LINE_LIST_MAX = 16 };

/* What a value may be, and the field that it goes into. Texts are the struct's own. */
enum line_option_kind {
	LINE_OPTION_PATH,             /* char *; not empty */
	LINE_OPTION_PATH_OR_NONE,     /* char *; "" is a value of its own */
	LINE_OPTION_TEXT,             /* char *; not empty */
	LINE_OPTION_HOST_ID,          /* char *; what may stand in a header */
	LINE_OPTION_LEVEL,            /* enum log_level */
	LINE_OPTION_FORMAT,           /* enum log_format */
	LINE_OPTION_SANDBOX,          /* enum sandbox_mode */
	LINE_OPTION_SECONDS,          /* unsigned, 0 to 86400; 10 or 10s */
	LINE_OPTION_COUNT,            /* unsigned, 0 to 100000 */
	LINE_OPTION_SIZE,             /* uint64_t; bytes, or with K, M, G, T */
	LINE_OPTION_RING_SIZE,        /* size_t; a power of two from 64K to 4G */
	LINE_OPTION_FLAG,             /* bool; alone, true or false */
	LINE_OPTION_LIST,             /* struct line_list; each time another item */
};

struct line_list {
	char *items[LINE_LIST_MAX + 1];       /* NULL behind the last */
	size_t count;
};

struct line_option {
	const char *name;             /* "data-dir"; NULL ends a table */
	enum line_option_kind kind;
	size_t offset;                /* of its field in the struct */
	bool live;                    /* can be changed while the program runs */
};

/* The row of this name (not NUL-terminated); NULL: there is none. */
const struct line_option *line_options_find(const struct line_option *rows, const char *name, size_t length);
/* Sets a field from its text; NULL: a flag that stands alone. ERR_INVALID says what is wrong with the value, without
 * the option's name; ERR_NO_MEMORY. */
int line_option_take(const struct line_option *row, void *options, const char *value, struct err *err);
/* Whether two structs have the same value there. */
bool line_option_same(const struct line_option *row, const void *one, const void *other);
/* Exchanges the values of two structs, and with them who owns the texts. */
void line_option_swap(const struct line_option *row, void *one, void *other);
/* Frees the texts; the fields are empty afterwards. */
void line_options_fini(const struct line_option *rows, void *options);

/* Takes all options of a command line (line->options is filled in); given, if not NULL, tells the rows that were among
 * them. -1: files begin at argv[optind]. Else the exit status: help or a mistake has been printed. */
int line_options_parse(const struct line_option *rows, void *options, struct command_line *line, bool *given);

#endif
