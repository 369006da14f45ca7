#include "supervisor/spools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

int spools_open(int data_fd, const char *path, int *spools_fd, struct err *err)
{
	if (mkdirat(data_fd, "spool", 0700) != 0 && errno != EEXIST)
		return err_sys(err, errno, "making %s/spool", path);
	*spools_fd = openat(data_fd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*spools_fd < 0)
		return err_sys(err, errno, "opening %s/spool", path);
	if (fsync(data_fd) != 0)
		return err_sys(err, errno, "fsync of %s", path);
	/* whoever made the folders in it may have been killed before this */
	return fsync(*spools_fd) != 0 ? err_sys(err, errno, "fsync of %s/spool", path) : 0;
}

int spools_open_one(int spools_fd, const char *path, const char *id, int *dirfd, struct err *err)
{
	bool made = mkdirat(spools_fd, id, 0700) == 0;
	int error;

	if (!made && errno != EEXIST)
		return err_sys(err, errno, "making %s/spool/%s", path, id);
	if (made && fsync(spools_fd) != 0) {
		error = err_sys(err, errno, "fsync of %s/spool", path);
		/* what is there the next time counts as synced */
		unlinkat(spools_fd, id, AT_REMOVEDIR);
		return error;
	}
	*dirfd = openat(spools_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *dirfd < 0 ? err_sys(err, errno, "opening %s/spool/%s", path, id) : 0;
}
