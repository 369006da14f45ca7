#include "supervisor/serve/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/directory.h"
#include "common/log.h"
#include "supervisor/spool_figures.h"
#include "supervisor/store/pipelines.h"

/* A worker that finds the lock taken tries again. */
bool folder_in_use(int parent, const char *name)
{
	char path[STORE_ID_LENGTH + 8];
	bool held;
	int fd;

	snprintf(path, sizeof(path), "%s/lock", name);
	fd = openat(parent, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return held;
}

static bool is_self_or_parent(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A spool has files, and one level of folders that were set aside. */
static void empty_folder(int parent, const char *name, int depth)
{
	DIR *folder = directory_open(parent, name);
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (is_self_or_parent(entry->d_name))
			continue;
		if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
			continue;
		if (depth > 0)
			empty_folder(dirfd(folder), entry->d_name, depth - 1);
		unlinkat(dirfd(folder), entry->d_name, AT_REMOVEDIR);
	}
	if (folder != NULL)
		closedir(folder);
}

void folder_remove(int parent, const char *name)
{
	empty_folder(parent, name, 2);
	if (unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
		log_warn("the spool folder %s could not be deleted: %s", name, strerror(errno));
}

/* ---- folders of nobody ---- */

/* Others' files are none of ours. */
static bool is_id(const char *name)
{
	return strlen(name) == STORE_ID_LENGTH && strspn(name, "0123456789abcdef") == STORE_ID_LENGTH;
}

static bool is_empty(int parent, const char *name)
{
	DIR *folder = directory_open(parent, name);
	const struct dirent *entry;
	bool empty = folder != NULL;

	while (empty && (entry = readdir(folder)) != NULL)
		empty = is_self_or_parent(entry->d_name);
	if (folder != NULL)
		closedir(folder);
	return empty;
}

/* What cannot be read may hold something. */
static bool has_unsent(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct worker_figures figures;
	bool read = fd >= 0 && spool_figures_read(fd, &figures);

	if (fd >= 0)
		close(fd);
	if (!read)
		return !is_empty(parent, name);
	return figures.objects + figures.segments + figures.account.waiting_spool > 0;
}

static void set_aside(int parent, const char *name)
{
	char left[STORE_ID_LENGTH + 8];

	snprintf(left, sizeof(left), "%.*s.left", STORE_ID_LENGTH, name);
	if (renameat(parent, name, parent, left) == 0)
		log_warn("the spool folder %s is no pipeline's, and has unsent flows: it is kept as %s", name, left);
	else
		log_warn("the spool folder %s is no pipeline's, and cannot be set aside: %s", name, strerror(errno));
}

void folders_sweep(int parent, bool (*known)(void *owner, const char *id), void *owner)
{
	DIR *folder = directory_open(parent, ".");
	const struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (!is_id(entry->d_name) || known(owner, entry->d_name))
			continue;
		if (has_unsent(parent, entry->d_name))
			set_aside(parent, entry->d_name);
		else
			folder_remove(parent, entry->d_name);
	}
	if (folder != NULL)
		closedir(folder);
}
