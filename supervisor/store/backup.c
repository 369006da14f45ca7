#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/store/folder.h"
#include "supervisor/store/store_private.h"

static int sync_folder(const char *path, struct err *err)
{
	char copy[PATH_MAX];
	int fd, error = 0;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		error = err_sys(err, errno, "fsync of the folder of %s", path);
	if (fd >= 0)
		close(fd);
	return error;
}

/* SQLite writes into an empty file that is there: so its mode and its newness are ours. */
static int fill(struct store *store, const char *path, int fd, struct err *err)
{
	struct query query = query_begin(store, SQL_BACKUP, NULL);
	int error;

	query_text(&query, path);
	error = query_run(&query, err);
	if (error == ERR_NO_SPACE)
		return err_set(err, ERR_NO_SPACE, "no room for the backup %s: give a path on another disk", path);
	if (error == 0 && fsync(fd) != 0)
		error = err_sys(err, errno, "fsync of %s", path);
	return error == 0 ? sync_folder(path, err) : error;
}

int store_backup(struct store *store, const char *path, struct err *err)
{
	int fd, error;

	if (store->grouped)
		return err_set(err, ERR_BUSY, "a group of changes is under way");
	if (strlen(path) >= PATH_MAX)
		return err_set(err, ERR_LIMIT, "the backup's path is too long");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_BUSY, "%s is there already: give the path of a new file", path);
	if (fd < 0)
		return folder_denied(err, err_sys(err, errno, "making the backup %s", path));
	error = fill(store, path, fd, err);
	close(fd);
	if (error != 0)
		unlink(path);
	return error;
}
