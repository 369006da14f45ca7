#include "supervisor/config_clashes.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/config/key_template.h"
#include "supervisor/log_print.h"

enum { PLACE_SIZE = 3 * PATH_MAX };

/* ---- who it is ---- */

static bool same_file(const char *one, const char *two)
{
	struct stat first, second;

	if (strcmp(one, two) == 0)
		return true;
	return stat(one, &first) == 0 && stat(two, &second) == 0 && first.st_dev == second.st_dev &&
		first.st_ino == second.st_ino;
}

/* The host_id that the file gives, "" for none; a host_id that compat: sfe fills in is not the file's. */
static const char *given_host_id(const struct config *config, unsigned *line, unsigned *column)
{
	if (config == NULL || !config_given(config, "host_id", line, column))
		return "";
	return config_pipeline(config)->host_id;
}

static const struct pipeline_config *pipeline_of(const struct config *config)
{
	return config != NULL ? config_pipeline(config) : NULL;
}

/* Of their pages. */
static bool same_port(const struct pipeline_config *one, const struct pipeline_config *other)
{
	return one->store.type == STORE_PROM_SKY_CON && other->store.type == STORE_PROM_SKY_CON &&
		one->store.prometheus_port == other->store.prometheus_port;
}

/* As same_file, also of files that are not there yet in folders that are. */
static bool will_be_same_file(const char *one, const char *two)
{
	const char *paths[2] = { one, two }, *names[2];
	char folders[2][PATH_MAX];

	for (unsigned i = 0; i < 2; i++) {
		const char *slash = strrchr(paths[i], '/');

		names[i] = slash != NULL ? slash + 1 : paths[i];
		snprintf(folders[i], sizeof(folders[i]), "%s%.*s", paths[i][0] == '/' ? "" : "./", (int)(names[i] - paths[i]), paths[i]);
	}
	return same_file(one, two) || (strcmp(names[0], names[1]) == 0 && same_file(folders[0], folders[1]));
}

/* Of their accounts, as far as can be seen now: folders that are not there yet go by their letters. */
static bool same_account(const struct pipeline_config *one, const struct pipeline_config *other)
{
	return one->account.type == ACCOUNT_FILE && other->account.type == ACCOUNT_FILE &&
		will_be_same_file(one->account.filename, other->account.filename);
}

/* What only one can have, beside the host_id: the field that both have, or NULL; *value: what it is in both. */
static const char *shared_field(const struct config *one, const struct config *other, char *value, size_t size)
{
	const struct pipeline_config *mine = pipeline_of(one), *theirs = pipeline_of(other);

	if (mine == NULL || theirs == NULL)
		return NULL;
	if (same_port(mine, theirs)) {
		snprintf(value, size, "%u", mine->store.prometheus_port);
		return "pipeline.store.prom_sky_con.port";
	}
	if (same_account(mine, theirs)) {
		snprintf(value, size, "%s", mine->account.filename);
		return "pipeline.account.file.filename";
	}
	return NULL;
}

static size_t report_clash(const struct config_files *files, size_t index, size_t other)
{
	unsigned line = 1, column = 1, other_line, other_column;
	const char *host_id = given_host_id(files->configs[index], &line, &column), *field;
	char value[PATH_MAX];

	if (same_file(files->paths[index], files->paths[other])) {
		log_print_bare(LOG_ERROR, "%s: given twice", files->paths[index]);
		return 1;
	}
	field = shared_field(files->configs[index], files->configs[other], value, sizeof(value));
	if (field != NULL) {
		config_given(files->configs[index], field, &line, &column);
		log_print_bare(LOG_ERROR, "%s:%u:%u: %s: %s is in use by %s", files->paths[index], line, column, field, value,
			files->paths[other]);
		return 1;
	}
	if (host_id[0] == '\0' || strcmp(host_id, given_host_id(files->configs[other], &other_line, &other_column)) != 0)
		return 0;
	log_print_bare(LOG_ERROR, "%s:%u:%u: host_id: \"%s\" is in use by %s; each pipeline needs one of its own, or \"\"",
		files->paths[index], line, column, host_id, files->paths[other]);
	return 1;
}

/* ---- the place where objects go ---- */

/* Appends a path's parts with one slash before each, however they are written. */
static void append_parts(char *place, const char *path)
{
	size_t used = strlen(place);

	for (path += strspn(path, "/"); *path != '\0'; path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");

		if (length == 1 && *path == '.') {
			path += length;
			continue;
		}
		if (used + 1 + length >= PLACE_SIZE)
			return;
		place[used++] = '/';
		memcpy(place + used, path, length);
		used += length;
		place[used] = '\0';
		path += length;
	}
}

/* "" where no two can meet (stdout), or where the configuration has mistakes. */
static void place_of(const struct config *config, char place[static PLACE_SIZE])
{
	const struct pipeline_config *pipeline = config != NULL ? config_pipeline(config) : NULL;
	char root[PATH_MAX], folder[KEY_SIZE];
	struct key_parts parts;

	place[0] = '\0';
	if (pipeline == NULL || config_problem_count(config, CONFIG_ERROR) > 0 || pipeline->write.type == WRITE_STDOUT)
		return;
	if (pipeline->write.type == WRITE_FILE) {
		append_parts(place, realpath(pipeline->write.file_root, root) != NULL ? root : pipeline->write.file_root);
	} else {
		snprintf(place, PLACE_SIZE, "%s", pipeline->write.s3.endpoint);
		while (place[0] != '\0' && place[strlen(place) - 1] == '/')
			place[strlen(place) - 1] = '\0';
	}
	append_parts(place, pipeline->store.dirname);
	parts = (struct key_parts){ .prefix = pipeline->store.filename_prefix, .host_id = pipeline->host_id };
	if (key_template_folder(pipeline->store.key_layout, &parts, folder) == 0)
		append_parts(place, folder);
}

/* No mistake: streams have names of their own. But whose an object is can then not be seen. */
static void warn_of_place(const struct config_files *files, size_t index)
{
	char mine[PLACE_SIZE], other[PLACE_SIZE];
	unsigned line, column;

	place_of(files->configs[index], mine);
	for (size_t i = 0; i < index && mine[0] != '\0'; i++) {
		place_of(files->configs[i], other);
		if (strcmp(mine, other) != 0)
			continue;
		config_given(files->configs[index], "pipeline.store.buffered.filename_prefix", &line, &column);
		log_print_bare(LOG_WARN, "%s:%u:%u: warning: pipeline.store.buffered.filename_prefix: %s writes to the same place: their "
			"objects cannot be told apart by name", files->paths[index], line, column, files->paths[i]);
		return;
	}
}

/* The first clash of each file is enough to tell what to change. */
size_t config_clashes_report(const struct config_files *files)
{
	size_t mistakes = 0;

	for (size_t i = 0; i < files->count; i++) {
		size_t found = 0;

		for (size_t j = 0; j < i && found == 0; j++)
			found = report_clash(files, i, j);
		mistakes += found;
		if (found == 0)
			warn_of_place(files, i);
	}
	return mistakes;
}
