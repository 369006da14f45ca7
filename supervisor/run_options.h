/* The command line of `sluiced run`. */
#ifndef SLUICE_SUPERVISOR_RUN_OPTIONS_H
#define SLUICE_SUPERVISOR_RUN_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "supervisor/enclosing.h"
#include "supervisor/log_print.h"

struct run_options {
	char *data_dir;               /* NULL: a temporary folder */
	char *host_id;                /* NULL: not given */
	enum log_level log_level;
	enum log_format log_format;
	enum sandbox_mode sandbox;
	char *summary;                /* file for the closing account; NULL: none */
	size_t ring_size;             /* bytes */
	unsigned drain_timeout_s;
	unsigned status_interval_s;
	char **files;                 /* borrowed from argv */
	int file_count;
};

/* Returns -1 when the run is to begin, else the exit status (--help, a mistake; both have been told). */
int run_options_parse(struct run_options *options, int argc, char **argv);
/* Also after a mistake. */
void run_options_fini(struct run_options *options);

#endif
