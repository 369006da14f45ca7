/* Paths as configurations write them. */
#ifndef SLUICE_COMMON_CONFIG_PATH_H
#define SLUICE_COMMON_CONFIG_PATH_H

#include <stdbool.h>

/* Whether an absolute path names something below the folder, as far as its text tells: no "." or ".." in it. */
bool path_is_below(const char *path, const char *folder);

#endif
