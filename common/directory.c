#include "common/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

DIR *directory_open(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	int error = errno;

	if (directory == NULL && fd >= 0)
		close(fd);
	errno = error;
	return directory;
}
