#include "supervisor/left_spools.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/directory.h"
#include "common/ends_with.h"
#include "common/log.h"
#include "supervisor/json_file.h"
#include "supervisor/shell_words.h"

/* In the data folder: {"<spool folder>": "<path of the file>"}. */
#define FILES_FILE "files.json"

enum { COMMAND_SIZE = 2 * PATH_MAX };

struct left {
	uint64_t objects, segments, flows;    /* flows: of the objects; a segment's are not known from outside */
};

/* "<tag>.<n>.<records>.<flows>.object" and "<tag>.<n>.segment" (docs/durability.md, "Files"). */
static void count_file(const char *name, struct left *left)
{
	uint64_t number, records, flows;
	int end = 0;

	if (sscanf(name, "%*[a-z].%" SCNu64 ".%" SCNu64 ".%" SCNu64 ".object%n", &number, &records, &flows, &end) == 3 &&
		end > 0 && name[end] == '\0') {
		left->objects++;
		left->flows += flows;
	} else if (ends_with(name, ".segment")) {
		left->segments++;
	}
}

static void count_spool(int spools_fd, const char *id, struct left *left)
{
	DIR *folder = directory_open(spools_fd, id);
	const struct dirent *entry;

	*left = (struct left){ 0 };
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL)
		count_file(entry->d_name, left);
	closedir(folder);
}

static void warn(const char *data_dir, const char *id, const char *path, const struct left *left)
{
	char command[COMMAND_SIZE];
	char *const files[] = { (char *)(uintptr_t)path, NULL };

	log_warn("%s/spool/%s holds %" PRIu64 " unsent objects (%" PRIu64 " flows, and %" PRIu64 " unfinished ones) and is of "
		"none of these files", data_dir, id, left->objects, left->flows, left->segments);
	if (path == NULL) {
		log_warn("to send them give the file that it was made for too, under its old path (README.md, \"Data folder\")");
		return;
	}
	if (access(path, R_OK) != 0)
		log_warn("it is of %s, which is gone: put it back to send them", path);
	shell_command(command, sizeof(command), data_dir, files, 1);
	log_warn("to send them: %s", command);
}

static bool is_given(const char *id, const struct run_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(id, names[i].id) == 0)
			return true;
	}
	return false;
}

static void look_at_spools(int data_fd, const char *data_dir, json_t *known, const struct run_name *names, size_t count)
{
	DIR *folder = directory_open(data_fd, "spool");
	const struct dirent *entry;

	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL) {
		const char *path = json_string_value(json_object_get(known, entry->d_name));
		struct left left;

		if (entry->d_name[0] == '.' || is_given(entry->d_name, names, count))
			continue;
		count_spool(dirfd(folder), entry->d_name, &left);
		if (left.objects + left.segments > 0)
			warn(data_dir, entry->d_name, path, &left);
	}
	closedir(folder);
}

/* Returns whether anything is new. */
static bool note_files(json_t *known, char *const *paths, const struct run_name *names, size_t count)
{
	char whole[PATH_MAX];
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		const char *old = json_string_value(json_object_get(known, names[i].id));

		if (realpath(paths[i], whole) == NULL || (old != NULL && strcmp(old, whole) == 0))
			continue;
		/* a path that is no UTF-8 is not noted */
		changed |= json_object_set_new(known, names[i].id, json_string(whole)) == 0;
	}
	return changed;
}

int left_spools_check(const char *data_dir, char *const *paths, const struct run_name *names, size_t count,
	struct err *err)
{
	int data_fd = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	json_t *known = NULL;
	int error;

	if (data_fd < 0)
		return err_sys(err, errno, "opening %s", data_dir);
	/* damaged, it costs a hint */
	if (json_file_read(data_fd, FILES_FILE, &known, err) != 0)
		known = json_object();
	look_at_spools(data_fd, data_dir, known, names, count);
	error = note_files(known, paths, names, count) ? json_file_write(data_fd, FILES_FILE, known, err) : 0;
	json_decref(known);
	close(data_fd);
	return error;
}
