/* Reading JSON text with jansson. Its own json_loads, json_loadb and json_loadfd must not be called: where memory is short their lexer
 * drops a character of a string and goes on, and what comes out is a value that nobody wrote. */
#ifndef SLUICE_COMMON_JSON_PARSE_H
#define SLUICE_COMMON_JSON_PARSE_H

#include <stddef.h>

#include <jansson.h>

/* As json_loadb: the value of length bytes of text, which the caller releases; NULL: it is no JSON, or there was no memory
 * for all of it (json_error_code() is json_error_out_of_memory then). flags are jansson's; where may be NULL. Any thread. */
json_t *json_parse(const char *text, size_t length, size_t flags, json_error_t *where);
/* The same of a text with its end; NULL is no JSON. */
json_t *json_parse_text(const char *text, size_t flags, json_error_t *where);
/* The same of a file, to its end. */
json_t *json_parse_fd(int fd, size_t flags, json_error_t *where);

#endif
