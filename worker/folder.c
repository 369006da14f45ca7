#include "worker/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/config/path.h"

/* glibc has no wrapper. */
static int open_folder(int base, const char *path, bool confined, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_DIRECTORY | O_CLOEXEC };

	if (confined)
		how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	return (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
}

int folder_find(int base, const char *path, bool confined)
{
	return open_folder(base, path, confined, O_RDONLY);
}

/* ---- what is durable already ---- */

static bool is_known(const struct folder_memory *memory, const struct stat *folder)
{
	for (unsigned i = 0; i < FOLDERS_KNOWN; i++) {
		if (memory->known[i].inode == folder->st_ino && memory->known[i].device == folder->st_dev)
			return true;
	}
	return false;
}

static void remember(struct folder_memory *memory, const struct stat *folder)
{
	memory->known[memory->next].device = folder->st_dev;
	memory->known[memory->next].inode = folder->st_ino;
	memory->next = (memory->next + 1) % FOLDERS_KNOWN;
}

/* The name of `folder` in its parent. A parent that may be passed but not read, or that nobody can write to, is not one
 * in which folders were made. */
static int sync_name(int parent, const struct stat *folder, const char *name, struct folder_memory *memory,
	bool made, struct err *err)
{
	/* a number that is known may have been that of a folder that is gone */
	if (!made && is_known(memory, folder))
		return 0;
	if (fsync(parent) != 0 && errno != EBADF && errno != EINVAL && errno != EROFS)
		return err_sys(err, errno, "fsync of the folder above %s", name);
	if (!is_known(memory, folder))
		remember(memory, folder);
	return 0;
}

/* ---- step by step ---- */

/* A folder on the way need not be readable. */
static int open_step(int base, const char *name, bool confined)
{
	int fd = open_folder(base, name, confined, O_RDONLY);

	return fd < 0 && errno == EACCES ? open_folder(base, name, confined, O_PATH) : fd;
}

static int open_or_make(int base, const char *name, bool confined, int *next, bool *made, struct err *err)
{
	*next = open_step(base, name, confined);
	if (*next < 0 && errno == ENOENT) {
		*made = mkdirat(base, name, 0777) == 0;
		if (!*made && errno != EEXIST)
			return err_sys(err, errno, "making folder %s", name);
		*next = open_step(base, name, confined);
	}
	return *next >= 0 ? 0 : err_sys(err, errno, "folder %s", name);
}

/* The step into one component; takes *fd and replaces it. */
static int step_into(int *fd, const char *name, bool confined, struct folder_memory *memory, struct err *err)
{
	struct stat folder;
	bool made = false;
	int next = -1;
	int error = open_or_make(*fd, name, confined, &next, &made, err);

	if (error == 0 && fstat(next, &folder) != 0)
		error = err_sys(err, errno, "folder %s", name);
	if (error == 0)
		error = sync_name(*fd, &folder, name, memory, made, err);
	if (error != 0 && next >= 0) {
		close(next);
		next = -1;
	}
	close(*fd);
	*fd = next;
	return error;
}

/* The next component of *path, into name[NAME_MAX + 1]; false: there is none. */
static bool next_name(const char **path, char *name, int *error, struct err *err)
{
	size_t length;

	*path += strspn(*path, "/");
	length = strcspn(*path, "/");
	if (length > NAME_MAX)
		*error = err_set(err, ERR_INVALID, "a folder's name is longer than %d bytes", NAME_MAX);
	if (length == 0 || length > NAME_MAX)
		return false;
	memcpy(name, *path, length);
	name[length] = '\0';
	*path += length;
	return true;
}

static int walk(int base, const char *path, bool confined, struct folder_memory *memory, int *fd, struct err *err)
{
	char name[NAME_MAX + 1];
	int error = 0;

	*fd = open_step(base, path[0] == '/' ? "/" : ".", false);
	if (*fd < 0)
		return err_sys(err, errno, "folder %s", path);
	while (error == 0 && next_name(&path, name, &error, err))
		error = step_into(fd, name, confined, memory, err);
	if (error != 0 && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return error;
}

int folder_open(int base, const char *path, bool confined, struct folder_memory *memory, int *fd, struct err *err)
{
	struct stat folder;
	int error;

	*fd = folder_find(base, path, confined);
	if (*fd < 0 && (errno != ENOENT || (confined && path[0] == '/')))
		return err_sys(err, errno, "folder %s", path);
	if (*fd >= 0 && fstat(*fd, &folder) == 0 && is_known(memory, &folder))
		return 0;
	if (*fd >= 0)
		close(*fd);
	error = walk(base, path, confined, memory, fd, err);
	if (error != 0)
		return error;
	/* the last one is read, and the memory may be too small for a deep path */
	close(*fd);
	*fd = folder_find(base, path, confined);
	return *fd >= 0 ? 0 : err_sys(err, errno, "folder %s", path);
}

bool folder_path_valid(const char *path)
{
	return !path_has_long_part(path) && !path_has_dots(path);
}
