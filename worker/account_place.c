#include "worker/account_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/file_ops.h"
#include "worker/file_place.h"
#include "worker/folder.h"

static const char base_name[] = "account";
static const char base_temporary[] = "account.tmp";

/* A path of 4095 bytes, each of which may be escaped. */
enum { BASE_TEXT_MAX = ACCOUNT_TEXT_MAX + 6 * PATH_MAX };

/* ---- one small file in a folder ---- */

/* Of at most `max` bytes. */
static int read_text(int folder, const char *name, char *text, size_t max, size_t *length, struct err *err)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat stat;
	int error = 0;

	if (fd < 0)
		return err_sys(err, errno, "opening %s", name);
	if (fstat(fd, &stat) != 0)
		error = err_sys(err, errno, "looking at %s", name);
	else if (!S_ISREG(stat.st_mode) || stat.st_size > (off_t)max)
		error = err_set(err, ERR_CORRUPT, "it is no file, or too long for an account");
	*length = error == 0 ? (size_t)stat.st_size : 0;
	if (error == 0)
		error = file_read(&file_ops_system, fd, text, *length, 0, name, err);
	close(fd);
	return error;
}

static int fill(int fd, const struct buffer *text, const char *name, struct err *err)
{
	int error = file_write(&file_ops_system, fd, text->bytes, text->length, 0, name, err);

	if (error == 0 && fsync(fd) != 0)
		error = err_sys(err, errno, "fsync of %s", name);
	return error;
}

static int replace(int folder, const char *name, const char *temporary, mode_t mode, const struct buffer *text,
	struct err *err)
{
	int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	int error;

	if (fd < 0)
		return err_sys(err, errno, "making %s", temporary);
	error = fill(fd, text, temporary, err);
	close(fd);
	if (error == 0 && renameat(folder, temporary, folder, name) != 0)
		error = err_sys(err, errno, "renaming %s", temporary);
	if (error == 0 && fsync(folder) != 0)
		error = err_sys(err, errno, "fsync of the folder of %s", name);
	if (error != 0)
		unlinkat(folder, temporary, 0);
	return error;
}

/* ---- the account file ---- */

/* Splits it; what a tenant calls / is its own folder. */
static const char *split(const struct writer_context *context, const char *path, char folder[PATH_MAX])
{
	const char *slash, *name;

	if (context->confined)
		path += strspn(path, "/");
	slash = strrchr(path, '/');
	name = slash != NULL ? slash + 1 : path;
	if (slash == NULL)
		snprintf(folder, PATH_MAX, ".");
	else
		snprintf(folder, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return name;
}

/* make: its folders, too. */
static int open_place(const struct writer_context *context, const char *path, bool make, const char **name, int *folder,
	struct err *err)
{
	struct folder_memory memory = { 0 };
	char text[PATH_MAX];

	*name = split(context, path, text);
	if (make)
		return folder_open(place_base(context), text, context->confined, &memory, folder, err);
	*folder = folder_find(place_base(context), text, context->confined);
	return *folder >= 0 ? 0 : err_sys(err, errno, "folder %s", text);
}

int account_place_read(const struct writer_context *context, const char *path, struct account_figures *figures,
	struct err *err)
{
	char text[ACCOUNT_TEXT_MAX];
	const char *name;
	size_t length;
	int folder, error = open_place(context, path, false, &name, &folder, err);

	if (error != 0)
		return error;
	error = read_text(folder, name, text, sizeof(text), &length, err);
	close(folder);
	return error == 0 ? account_text_read(figures, text, length, err) : error;
}

int account_place_write(const struct writer_context *context, const char *path, const struct account_figures *figures,
	struct err *err)
{
	char temporary[NAME_MAX + 1];
	struct buffer text;
	const char *name;
	int folder, error = open_place(context, path, true, &name, &folder, err);

	if (error != 0)
		return error;
	buffer_init(&text, ACCOUNT_TEXT_MAX);
	error = account_text_write(figures, &text);
	if (error == 0)
		error = place_temporary(place_pipeline(context), name, temporary);
	if (error != 0)
		error = err_set(err, error, "its name is too long, or there is no memory");
	else
		error = replace(folder, name, temporary, 0644, &text, err);
	buffer_fini(&text);
	close(folder);
	return error;
}

/* What was set aside before is not replaced. */
static int move(int folder, const char *from, const char *to)
{
	int result = renameat2(folder, from, folder, to, RENAME_NOREPLACE);

	/* of a file system that does not know the flag */
	return result != 0 && errno == EINVAL ? renameat(folder, from, folder, to) : result;
}

int account_place_set_aside(const struct writer_context *context, const char *path, char *aside, struct err *err)
{
	char stamp[CLOCK_STAMP_SIZE];
	const char *name;
	int folder, error = open_place(context, path, false, &name, &folder, err);

	if (error != 0)
		return error;
	clock_stamp(clock_wall_ms(), stamp);
	if (snprintf(aside, NAME_MAX + 1, "%s.damaged-%s", name, stamp) > NAME_MAX)
		error = err_set(err, ERR_LIMIT, "the name %s is too long for another beside it", name);
	else if (move(folder, name, aside) != 0)
		error = err_sys(err, errno, "setting %s aside", name);
	close(folder);
	return error;
}

/* ---- the base ---- */

int account_place_recall(int spool_fd, struct account_base *base, struct err *err)
{
	char text[BASE_TEXT_MAX];
	size_t length;
	int error = read_text(spool_fd, base_name, text, sizeof(text), &length, err);

	*base = (struct account_base){ 0 };
	if (error == 0)
		error = account_base_read(base, text, length, err);
	return error == ERR_NOT_FOUND || error == ERR_CORRUPT ? 0 : error;
}

int account_place_keep(int spool_fd, const struct account_base *base, struct err *err)
{
	struct buffer text;
	int error;

	buffer_init(&text, BASE_TEXT_MAX);
	error = account_base_write(base, &text);
	if (error != 0)
		error = err_set(err, ERR_NO_MEMORY, "no memory for an account");
	else
		error = replace(spool_fd, base_name, base_temporary, 0600, &text, err);
	buffer_fini(&text);
	return error;
}

int account_place_forget(int spool_fd, struct err *err)
{
	return unlinkat(spool_fd, base_name, 0) == 0 || errno == ENOENT ? 0 : err_sys(err, errno, "deleting %s", base_name);
}
