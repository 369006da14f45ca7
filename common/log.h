/* Logging: one line an event on stderr: time level component scope message key=value…
 *
 *     2026-11-24T10:00:00.123Z warn worker acme/edge "disk full" free_bytes=0
 *
 * A child's stderr is a pipe to the supervisor and non-blocking: a line that finds no room is counted, not waited for;
 * the next line that goes out carries dropped=N. */
#ifndef SLUICE_COMMON_LOG_H
#define SLUICE_COMMON_LOG_H

#include <stddef.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* component: "sluiced", "worker" …; scope: tenant/pipeline or analyzer URL, "" for none. Both are copied (cut at 127). */
void log_init(const char *component, const char *scope, enum log_level level);
void log_set_level(enum log_level level);
/* As log_set_level; a name that is none is passed over. */
void log_set_level_name(const char *name);
/* Lines go to `put`, newline included, instead of stderr; NULL: to stderr again. For a process of one thread. */
void log_set_output(void (*put)(const char *line, size_t length));
/* Lines are written as `encode` makes them of the text (NUL-terminated, without newline): it puts at most `size` bytes into `out` and
 * says how many, 0: the text stays as it is. NULL: text again. For a process of one thread. */
void log_set_encoder(size_t (*encode)(const char *line, char *out, size_t size));
/* Each line, as text, goes to `also` as well, NUL-terminated, without its newline; NULL: no more. For a process of one thread; what
 * it logs itself goes to stderr alone. */
void log_set_tee(void (*also)(const char *line));

/* message is a sentence fragment (printf); control characters in it are escaped. */
void log_line(enum log_level level, const char *message, ...) __attribute__((format(printf, 2, 3)));

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/* The level of a name ("debug", "info", "warn", "error"); -1 when there is none. */
int log_level_parse(const char *name);
const char *log_level_name(enum log_level level);

#endif
