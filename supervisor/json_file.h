/* A small JSON document in a file, replaced whole: temporary file, fsync, rename, fsync of the folder. */
#ifndef SLUICE_SUPERVISOR_JSON_FILE_H
#define SLUICE_SUPERVISOR_JSON_FILE_H

#include <jansson.h>

#include "common/err.h"

/* Reads name in dirfd; a file that is not there gives an empty object. ERR_CORRUPT for one that is no JSON object.
 * *document is the caller's. */
int json_file_read(int dirfd, const char *name, json_t **document, struct err *err);
/* Durable on return. */
int json_file_write(int dirfd, const char *name, const json_t *document, struct err *err);

#endif
