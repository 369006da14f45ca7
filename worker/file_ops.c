#include "worker/file_ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/directory.h"

static int system_openat(void *context, int dirfd, const char *name, int flags, mode_t mode)
{
	(void)context;
	return openat(dirfd, name, flags, mode);
}

static ssize_t system_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
	(void)context;
	return pread(fd, bytes, length, offset);
}

static ssize_t system_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
	(void)context;
	return pwrite(fd, bytes, length, offset);
}

static int system_ftruncate(void *context, int fd, off_t length)
{
	(void)context;
	return ftruncate(fd, length);
}

static int system_fallocate(void *context, int fd, off_t length)
{
	int error;

	(void)context;
	error = posix_fallocate(fd, 0, length);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

static int system_fsync(void *context, int fd)
{
	(void)context;
	return fsync(fd);
}

static int system_fdatasync(void *context, int fd)
{
	(void)context;
	return fdatasync(fd);
}

static int system_renameat(void *context, int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	(void)context;
	return renameat(from_dirfd, from, to_dirfd, to);
}

static int system_unlinkat(void *context, int dirfd, const char *name)
{
	(void)context;
	return unlinkat(dirfd, name, 0);
}

static int system_mkdirat(void *context, int dirfd, const char *name, mode_t mode)
{
	(void)context;
	return mkdirat(dirfd, name, mode);
}

static int system_fstat(void *context, int fd, struct stat *stat)
{
	(void)context;
	return fstat(fd, stat);
}

static int system_fstatat(void *context, int dirfd, const char *name, struct stat *stat)
{
	(void)context;
	return fstatat(dirfd, name, stat, AT_SYMLINK_NOFOLLOW);
}

static int system_flock(void *context, int fd, int operation)
{
	(void)context;
	return flock(fd, operation);
}

static int system_list(void *context, int dirfd, int (*each)(void *owner, const char *name), void *owner)
{
	DIR *dir = directory_open(dirfd, ".");
	const struct dirent *entry;
	int result = 0;

	(void)context;
	if (dir == NULL)
		return -1;
	do {
		errno = 0;
		entry = readdir(dir);
		if (entry != NULL && strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = each(owner, entry->d_name);
	} while (entry != NULL && result == 0);
	if (entry == NULL && errno != 0)
		result = -1;
	closedir(dir);
	return result;
}

static int system_close(void *context, int fd)
{
	(void)context;
	return close(fd);
}

const struct file_ops file_ops_system = {
	.openat = system_openat,
	.pread = system_pread,
	.pwrite = system_pwrite,
	.ftruncate = system_ftruncate,
	.fallocate = system_fallocate,
	.fsync = system_fsync,
	.fdatasync = system_fdatasync,
	.renameat = system_renameat,
	.unlinkat = system_unlinkat,
	.mkdirat = system_mkdirat,
	.fstat = system_fstat,
	.fstatat = system_fstatat,
	.flock = system_flock,
	.list = system_list,
	.close = system_close,
};

int file_read(const struct file_ops *files, int fd, void *bytes, size_t length, off_t offset, const char *what,
	struct err *err)
{
	char *to = bytes;

	while (length > 0) {
		ssize_t got = files->pread(files->context, fd, to, length, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, errno, "reading %s", what);
		if (got == 0)
			return err_set(err, ERR_CORRUPT, "%s: it ends at byte %lld", what, (long long)offset);
		to += got;
		offset += got;
		length -= (size_t)got;
	}
	return 0;
}

int file_write(const struct file_ops *files, int fd, const void *bytes, size_t length, off_t offset, const char *what,
	struct err *err)
{
	const char *from = bytes;

	while (length > 0) {
		ssize_t put = files->pwrite(files->context, fd, from, length, offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_sys(err, errno, "writing %s", what);
		if (put == 0)
			return err_set(err, ERR_NO_SPACE, "writing %s: no bytes are taken", what);
		from += put;
		offset += put;
		length -= (size_t)put;
	}
	return 0;
}

int file_damage(int error, struct err *err)
{
	if (error == ERR_NOT_FOUND || (error == ERR_IO && err->system == EIO))
		error = err->code = ERR_CORRUPT;
	return error;
}
