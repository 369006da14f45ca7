/* A log line as an object of JSON: time, level, component, whose it is, message; in this order, on one line. */
#ifndef SLUICE_SUPERVISOR_LOG_JSON_H
#define SLUICE_SUPERVISOR_LOG_JSON_H

#include "common/log.h"

/* Whose line it is. */
struct log_origin {
	const char *component;        /* "worker": of what is no line of common/log.h, for others say it themselves */
	const char *scope;            /* what stands before the message in text; NULL: nothing does */
	const char *tenant, *pipeline;        /* told instead of the scope; NULL: of none; a tenant may be "" */
};

/* Behind time, level and component of a line of common/log.h; NULL: it is none. */
const char *log_json_rest(const char *line);
/* From the text that common/log.h makes, without newline. The scope is left out of the message. Any other text (of a library, of
 * a process that breaks off) is the message of an error of now. To be freed; NULL: no memory. */
char *log_json_line(const char *line, const struct log_origin *origin);
/* The same from a text alone, of now. */
char *log_json_text(enum log_level level, const char *text, const struct log_origin *origin);

#endif
