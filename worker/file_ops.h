/* The system calls that the spool makes, in one table, so that a test can fail, shorten or cut off any of them. */
#ifndef SLUICE_WORKER_FILE_OPS_H
#define SLUICE_WORKER_FILE_OPS_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/err.h"

/* Each as its namesake: -1 and errno on error. context is passed through. */
struct file_ops {
	void *context;
	int (*openat)(void *context, int dirfd, const char *name, int flags, mode_t mode);
	ssize_t (*pread)(void *context, int fd, void *bytes, size_t length, off_t offset);
	ssize_t (*pwrite)(void *context, int fd, const void *bytes, size_t length, off_t offset);
	int (*ftruncate)(void *context, int fd, off_t length);
	int (*fallocate)(void *context, int fd, off_t length);
	int (*fsync)(void *context, int fd);
	int (*fdatasync)(void *context, int fd);
	int (*renameat)(void *context, int from_dirfd, const char *from, int to_dirfd, const char *to);
	int (*unlinkat)(void *context, int dirfd, const char *name);
	int (*mkdirat)(void *context, int dirfd, const char *name, mode_t mode);
	int (*fstat)(void *context, int fd, struct stat *stat);
	int (*fstatat)(void *context, int dirfd, const char *name, struct stat *stat);
	int (*flock)(void *context, int fd, int operation);
	/* Calls each(owner, name) for every entry but . and ..; a result other than 0 ends the listing and is returned. */
	int (*list)(void *context, int dirfd, int (*each)(void *owner, const char *name), void *owner);
	int (*close)(void *context, int fd);
};

/* The real ones. */
extern const struct file_ops file_ops_system;

/* Whole reads and writes: go on after a short one or EINTR. file_read: fewer bytes than asked for is ERR_CORRUPT (the
 * file is shorter). file_write: a write that makes no progress is ERR_NO_SPACE. `what` names the file in messages. */
int file_read(const struct file_ops *files, int fd, void *bytes, size_t length, off_t offset, const char *what,
	struct err *err);
int file_write(const struct file_ops *files, int fd, const void *bytes, size_t length, off_t offset, const char *what,
	struct err *err);

/* After a failed open or read of a file of our own that should be there, error as err_sys or file_read gave it: ENOENT
 * and EIO say that its bytes are not to be had, waiting does not bring them back: ERR_CORRUPT. Anything else says that
 * something is wrong with this process, and stays. err must be given. Returns the code. */
int file_damage(int error, struct err *err);

#endif
