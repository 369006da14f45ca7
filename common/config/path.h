/* Paths as configurations write them. */
#ifndef SLUICE_COMMON_CONFIG_PATH_H
#define SLUICE_COMMON_CONFIG_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether one of a path's parts, which slashes separate, is such a one; an empty part (// or at an end) is asked for, too. */
bool path_has_part(const char *path, bool (*is)(const char *part, size_t length));
/* It is "..". */
bool path_part_is_parent(const char *part, size_t length);
/* A part is "." or "..". */
bool path_has_dots(const char *path);
/* A part is longer than a folder's name can be (NAME_MAX bytes). */
bool path_has_long_part(const char *path);
/* Whether an absolute path names something below the folder, as far as its text tells: no "." or ".." in it. */
bool path_is_below(const char *path, const char *folder);

#endif
