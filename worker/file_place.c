#include "worker/file_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "common/fnv.h"
#include "common/tag.h"
#include "worker/folder.h"
#include "worker/spool.h"

/* A folder with the name of a time so far ahead was not made by us. */
#define AHEAD_MAX_MS (366 * 86400 * INT64_C(1000))

int place_base(const struct writer_context *context)
{
	/* without a tenant's limits a relative root means what it does in a shell */
	return context->confined ? context->files_fd : AT_FDCWD;
}

/* What a tenant calls / is its own folder. */
static const char *root_of(const struct writer_context *context)
{
	const char *root = context->config->write.file_root;

	return context->confined ? root + strspn(root, "/") : root;
}

static int append_component(char *path, const char *name, size_t length)
{
	size_t used = strlen(path);

	while (length > 0 && name[length - 1] == '/')
		length--;
	if (length == 0)
		return 0;
	if (used + 1 + length >= PLACE_PATH_SIZE)
		return ERR_LIMIT;
	if (used > 0 && path[used - 1] != '/')
		path[used++] = '/';
	memcpy(path + used, name, length);
	path[used + length] = '\0';
	return 0;
}

int place_path(const struct writer_context *context, const char *below, size_t length, char *path)
{
	const char *root = root_of(context);
	const char *dirname = context->config->store.dirname;

	snprintf(path, PLACE_PATH_SIZE, "%s", root[0] == '/' ? "/" : "");
	root += strspn(root, "/");
	if (append_component(path, root, strlen(root)) != 0 || append_component(path, dirname, strlen(dirname)) != 0 ||
		append_component(path, below, length) != 0)
		return ERR_LIMIT;
	if (path[0] == '\0')
		snprintf(path, PLACE_PATH_SIZE, ".");
	return 0;
}

/* ---- one place, one name ---- */

/* Takes the last component off an absolute path; false: none is left. */
static bool cut_last(char *path, char *tail)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash[1] == '\0')
		return false;
	snprintf(tail, PLACE_PATH_SIZE, "%s", slash + 1);
	slash[slash == path ? 1 : 0] = '\0';
	return true;
}

/* Appends the components of text to what is in path, "." and empty ones left out, ".." taken back. */
static int append_clean(char *path, const char *text)
{
	char unused[PLACE_PATH_SIZE];

	while (*text != '\0') {
		size_t length = strcspn(text, "/");

		if (length == 2 && memcmp(text, "..", 2) == 0) {
			cut_last(path, unused);
		} else if (!(length == 1 && text[0] == '.') && append_component(path, text, length) != 0) {
			return ERR_LIMIT;
		}
		text += length;
		text += strspn(text, "/");
	}
	return 0;
}

/* The links of the longest part of the path that is there are resolved; the rest follows by its letters. */
static int resolve(char *path)
{
	char rest[PLACE_PATH_SIZE] = "", joined[PLACE_PATH_SIZE];
	char whole[PATH_MAX] = "/";

	while (realpath(path, whole) == NULL) {
		snprintf(whole, sizeof(whole), "/");
		if (!cut_last(path, joined))
			break;
		if (append_component(joined, rest, strlen(rest)) != 0)
			return ERR_LIMIT;
		memcpy(rest, joined, sizeof(rest));
	}
	snprintf(path, PLACE_PATH_SIZE, "%s", whole);
	return append_clean(path, rest);
}

static int base_path(const struct writer_context *context, char *path)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", context->files_fd);
	length = context->confined ? readlink(link, path, PATH_MAX - 1)
				   : (getcwd(path, PATH_MAX) != NULL ? (ssize_t)strlen(path) : -1);
	if (length <= 0)
		return ERR_IO;
	path[length] = '\0';
	return 0;
}

int place_root(const struct writer_context *context, struct buffer *out)
{
	char path[PLACE_PATH_SIZE] = "/";
	const char *root = root_of(context);
	int error = root[0] == '/' ? 0 : base_path(context, path);

	if (error == 0)
		error = append_component(path, root + strspn(root, "/"), strlen(root + strspn(root, "/")));
	if (error == 0)
		error = resolve(path);
	return error == 0 ? buffer_append(out, path, strlen(path)) : error;
}

/* ---- what is there ---- */

static void look_for_streams(int fd, const char *limit, char *newest)
{
	DIR *folder = fdopendir(fd);
	const struct dirent *entry;

	if (folder == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;

		/* stamps sort as the times do */
		if (strlen(name) == CLOCK_STAMP_SIZE - 1 && clock_parse_stamp(name) > 0 && strcmp(name, newest) > 0 &&
			strcmp(name, limit) < 0)
			memcpy(newest, name, CLOCK_STAMP_SIZE);
	}
	closedir(folder);
}

int64_t place_newest_stream(const struct writer_context *context)
{
	const char *prefix = context->config->store.filename_prefix;
	char newest[CLOCK_STAMP_SIZE] = "", limit[CLOCK_STAMP_SIZE];

	prefix += strspn(prefix, "/");
	clock_stamp(clock_wall_ms() + AHEAD_MAX_MS, limit);
	for (unsigned tag = 0; tag < SPOOL_LANES; tag++) {
		char path[PLACE_PATH_SIZE];
		int fd;

		if (place_path(context, prefix, strlen(prefix), path) != 0 ||
			append_component(path, flow_tag_names[tag], strlen(flow_tag_names[tag])) != 0)
			return 0;
		fd = folder_find(place_base(context), path, context->confined);
		if (fd >= 0)
			look_for_streams(fd, limit, newest);
	}
	return newest[0] != '\0' ? clock_parse_stamp(newest) : 0;
}

/* ---- temporary names ---- */

/* Told apart by the spool folder, also on another machine that has mounted the same folder. */
uint64_t place_pipeline(const struct writer_context *context)
{
	char host[HOST_NAME_MAX + 1] = "";
	struct stat spool = { 0 };
	uint64_t hash;

	gethostname(host, sizeof(host) - 1);
	fstat(context->spool_fd, &spool);
	hash = fnv_hash(FNV_BASE, host, strlen(host));
	hash = fnv_hash(hash, &spool.st_dev, sizeof(spool.st_dev));
	return fnv_hash(hash, &spool.st_ino, sizeof(spool.st_ino));
}

int place_temporary(uint64_t pipeline, const char *name, char *temporary)
{
	int length = snprintf(temporary, NAME_MAX + 1, ".%s.%016llx.part", name, (unsigned long long)pipeline);

	return length > NAME_MAX ? ERR_LIMIT : 0;
}
