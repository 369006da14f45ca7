/* Folders below a folder, made as needed, links not followed where a tenant's paths are confined. Sealer thread. */
#ifndef SLUICE_WORKER_FOLDER_H
#define SLUICE_WORKER_FOLDER_H

#include <stdbool.h>

#include "common/err.h"

/* Opens path (relative to base; absolute only when not confined) for reading, its missing folders made and their
 * parents fsynced. Confined: nothing outside base is reached and no link is followed. *fd is close-on-exec. */
int folder_open(int base, const char *path, bool confined, int *fd, struct err *err);

/* A path below a folder from outside: not empty, no empty, "." or ".." component, none over 255 bytes. */
bool folder_path_valid(const char *path);

#endif
