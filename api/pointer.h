/* JSON pointers (RFC 6901), and where they lead in the text that a client sent. */
#ifndef SLUICE_API_POINTER_H
#define SLUICE_API_POINTER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config/tree.h"

enum { POINTER_SIZE = 512 };

/* base + "/pipeline/filter/excluded_tags/2" for "pipeline.filter.excluded_tags[2]"; cut when too long. */
void pointer_of_path(const char *base, const char *path, char out[static POINTER_SIZE]);
/* base + "/" + key, escaped; out and base may be the same. */
void pointer_append(const char *base, const char *key, char out[static POINTER_SIZE]);
/* What stands there, or the deepest that is there on the way; *exact tells which. root may be NULL. */
const struct node *pointer_find(const struct node *root, const char *pointer, bool *exact);

#endif
