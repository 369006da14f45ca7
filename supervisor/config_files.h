/* Configuration files given on the command line: reading them and printing what is wrong with them, one by one and
 * together. */
#ifndef SLUICE_SUPERVISOR_CONFIG_FILES_H
#define SLUICE_SUPERVISOR_CONFIG_FILES_H

#include <stddef.h>

#include "common/config/config.h"
#include "common/err.h"

struct config_files {
	char **paths;                 /* borrowed */
	struct config **configs;      /* of each path; NULL where the file could not be read. Owned */
	size_t count;
};

/* run: a secret that cannot be read is a mistake. check: a warning; the path "-" is standard input. */
enum config_files_use { CONFIG_FILES_RUN, CONFIG_FILES_CHECK };

/* Reads and checks all files, with SKYDIVE_… overrides of the environment, and prints every problem to stderr as
 * FILE:LINE:COLUMN: PATH: what is wrong (did you mean …?); warnings say so after the position. Two files with the same
 * host_id and a file given twice are mistakes too. *mistakes: how many there are, warnings not counted. ERR_NO_MEMORY. */
int config_files_load(struct config_files *files, char **paths, size_t count, enum config_files_use use,
	size_t *mistakes, struct err *err);
void config_files_free(struct config_files *files);

#endif
