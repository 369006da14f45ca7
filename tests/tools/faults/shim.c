/* The calls of libc that a worker makes on files and connections, each asked about first. Those that are about no file of
 * ours, or are not in question, go straight on. */
#include "tests/tools/faults/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc's declarations of the names that are defined here would say more than is needed. */
#define EXPORT __attribute__((visibility("default")))

/* The call itself, between what was ordered before and after it. */
#define GUARDED(kind, fd, name, call) \
	do { \
		enum faults_action action = faults_before(kind, fd, name); \
		long result; \
		if (action == ACTION_EIO || action == ACTION_ENOSPC) \
			return -1; \
		result = (call); \
		faults_after(action); \
		return result; \
	} while (0)

static bool creates(int flags)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* ---- opening ---- */

static int open_guarded(int dirfd, const char *name, int flags, mode_t mode)
{
	enum faults_action action = faults_before(KIND_OPENAT, dirfd, name);
	int fd;

	if (action == ACTION_EIO || action == ACTION_ENOSPC)
		return -1;
	fd = (int)syscall(SYS_openat, dirfd, name, flags, mode);
	if (fd >= 0 && creates(flags))
		durable_made(fd);
	faults_after(action);
	return fd;
}

#define MODE_OF(flags, mode) \
	do { \
		va_list args; \
		va_start(args, flags); \
		if (creates(flags)) \
			mode = va_arg(args, mode_t); \
		va_end(args); \
	} while (0)

EXPORT int openat(int dirfd, const char *name, int flags, ...)
{
	mode_t mode = 0;

	MODE_OF(flags, mode);
	return open_guarded(dirfd, name, flags, mode);
}

EXPORT int openat64(int dirfd, const char *name, int flags, ...)
{
	mode_t mode = 0;

	MODE_OF(flags, mode);
	return open_guarded(dirfd, name, flags, mode);
}

EXPORT int __openat_2(int dirfd, const char *name, int flags)
{
	return open_guarded(dirfd, name, flags, 0);
}

/* Only the boot id is opened so. */
static int open_elsewhere(const char *path, int flags, mode_t mode)
{
	if (faults_boot_id() != NULL && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
		path = faults_boot_id();
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_OF(flags, mode);
	return open_elsewhere(path, flags, mode);
}

EXPORT int __open_2(const char *path, int flags)
{
	return open_elsewhere(path, flags, 0);
}

/* ---- reading and writing ---- */

EXPORT ssize_t pread(int fd, void *bytes, size_t length, off_t offset)
{
	GUARDED(KIND_PREAD, fd, NULL, syscall(SYS_pread64, fd, bytes, length, offset));
}

static ssize_t pwrite_guarded(int fd, const void *bytes, size_t length, off_t offset)
{
	enum faults_action action = faults_before(KIND_PWRITE, fd, NULL);
	ssize_t result;

	if (action == ACTION_EIO || action == ACTION_ENOSPC)
		return -1;
	if (action == ACTION_SHORT)
		length = (length + 1) / 2;
	result = syscall(SYS_pwrite64, fd, bytes, length, offset);
	faults_after(action);
	return result;
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	return pwrite_guarded(fd, bytes, length, offset);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
	enum faults_action action = faults_before(KIND_WRITE, fd, NULL);
	ssize_t result;

	if (action == ACTION_EIO || action == ACTION_ENOSPC)
		return -1;
	if (action == ACTION_SHORT)
		length = (length + 1) / 2;
	result = syscall(SYS_write, fd, bytes, length);
	faults_after(action);
	return result;
}

EXPORT ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
	enum faults_action action = faults_before(KIND_SEND, fd, NULL);
	ssize_t result;

	if (action == ACTION_EIO || action == ACTION_ENOSPC) {
		errno = ECONNRESET;
		return -1;
	}
	if (action == ACTION_SHORT)
		length = (length + 1) / 2;
	result = syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
	faults_after(action);
	return result;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	GUARDED(KIND_SEND, fd, NULL, syscall(SYS_sendmsg, fd, message, flags));
}

EXPORT int ftruncate(int fd, off_t length)
{
	GUARDED(KIND_FTRUNCATE, fd, NULL, (int)syscall(SYS_ftruncate, fd, length));
}

/* Says its error instead of setting it. */
EXPORT int posix_fallocate(int fd, off_t offset, off_t length)
{
	enum faults_action action = faults_before(KIND_FALLOCATE, fd, NULL);
	int result;

	if (action == ACTION_EIO || action == ACTION_ENOSPC)
		return errno;
	result = syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
	faults_after(action);
	return result;
}

/* ---- making durable ---- */

static int sync_guarded(enum faults_kind kind, long number, int fd)
{
	enum faults_action action = faults_before(kind, fd, NULL);
	int result;

	if (action == ACTION_EIO || action == ACTION_ENOSPC)
		return -1;
	result = (int)syscall(number, fd);
	if (result == 0)
		durable_synced(fd);
	faults_after(action);
	return result;
}

EXPORT int fsync(int fd)
{
	return sync_guarded(KIND_FSYNC, SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
	return sync_guarded(KIND_FDATASYNC, SYS_fdatasync, fd);
}

/* ---- names ---- */

EXPORT int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	GUARDED(KIND_RENAMEAT, from_dirfd, from, (int)syscall(SYS_renameat, from_dirfd, from, to_dirfd, to));
}

EXPORT int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags)
{
	GUARDED(KIND_RENAMEAT, from_dirfd, from, (int)syscall(SYS_renameat2, from_dirfd, from, to_dirfd, to, flags));
}

EXPORT int linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags)
{
	GUARDED(KIND_LINKAT, from_dirfd, from, (int)syscall(SYS_linkat, from_dirfd, from, to_dirfd, to, flags));
}

EXPORT int unlinkat(int dirfd, const char *name, int flags)
{
	GUARDED(KIND_UNLINKAT, dirfd, name, (int)syscall(SYS_unlinkat, dirfd, name, flags));
}

EXPORT int mkdirat(int dirfd, const char *name, mode_t mode)
{
	GUARDED(KIND_MKDIRAT, dirfd, name, (int)syscall(SYS_mkdirat, dirfd, name, mode));
}
