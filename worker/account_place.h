/* Where the account file is and where its base: reading and writing them. All of it waits for the disk. In `serve` nothing
 * above the tenant's folder is reached and no link is followed. */
#ifndef SLUICE_WORKER_ACCOUNT_PLACE_H
#define SLUICE_WORKER_ACCOUNT_PLACE_H

#include <limits.h>

#include "worker/account_text.h"
#include "worker/writer.h"

/* ERR_NOT_FOUND: there is none. ERR_CORRUPT: it is no account. */
int account_place_read(const struct writer_context *context, const char *path, struct account_figures *figures,
	struct err *err);
/* Temporary file, fsync, rename, fsync of the folder; folders are made. */
int account_place_write(const struct writer_context *context, const char *path, const struct account_figures *figures,
	struct err *err);
/* Renames it to <name>.damaged-<time>, which is put into aside[NAME_MAX + 1]. */
int account_place_set_aside(const struct writer_context *context, const char *path, char *aside, struct err *err);

/* The base, in the spool folder. recall: base->path is NULL when there is none; a damaged one is none. */
int account_place_recall(int spool_fd, struct account_base *base, struct err *err);
int account_place_keep(int spool_fd, const struct account_base *base, struct err *err);
int account_place_forget(int spool_fd, struct err *err);

#endif
