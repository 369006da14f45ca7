/* How this process writes its log, its own lines and its children's: as text, or as JSON. One a process: there is one stderr. */
#ifndef SLUICE_SUPERVISOR_LOG_PRINT_H
#define SLUICE_SUPERVISOR_LOG_PRINT_H

#include "supervisor/log_json.h"

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct fleet;

/* The format of a name ("text", "json"); -1 when there is none. */
int log_format_parse(const char *name);
/* From now on; text before that. */
void log_format_set(enum log_format format);
enum log_format log_format_get(void);

/* Lines of ours that begin with the name of one of its pipelines are about that; NULL: no more. It is borrowed. */
void log_print_fleet(const struct fleet *fleet);
/* Gives a child's line, NUL-terminated and without newline, to print as the format has it. */
void log_print_child(const char *line, const struct log_origin *origin, void (*print)(const char *line));
/* To stderr, a line that has neither time nor level in text. */
void log_print_bare(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
