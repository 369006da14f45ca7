/* What YAML does not take as JSON writes it. */
#ifndef SLUICE_COMMON_CONFIG_JSON_TEXT_H
#define SLUICE_COMMON_CONFIG_JSON_TEXT_H

#include <stddef.h>

/* When text is a JSON document: tabs around it become blanks, and in its strings surrogate pairs (\ud83d\ude00) become
 * one escape of YAML, with blanks behind the closing quote so that every position stays. Changed in place. */
void json_text_prepare(char *text, size_t length);

#endif
