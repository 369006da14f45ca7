/* JSON that the store keeps without reading it. Inside this folder only. */
#ifndef SLUICE_SUPERVISOR_STORE_JSON_OBJECT_H
#define SLUICE_SUPERVISOR_STORE_JSON_OBJECT_H

#include "supervisor/store/store_private.h"

/* The same object without spaces, so that it can be compared. ERR_INVALID, naming `what`, when it is none. */
int json_object_of(struct store *store, const char *what, const char *text, const char **object, struct arena *arena,
	struct err *err);

#endif
