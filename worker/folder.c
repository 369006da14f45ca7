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

/* glibc has no wrapper. */
static int open_folder(int base, const char *path, bool confined)
{
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

	if (confined)
		how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	return (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
}

static int make_folder(int base, const char *name, struct err *err)
{
	if (mkdirat(base, name, 0777) == 0) {
		/* the new name must not be lost when what is put below it is not */
		if (fsync(base) != 0)
			return err_sys(err, errno, "fsync of the folder above %s", name);
		return 0;
	}
	return errno == EEXIST ? 0 : err_sys(err, errno, "making folder %s", name);
}

/* The step into one component; takes *fd and replaces it. */
static int step_into(int *fd, const char *name, bool confined, struct err *err)
{
	int error = make_folder(*fd, name, err);
	int next = error == 0 ? open_folder(*fd, name, confined) : -1;

	if (error == 0 && next < 0)
		error = err_sys(err, errno, "folder %s", name);
	close(*fd);
	*fd = next;
	return error;
}

static int make_all(int base, const char *path, bool confined, int *fd, struct err *err)
{
	char name[NAME_MAX + 1];
	int error = 0;

	*fd = open_folder(base, path[0] == '/' ? "/" : ".", false);
	if (*fd < 0)
		return err_sys(err, errno, "folder %s", path);
	while (error == 0) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 0)
			return 0;
		if (length >= sizeof(name)) {
			close(*fd);
			*fd = -1;
			return err_set(err, ERR_INVALID, "a folder's name is longer than %d bytes", NAME_MAX);
		}
		memcpy(name, path, length);
		name[length] = '\0';
		path += length;
		error = step_into(fd, name, confined, err);
	}
	return error;
}

int folder_open(int base, const char *path, bool confined, int *fd, struct err *err)
{
	*fd = open_folder(base, path, confined);
	if (*fd >= 0)
		return 0;
	if (errno != ENOENT || (confined && path[0] == '/'))
		return err_sys(err, errno, "folder %s", path);
	return make_all(base, path, confined, fd, err);
}

bool folder_path_valid(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || length > NAME_MAX || (length == 1 && path[0] == '.') ||
			(length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}
