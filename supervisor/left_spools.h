/* Spools in a data folder that belong to no file of this run: a file that was renamed or left out leaves its unsent objects
 * behind, and nobody would miss them. */
#ifndef SLUICE_SUPERVISOR_LEFT_SPOOLS_H
#define SLUICE_SUPERVISOR_LEFT_SPOOLS_H

#include <stddef.h>

#include "common/err.h"
#include "supervisor/run_names.h"

/* Warns of each such spool with unsent objects below data_dir, saying which file it is of and how to send them. Notes which
 * spool is which file's, for later runs. ERR_IO when that could not be written. */
int left_spools_check(const char *data_dir, char *const *paths, const struct run_name *names, size_t count,
	struct err *err);

#endif
