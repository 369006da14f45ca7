#include "support_disk_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FD_BASE = 1 << 20 };

static void write_back(struct disk *disk)
{
	unsigned index = (unsigned)disk_random(disk, DISK_FILES);
	struct disk_file *file = &disk->files[index];

	if (!disk->write_back || disk_random(disk, 4) != 0)
		return;
	if (disk->log_count > 0 && disk_random(disk, 8) == 0)
		disk_names_sync(disk, 0);
	for (unsigned i = 1; i < 16 && !file->used; i++)
		file = &disk->files[(index + i) % DISK_FILES];
	if (file->used && file->room > 0)
		disk_page_sync(file, (size_t)disk_random(disk, file->room / DISK_PAGE));
}

/* Whether the process is dead, or dies here. */
static bool ends(struct disk *disk)
{
	if (!disk->dead) {
		disk->operations++;
		write_back(disk);
		if (disk->kill_at != 0 && disk->operations >= disk->kill_at) {
			disk->dead = true;
			if (disk->died != NULL)
				disk->died(disk->owner);
		}
	}
	if (disk->dead)
		errno = EIO;
	return disk->dead;
}

static bool fails(struct disk *disk, enum disk_fault fault)
{
	if (disk->fault != fault || disk->fault == FAULT_NONE || disk->operations < disk->fault_at)
		return false;
	disk->fault = FAULT_NONE;
	disk->fault_hit = true;
	errno = fault == FAULT_ENOSPC ? ENOSPC : EIO;
	return true;
}

static unsigned file_of(const struct disk *disk, int fd)
{
	if (fd == disk->root_fd)
		return DISK_ROOT;
	if (fd < FD_BASE || fd >= FD_BASE + DISK_FDS || disk->fds[fd - FD_BASE] == 0)
		disk_broken("bad descriptor");
	return disk->fds[fd - FD_BASE];
}

static int fd_make(struct disk *disk, unsigned file)
{
	for (int i = 0; i < DISK_FDS; i++) {
		if (disk->fds[i] == 0) {
			disk->fds[i] = file;
			disk->files[file].opens++;
			return FD_BASE + i;
		}
	}
	disk_broken("descriptors leak");
}

static struct disk_link link_to(unsigned folder, const char *name, unsigned file)
{
	struct disk_link link = { .folder = folder, .file = file };

	snprintf(link.name, sizeof(link.name), "%s", name);
	return link;
}

static int disk_openat(void *context, int dirfd, const char *name, int flags, mode_t mode)
{
	struct disk *disk = context;
	struct disk_link *link;
	unsigned folder, file;

	(void)mode;
	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	if (strcmp(name, "..") == 0)
		return fd_make(disk, DISK_PARENT);
	folder = file_of(disk, dirfd);
	link = disk_link_find(&disk->names, folder, name);
	if (link == NULL && (flags & O_CREAT) == 0) {
		errno = ENOENT;
		return -1;
	}
	if (link == NULL && fails(disk, FAULT_ENOSPC))
		return -1;
	file = link != NULL ? link->file : disk_file_make(disk, false);
	if (link == NULL)
		disk_names_change(disk, &(struct disk_change){ .to = link_to(folder, name, file) });
	if ((flags & O_TRUNC) != 0)
		disk_file_resize(&disk->files[file], 0);
	return fd_make(disk, file);
}

static ssize_t disk_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
	struct disk *disk = context;
	struct disk_file *file;
	size_t at = (size_t)offset;

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	file = &disk->files[file_of(disk, fd)];
	if (at >= file->size)
		return 0;
	if (length > file->size - at)
		length = file->size - at;
	if (length > 1 && fails(disk, FAULT_SHORT))
		length /= 2;
	memcpy(bytes, file->cache + at, length);
	return (ssize_t)length;
}

static ssize_t disk_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
	struct disk *disk = context;
	bool dead = disk->dead;

	if (ends(disk)) {
		/* killed inside: whole pages at the front may have been copied */
		size_t part = dead ? 0 : (size_t)disk_random(disk, length / DISK_PAGE + 1) * DISK_PAGE;

		if (part > 0)
			disk_file_put(&disk->files[file_of(disk, fd)], bytes, part, (size_t)offset);
		return -1;
	}
	if (fails(disk, FAULT_ENOSPC))
		return -1;
	if (fails(disk, FAULT_EIO)) {
		if (disk_random(disk, 2) == 0)
			disk_file_put(&disk->files[file_of(disk, fd)], bytes, (size_t)disk_random(disk, length + 1), (size_t)offset);
		return -1;
	}
	if (length > 1 && fails(disk, FAULT_SHORT))
		length /= 2;
	disk_file_put(&disk->files[file_of(disk, fd)], bytes, length, (size_t)offset);
	return (ssize_t)length;
}

static int disk_ftruncate(void *context, int fd, off_t length)
{
	struct disk *disk = context;

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	disk_file_resize(&disk->files[file_of(disk, fd)], (size_t)length);
	return 0;
}

static int disk_fallocate(void *context, int fd, off_t length)
{
	struct disk *disk = context;
	struct disk_file *file;

	if (ends(disk) || fails(disk, FAULT_EIO) || fails(disk, FAULT_ENOSPC))
		return -1;
	file = &disk->files[file_of(disk, fd)];
	if ((size_t)length > file->size)
		disk_file_resize(file, (size_t)length);
	return 0;
}

static int disk_fsync(void *context, int fd)
{
	struct disk *disk = context;
	unsigned index;

	if (ends(disk))
		return -1;
	index = file_of(disk, fd);
	if (fails(disk, FAULT_EIO)) {
		disk_file_sync_fails(disk, &disk->files[index]);
		return -1;
	}
	if (disk->files[index].folder)
		disk_names_sync(disk, index);
	else
		disk_file_sync(&disk->files[index]);
	return 0;
}

static int disk_renameat(void *context, int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	struct disk *disk = context;
	struct disk_link *link;
	struct disk_change change;

	if (ends(disk) || fails(disk, FAULT_EIO) || fails(disk, FAULT_ENOSPC))
		return -1;
	link = disk_link_find(&disk->names, file_of(disk, from_dirfd), from);
	if (link == NULL) {
		errno = ENOENT;
		return -1;
	}
	change.from = *link;
	change.to = link_to(file_of(disk, to_dirfd), to, link->file);
	disk_names_change(disk, &change);
	disk_collect(disk);
	return 0;
}

static int disk_unlinkat(void *context, int dirfd, const char *name)
{
	struct disk *disk = context;
	struct disk_link *link;
	struct disk_change change = { 0 };

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	link = disk_link_find(&disk->names, file_of(disk, dirfd), name);
	if (link == NULL) {
		errno = ENOENT;
		return -1;
	}
	change.from = *link;
	disk_names_change(disk, &change);
	disk_collect(disk);
	return 0;
}

static int disk_mkdirat(void *context, int dirfd, const char *name, mode_t mode)
{
	struct disk *disk = context;
	unsigned folder;

	(void)mode;
	if (ends(disk) || fails(disk, FAULT_EIO) || fails(disk, FAULT_ENOSPC))
		return -1;
	folder = file_of(disk, dirfd);
	if (disk_link_find(&disk->names, folder, name) != NULL) {
		errno = EEXIST;
		return -1;
	}
	disk_names_change(disk, &(struct disk_change){ .to = link_to(folder, name, disk_file_make(disk, true)) });
	return 0;
}

static void stat_file(const struct disk *disk, unsigned file, struct stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->st_ino = file;
	stat->st_size = (off_t)disk->files[file].size;
	stat->st_mtim.tv_sec = 1767225600 + (time_t)(disk->operations / 100);
}

static int disk_fstat(void *context, int fd, struct stat *stat)
{
	struct disk *disk = context;

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	stat_file(disk, file_of(disk, fd), stat);
	return 0;
}

static int disk_fstatat(void *context, int dirfd, const char *name, struct stat *stat)
{
	struct disk *disk = context;
	struct disk_link *link;

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	link = disk_link_find(&disk->names, file_of(disk, dirfd), name);
	if (link == NULL) {
		errno = ENOENT;
		return -1;
	}
	stat_file(disk, link->file, stat);
	return 0;
}

static int disk_flock(void *context, int fd, int operation)
{
	(void)fd;
	(void)operation;
	return ends(context) ? -1 : 0;
}

static int disk_list(void *context, int dirfd, int (*each)(void *owner, const char *name), void *owner)
{
	struct disk *disk = context;
	struct disk_names *names;
	unsigned folder;
	int result = 0;

	if (ends(disk) || fails(disk, FAULT_EIO))
		return -1;
	folder = file_of(disk, dirfd);
	names = malloc(sizeof(*names));
	if (names == NULL)
		disk_broken("no memory");
	*names = disk->names;
	for (unsigned i = 0; i < names->count && result == 0; i++) {
		if (names->links[i].folder == folder)
			result = each(owner, names->links[i].name);
	}
	free(names);
	return result;
}

static int disk_close(void *context, int fd)
{
	struct disk *disk = context;

	if (disk->dead || fd == disk->root_fd)
		return 0;
	disk->files[file_of(disk, fd)].opens--;
	disk->fds[fd - FD_BASE] = 0;
	return 0;
}

const struct file_ops disk_ops = {
	.openat = disk_openat,
	.pread = disk_pread,
	.pwrite = disk_pwrite,
	.ftruncate = disk_ftruncate,
	.fallocate = disk_fallocate,
	.fsync = disk_fsync,
	.fdatasync = disk_fsync,
	.renameat = disk_renameat,
	.unlinkat = disk_unlinkat,
	.mkdirat = disk_mkdirat,
	.fstat = disk_fstat,
	.fstatat = disk_fstatat,
	.flock = disk_flock,
	.list = disk_list,
	.close = disk_close,
};
