/* What a power loss would leave of the spool when nothing reaches the disk by itself: of each file its bytes at the last
 * fsync, of the folder its names at the last fsync. In the folder FAULTS_DURABLE:
 *
 *     <inode>.data    the bytes        <inode>.link    keeps the inode's number from being used again
 *     names           "<inode> <name>" a line
 *
 * support/faults.py makes a spool of it. */
#include "tests/tools/faults/faults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/ipc.h"

static const char *durable_folder(void)
{
	const char *folder = getenv("FAULTS_DURABLE");

	return folder != NULL && *folder != '\0' ? folder : NULL;
}

_Noreturn static void broken(const char *what)
{
	fprintf(stderr, "fault-shim: %s: %s\n", what, strerror(errno));
	abort();
}

/* A file of ours, by system calls that nobody counts. */
static int make_file(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		broken(path);
	return fd;
}

static void put(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		long written = syscall(SYS_write, fd, bytes, length);

		if (written < 0)
			broken("writing");
		bytes += written;
		length -= (size_t)written;
	}
}

static void rename_file(const char *from, const char *to)
{
	if (syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to) != 0)
		broken(to);
}

static void keep_bytes(const char *folder, int fd, const struct stat *stat)
{
	char path[PATH_MAX], temporary[PATH_MAX + 8], bytes[64 * 1024];
	int file, copy;
	long got;

	/* again, for it may be open for writing only */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/%llu.data", folder, (unsigned long long)stat->st_ino);
	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	copy = make_file(temporary);
	while ((got = syscall(SYS_read, file, bytes, sizeof(bytes))) > 0)
		put(copy, bytes, (size_t)got);
	if (got < 0)
		broken(path);
	syscall(SYS_close, file);
	syscall(SYS_close, copy);
	rename_file(temporary, path);
}

static void keep_name(const char *folder, int names, const struct dirent *entry)
{
	char path[PATH_MAX], line[PATH_MAX];
	int length = snprintf(line, sizeof(line), "%llu %s\n", (unsigned long long)entry->d_ino, entry->d_name);

	put(names, line, (size_t)length);
	snprintf(path, sizeof(path), "%s/%llu.link", folder, (unsigned long long)entry->d_ino);
	/* it may have gone meanwhile, or be kept already */
	syscall(SYS_linkat, FD_SPOOL, entry->d_name, AT_FDCWD, path, 0);
}

static void keep_names(const char *folder)
{
	int fd = (int)syscall(SYS_openat, FD_SPOOL, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	char path[PATH_MAX], temporary[PATH_MAX + 8];
	const struct dirent *entry;
	int names;

	if (dir == NULL)
		broken("listing the spool");
	snprintf(path, sizeof(path), "%s/names", folder);
	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	names = make_file(temporary);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_type == DT_REG)
			keep_name(folder, names, entry);
	}
	closedir(dir);
	syscall(SYS_close, names);
	rename_file(temporary, path);
}

void durable_synced(int fd)
{
	const char *folder = durable_folder();
	struct stat stat;

	if (folder == NULL || !faults_in_spool(fd) || fstat(fd, &stat) != 0)
		return;
	if (S_ISREG(stat.st_mode))
		keep_bytes(folder, fd, &stat);
	else if (S_ISDIR(stat.st_mode))
		keep_names(folder);
}

/* An inode's number that was used before means nothing for what is made now. */
void durable_made(int fd)
{
	const char *folder = durable_folder();
	char path[PATH_MAX];
	struct stat stat;

	if (folder == NULL || !faults_in_spool(fd) || fstat(fd, &stat) != 0 || stat.st_size > 0)
		return;
	snprintf(path, sizeof(path), "%s/%llu.data", folder, (unsigned long long)stat.st_ino);
	syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
