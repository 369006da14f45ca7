#include "tests/tools/serials/content.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

enum { STEP = 1 << 20 };

static gzFile open_at(int dirfd, const char *path, off_t offset)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	gzFile file = fd >= 0 && lseek(fd, offset, SEEK_SET) == offset ? gzdopen(fd, "rb") : NULL;

	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

int content_read(int dirfd, const char *path, off_t offset, struct buffer *content, struct err *err)
{
	gzFile file = open_at(dirfd, path, offset);
	int got = file != NULL ? 1 : -1;
	int problem = Z_OK;

	content->length = 0;
	while (got > 0) {
		if (buffer_reserve(content, STEP + 1) != 0)
			break;
		got = gzread(file, content->bytes + content->length, STEP);
		if (got > 0)
			content->length += (size_t)got;
	}
	if (file != NULL) {
		gzerror(file, &problem);
		/* tells what gzread does not: an end that is cut off */
		problem = gzclose(file) != Z_OK || problem != Z_OK;
	}
	if (got != 0 || problem != 0)
		return err_set(err, ERR_CORRUPT, "%s: cannot be unpacked", path);
	content->bytes[content->length] = '\0';
	return 0;
}
