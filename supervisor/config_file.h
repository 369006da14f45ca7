/* Configuration files given on the command line: reading them and printing what is wrong with them. */
#ifndef SLUICE_SUPERVISOR_CONFIG_FILE_H
#define SLUICE_SUPERVISOR_CONFIG_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "common/config/config.h"
#include "common/err.h"

/* Reads and checks a file, with SKYDIVE_… overrides of the environment. Problems in it are no error here: see
 * config_problem_count. Errors: the file cannot be read, no memory. */
int config_file_load(struct config **config, const char *path, bool resolve_secrets, struct err *err);

/* One line a problem: FILE:LINE:COLUMN: PATH: what is wrong (did you mean …?); warnings say so after the position. */
void config_file_report(const char *path, const struct config *config, FILE *out);

#endif
