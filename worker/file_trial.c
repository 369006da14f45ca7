/* Whether files could be written where a configuration wants them; nothing is made, also no folder. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "worker/file_place.h"
#include "worker/folder.h"

/* The folder that the first missing one would be made in, or the last one itself. -1 and errno: there is none. */
static int open_nearest(const struct writer_context *context, char *path)
{
	int fd = folder_find(place_base(context), path, context->confined);

	while (fd < 0 && errno == ENOENT) {
		char *slash = strrchr(path, '/');

		if (slash == NULL || slash == path)
			return folder_find(place_base(context), slash != NULL ? "/" : ".", context->confined);
		*slash = '\0';
		fd = folder_find(place_base(context), path, context->confined);
	}
	return fd;
}

/* A file without a name is gone with its descriptor, however this ends. One byte is enough to find a disk full. */
static bool takes_files(int folder)
{
	int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	bool takes;

	if (fd < 0)
		return (errno == EOPNOTSUPP || errno == EISDIR) && faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0;
	takes = write(fd, "", 1) == 1;
	close(fd);
	return takes;
}

int place_try(const struct writer_context *context, struct err *err)
{
	char path[PLACE_PATH_SIZE];
	int folder, error = 0;

	if (place_path(context, "", 0, path) != 0)
		return err_set(err, ERR_INVALID, "write.file: the path is too long");
	/* that folder is others', whose files are kept from us: what it says is all there is to know */
	if (context->missing)
		return faccessat(context->files_fd, ".", W_OK | X_OK, AT_EACCESS) == 0 ? 0
			: err_sys(err, errno, "write.file: making the tenant's folder");
	folder = open_nearest(context, path);
	if (folder < 0)
		return err_sys(err, errno, "write.file: folder %s", path);
	if (!takes_files(folder))
		error = err_sys(err, errno, "write.file: a file in the folder %s", path);
	close(folder);
	return error;
}
