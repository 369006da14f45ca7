/* Rules for where objects are files: every part of their path must be a name that a folder can have. */
#include <limits.h>
#include <string.h>

#include "common/config/load.h"
#include "common/config/path.h"

enum { FILE_NAME_MAX = 200 };

static void check_path(struct config *config, const char *field, const char *path)
{
	if (path != NULL && path_has_long_part(path))
		config_report(config, field, CONFIG_ERROR, "value", NULL, "a folder's name has at most %d bytes", NAME_MAX);
}

/* Room is left for the names that stand beside it while it is written, or when it was damaged. */
static void check_account(struct config *config)
{
	static const char field[] = "pipeline.account.file.filename";
	const char *path = config->pipeline.account.filename, *name;

	if (config->pipeline.account.type != ACCOUNT_FILE || path[0] == '\0')
		return;
	check_path(config, field, path);
	name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		config_report(config, field, CONFIG_ERROR, "value", NULL, "a file is wanted, not a folder");
	else if (strlen(name) > FILE_NAME_MAX)
		config_report(config, field, CONFIG_ERROR, "value", NULL, "the file's name has at most %d bytes", FILE_NAME_MAX);
}

void config_check_paths(struct config *config)
{
	static const struct option_when file = { "pipeline.write.type", "file" };

	check_account(config);
	if (config_holds(config, &file) != CONFIG_YES)
		return;
	check_path(config, "pipeline.store.buffered.dirname", config->pipeline.store.dirname);
	check_path(config, "pipeline.store.buffered.filename_prefix", config->pipeline.store.filename_prefix);
	check_path(config, "pipeline.write.file.root", config->pipeline.write.file_root);
}
