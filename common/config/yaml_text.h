/* What is known of a YAML text before and beside its parser. */
#ifndef SLUICE_COMMON_CONFIG_YAML_TEXT_H
#define SLUICE_COMMON_CONFIG_YAML_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config/problem.h"

/* 1-based line and column, in characters, of a byte. */
void yaml_position(const char *text, size_t offset, unsigned *line, unsigned *column);
/* The byte at a line and column; length: there is none. */
size_t yaml_offset(const char *text, size_t length, unsigned line, unsigned column);
/* As yaml_position, a problem's, in what the text is a part of. */
void yaml_problem_position(const struct problems *problems, const char *text, size_t offset, struct problem *problem);
/* Reports the first directive and returns whether there is one: libyaml's time for %TAG lines grows with the square of
 * their number, and no configuration needs any. */
bool yaml_refuse_directives(const char *text, size_t length, struct problems *problems);

/* A stream of documents: how long the first one is. It ends before a line with "---" or behind one with "...". */
size_t yaml_document_length(const char *text, size_t length);
/* Nothing but blanks, comments and markers. */
bool yaml_document_empty(const char *text, size_t length);

#endif
