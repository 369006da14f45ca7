/* What the files of `sluiced run` are called. */
#ifndef SLUICE_SUPERVISOR_RUN_NAMES_H
#define SLUICE_SUPERVISOR_RUN_NAMES_H

#include <stddef.h>

enum { RUN_NAME_SIZE = 128, RUN_ID_SIZE = RUN_NAME_SIZE + 20 };

struct run_name {
	char name[RUN_NAME_SIZE];     /* shown: the file's name without folder and ending; unlike the others' */
	char id[RUN_ID_SIZE];         /* of its spool folder: the name and a hash of the whole path */
};

/* Names for files, in their order; the caller frees them. NULL: no memory. */
struct run_name *run_names_new(char *const *paths, size_t count);

#endif
