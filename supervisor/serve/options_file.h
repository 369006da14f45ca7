/* The file that `sluiced serve --config` names: a map of options, by the names that they have on the command line. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPTIONS_FILE_H
#define SLUICE_SUPERVISOR_SERVE_OPTIONS_FILE_H

#include "common/err.h"
#include "supervisor/line_options.h"

/* Reads all options of the file, but `config`, into the struct. Each mistake in it goes to tell as a line,
 * FILE:LINE:COLUMN: NAME: what is wrong; then the answer is ERR_CONFIG. */
int options_file_read(const char *path, const struct line_option *rows, void *options, void (*tell)(const char *line),
	struct err *err);

#endif
