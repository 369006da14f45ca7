/* What the build tools share. */
#ifndef SLUICE_API_TOOLS_TOOL_H
#define SLUICE_API_TOOLS_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A whole file; the caller frees it. NULL when it cannot be read or is larger than max bytes: that is told on stderr. */
char *tool_read(const char *path, size_t max, size_t *length);

/* `const char NAME[] = {…};`, with static when it is for that file alone. length is at least 1: C has no empty arrays. */
void tool_print_array(FILE *file, const char *name, bool is_static, const char *bytes, size_t length);

#endif
