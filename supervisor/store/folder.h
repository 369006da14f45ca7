/* The data folder: its permissions, its lock, and small files in it that are written whole. */
#ifndef SLUICE_SUPERVISOR_STORE_FOLDER_H
#define SLUICE_SUPERVISOR_STORE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

/* An error of err_sys as ERR_DENIED, with what to look at, when permissions are the reason; else as it is. */
int folder_denied(struct err *err, int error);

/* Opens path, making it (0700) when `make`; refused when others than its owner may enter. */
int folder_open(const char *path, bool make, int *dirfd, struct err *err);
/* ERR_BUSY names the pid of the holder. The lock goes with the descriptor. */
int folder_lock(int dirfd, const char *path, int *lock_fd, struct err *err);
/* The same where this process has it already: given (taken over; 0: none) is that lock's descriptor. False: it is not. */
bool folder_keep_lock(int dirfd, int given, int *lock_fd);

/* Replaces a file: temporary file (name.tmp), fsync, rename, fsync of the folder. 0600. */
int folder_write(int dirfd, const char *name, const void *bytes, size_t length, struct err *err);
/* Reads a file that only its owner may read and that has exactly `length` bytes. ERR_NOT_FOUND, ERR_DENIED (mode),
 * ERR_CORRUPT (length). */
int folder_read(int dirfd, const char *name, void *bytes, size_t length, struct err *err);
bool folder_has(int dirfd, const char *name);

#endif
