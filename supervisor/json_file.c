#include "supervisor/json_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/json_parse.h"

int json_file_read(int dirfd, const char *name, json_t **document, struct err *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	json_error_t reason;

	*document = NULL;
	if (fd < 0 && errno != ENOENT)
		return err_sys(err, errno, "opening %s", name);
	if (fd < 0) {
		*document = json_object();
		return *document ? 0 : err_set(err, ERR_NO_MEMORY, "no memory for %s", name);
	}
	*document = json_parse_fd(fd, 0, &reason);
	close(fd);
	if (*document == NULL && json_error_code(&reason) == json_error_out_of_memory)
		return err_set(err, ERR_NO_MEMORY, "no memory for %s", name);
	if (!json_is_object(*document)) {
		json_decref(*document);
		*document = NULL;
		return err_set(err, ERR_CORRUPT, "%s is damaged: %s", name, reason.text);
	}
	return 0;
}

static int write_and_sync(int fd, const json_t *document, const char *name, struct err *err)
{
	if (json_dumpfd(document, fd, JSON_INDENT(1)) != 0)
		return err_sys(err, errno ? errno : EIO, "writing %s", name);
	return fsync(fd) == 0 ? 0 : err_sys(err, errno, "fsync of %s", name);
}

int json_file_write(int dirfd, const char *name, const json_t *document, struct err *err)
{
	char temporary[256];
	int fd, error;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, errno, "making %s", temporary);
	error = write_and_sync(fd, document, name, err);
	close(fd);
	if (error == 0 && renameat(dirfd, temporary, dirfd, name) != 0)
		error = err_sys(err, errno, "renaming %s", temporary);
	if (error == 0 && fsync(dirfd) != 0)
		error = err_sys(err, errno, "fsync of the folder of %s", name);
	return error;
}
