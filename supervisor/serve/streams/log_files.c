#include "supervisor/serve/streams/log_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/directory.h"
#include "common/loop.h"
#include "supervisor/store/pipelines.h"

void log_file_name(const char *id, bool before, char name[LOG_NAME_SIZE])
{
	snprintf(name, LOG_NAME_SIZE, "%s.log%s", id, before ? ".1" : "");
}

/* ---- the folder ---- */

int log_folder_open(int data_dirfd, const char *data_dir, int *fd, struct err *err)
{
	if (mkdirat(data_dirfd, "logs", 0700) != 0 && errno != EEXIST)
		return err_sys(err, errno, "making %s/logs", data_dir);
	*fd = openat(data_dirfd, "logs", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return *fd >= 0 ? 0 : err_sys(err, errno, "opening %s/logs", data_dir);
}

/* Others' files are none of ours. */
static bool take_id(const char *name, char id[STORE_ID_LENGTH + 1])
{
	char now[LOG_NAME_SIZE], before[LOG_NAME_SIZE];

	snprintf(id, STORE_ID_LENGTH + 1, "%.*s", STORE_ID_LENGTH, name);
	log_file_name(id, false, now);
	log_file_name(id, true, before);
	return strspn(id, "0123456789abcdef") == STORE_ID_LENGTH && (strcmp(name, now) == 0 || strcmp(name, before) == 0);
}

void log_folder_sweep(int folder, bool (*known)(void *owner, const char *id), void *owner)
{
	DIR *listing = directory_open(folder, ".");
	const struct dirent *entry;
	char id[STORE_ID_LENGTH + 1];

	while (listing != NULL && (entry = readdir(listing)) != NULL) {
		if (take_id(entry->d_name, id) && !known(owner, id))
			unlinkat(folder, entry->d_name, 0);
	}
	if (listing != NULL)
		closedir(listing);
}

/* ---- writing ---- */

static bool open_file(struct log_file *file, int folder, const char *id)
{
	char name[LOG_NAME_SIZE];
	struct stat status;
	int fd;

	log_file_name(id, false, name);
	fd = openat(folder, name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return false;
	file->size = fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
	file->fd = fd + 1;
	return true;
}

static void close_file(struct log_file *file)
{
	if (file->fd > 0)
		close(file->fd - 1);
	file->fd = 0;
}

/* It becomes the file before, which is given up. */
static void rotate(struct log_file *file, int folder, const char *id)
{
	char now[LOG_NAME_SIZE], before[LOG_NAME_SIZE];

	log_file_name(id, false, now);
	log_file_name(id, true, before);
	close_file(file);
	/* or it would grow without an end */
	if (renameat(folder, now, folder, before) != 0)
		unlinkat(folder, now, 0);
}

static bool write_line(struct log_file *file, const char *line)
{
	struct iovec parts[] = { { (char *)(uintptr_t)line, strlen(line) }, { (char[]){ '\n' }, 1 } };
	ssize_t length = writev(file->fd - 1, parts, 2);

	if (length > 0)
		file->size += (uint64_t)length;
	return length == (ssize_t)(parts[0].iov_len + 1);
}

/* In the place of those that are missing. */
static bool tell_lost(struct log_file *file)
{
	char line[64];

	if (file->lost == 0)
		return true;
	snprintf(line, sizeof(line), "(%" PRIu64 " lines could not be written here)", file->lost);
	if (!write_line(file, line))
		return false;
	file->lost = 0;
	return true;
}

/* A file with room for the line is open. */
static bool make_room(struct log_file *file, int folder, const char *id, const char *line)
{
	if (file->fd == 0 && !open_file(file, folder, id))
		return false;
	if (file->size + strlen(line) < LOG_FILE_BYTES)
		return true;
	rotate(file, folder, id);
	return open_file(file, folder, id);
}

void log_file_add(struct log_file *file, int folder, const char *id, const char *line)
{
	if (!make_room(file, folder, id, line) || !tell_lost(file) || !write_line(file, line)) {
		file->lost++;
		close_file(file);
		return;
	}
	watch_wake_all(file->readers);
}

/* ---- following ---- */

void log_file_follow(struct log_file *file, struct log_reader *reader)
{
	watch_add(&file->readers, &reader->watch);
}

void log_file_close(struct log_file *file)
{
	while (file->readers != NULL) {
		struct watch *watch = file->readers;

		watch_remove(watch);
		loop_owner(watch, struct log_reader, watch)->over = true;
		watch->wake(watch);
	}
	close_file(file);
}

void log_file_remove(int folder, const char *id)
{
	char name[LOG_NAME_SIZE];

	for (int before = 0; before < 2; before++) {
		log_file_name(id, before != 0, name);
		unlinkat(folder, name, 0);
	}
}
