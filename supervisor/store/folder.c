#include "supervisor/store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PID_SIZE = 32, DEAD_TRIES = 100 };

int folder_denied(struct err *err, int error)
{
	size_t used;

	if (err == NULL || (err->system != EACCES && err->system != EPERM && err->system != EROFS))
		return error;
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": check owner and permissions (this is user %u)",
		(unsigned)geteuid());
	return err->code = ERR_DENIED;
}

int folder_open(const char *path, bool make, int *dirfd, struct err *err)
{
	struct stat status;

	if (make && mkdir(path, 0700) != 0 && errno != EEXIST)
		return folder_denied(err, err_sys(err, errno, "making the data folder %s", path));
	*dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dirfd < 0)
		return folder_denied(err, err_sys(err, errno, "opening the data folder %s", path));
	if (fstat(*dirfd, &status) != 0)
		return err_sys(err, errno, "the data folder %s", path);
	if (status.st_uid != geteuid())
		return err_set(err, ERR_DENIED, "the data folder %s belongs to user %u and this is user %u: run sluiced as its "
			"owner, or chown the folder", path, (unsigned)status.st_uid, (unsigned)geteuid());
	if ((status.st_mode & 077) != 0)
		return err_set(err, ERR_DENIED, "the data folder %s is open to other users (mode %04o), and it will hold keys: "
			"chmod 700 %s", path, (unsigned)status.st_mode & 07777, path);
	return 0;
}

/* The holder's number; "": it has not written it yet. */
static void read_holder(int lock_fd, char pid[static PID_SIZE])
{
	ssize_t length = pread(lock_fd, pid, PID_SIZE - 1, 0);

	pid[length > 0 ? length : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
}

/* One that was killed may have left a child between fork and exec, which has all of its descriptors for a moment. */
static int lock_soon(int lock_fd, char pid[static PID_SIZE])
{
	for (int tries = 0; tries < DEAD_TRIES; tries++) {
		const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

		if (flock(lock_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return errno;
		read_holder(lock_fd, pid);
		if (pid[0] == '\0' || kill((pid_t)strtol(pid, NULL, 10), 0) == 0 || errno != ESRCH)
			return EWOULDBLOCK;
		nanosleep(&pause, NULL);
	}
	return EWOULDBLOCK;
}

int folder_lock(int dirfd, const char *path, int *lock_fd, struct err *err)
{
	char pid[PID_SIZE] = "";
	int length, failure;

	*lock_fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*lock_fd < 0)
		return folder_denied(err, err_sys(err, errno, "opening %s/lock", path));
	failure = lock_soon(*lock_fd, pid);
	if (failure != 0 && failure != EWOULDBLOCK)
		return err_sys(err, failure, "locking %s/lock", path);
	if (failure != 0)
		return err_set(err, ERR_BUSY, "the data folder %s is in use by process %s: stop that one first, or give this "
			"one another folder", path, pid[0] ? pid : "(just starting)");
	length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(*lock_fd, 0) != 0 || pwrite(*lock_fd, pid, (size_t)length, 0) != length)
		return err_sys(err, errno, "writing %s/lock", path);
	return 0;
}

bool folder_keep_lock(int dirfd, int given, int *lock_fd)
{
	struct stat mine, file;

	if (given <= 0)
		return false;
	if (fstat(given, &mine) == 0 && fstatat(dirfd, "lock", &file, AT_SYMLINK_NOFOLLOW) == 0 &&
		mine.st_dev == file.st_dev && mine.st_ino == file.st_ino && flock(given, LOCK_EX | LOCK_NB) == 0) {
		*lock_fd = given;
		return true;
	}
	close(given);
	return false;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return fsync(fd);
}

int folder_write(int dirfd, const char *name, const void *bytes, size_t length, struct err *err)
{
	char temporary[64];
	int fd, error = 0;

	snprintf(temporary, sizeof(temporary), "%s.tmp", name);
	unlinkat(dirfd, temporary, 0);        /* of an earlier attempt, whoever owned it */
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return folder_denied(err, err_sys(err, errno, "making %s", temporary));
	if (fchmod(fd, 0600) != 0 || write_all(fd, bytes, length) != 0)
		error = err_sys(err, errno, "writing %s", name);
	close(fd);
	if (error == 0 && renameat(dirfd, temporary, dirfd, name) != 0)
		error = err_sys(err, errno, "renaming %s to %s", temporary, name);
	if (error == 0 && fsync(dirfd) != 0)
		error = err_sys(err, errno, "fsync of the data folder");
	if (error != 0)
		unlinkat(dirfd, temporary, 0);
	return error;
}

static int check_file(int fd, const char *name, size_t length, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return err_sys(err, errno, "%s", name);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0)
		return err_set(err, ERR_DENIED, "%s must be a file that only its owner, user %u, may read (it has mode %04o): "
			"chmod 600 it, and draw a new one if others may have read it", name, (unsigned)geteuid(),
			(unsigned)status.st_mode & 07777);
	if (status.st_size != (off_t)length)
		return err_set(err, ERR_CORRUPT, "%s must have %zu bytes and has %lld: restore the copy that you keep", name,
			length, (long long)status.st_size);
	return 0;
}

int folder_read(int dirfd, const char *name, void *bytes, size_t length, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int error;

	if (fd < 0)
		return folder_denied(err, err_sys(err, errno, "opening %s", name));
	error = check_file(fd, name, length, err);
	if (error == 0 && pread(fd, bytes, length, 0) != (ssize_t)length)
		error = err_set(err, ERR_IO, "reading %s", name);
	close(fd);
	return error;
}

bool folder_has(int dirfd, const char *name)
{
	struct stat status;

	return fstatat(dirfd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}
