/* What a text from outside may consist of. */
#ifndef SLUICE_COMMON_CONFIG_TEXT_H
#define SLUICE_COMMON_CONFIG_TEXT_H

#include <stddef.h>

/* Texts go into headers, keys, paths and log lines: what must not be in one ("a line break"), or NULL. */
const char *text_bad_character(const char *text, size_t length);

#endif
