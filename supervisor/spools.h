/* The spools' folders below a data folder, which are there before a worker is. */
#ifndef SLUICE_SUPERVISOR_SPOOLS_H
#define SLUICE_SUPERVISOR_SPOOLS_H

#include "common/err.h"

/* Opens the folder of all spools, making it (0700), its name durable. path: the data folder's, for errors. */
int spools_open(int data_fd, const char *path, int *spools_fd, struct err *err);
/* Opens the folder of one pipeline below that, likewise. */
int spools_open_one(int spools_fd, const char *path, const char *id, int *dirfd, struct err *err);

#endif
