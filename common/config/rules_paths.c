/* Rules for where objects are files: every part of their path must be a name that a folder can have. */
#include <limits.h>

#include "common/config/load.h"
#include "common/config/path.h"

static void check_path(struct config *config, const char *field, const char *path)
{
	if (path != NULL && path_has_long_part(path))
		config_report(config, field, CONFIG_ERROR, "value", NULL, "a folder's name has at most %d bytes", NAME_MAX);
}

void config_check_paths(struct config *config)
{
	static const struct option_when file = { "pipeline.write.type", "file" };

	if (config_holds(config, &file) != CONFIG_YES)
		return;
	check_path(config, "pipeline.store.buffered.dirname", config->pipeline.store.dirname);
	check_path(config, "pipeline.store.buffered.filename_prefix", config->pipeline.store.filename_prefix);
	check_path(config, "pipeline.write.file.root", config->pipeline.write.file_root);
}
