/* The system calls that the spool makes, in one table, so that a test can fail, shorten or cut off any of them. */
#ifndef SLUICE_WORKER_FILE_OPS_H
#define SLUICE_WORKER_FILE_OPS_H

#include <stddef.h>
#include <sys/types.h>

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
	int (*renameat)(void *context, int dirfd, const char *from, const char *to);
	int (*unlinkat)(void *context, int dirfd, const char *name);
	int (*close)(void *context, int fd);
};

/* The real ones. */
extern const struct file_ops file_ops_system;

#endif
