/* The status line of `sluiced run`: flows in, objects, what waits, what was lost, and what is wrong. On a terminal it
 * stands below the log and is updated in place once a second, with a line of its own for what is wrong; elsewhere a line
 * comes every `interval`, and where the log is JSON. Log lines of children and our own go round it. */
#ifndef SLUICE_SUPERVISOR_STATUS_LINE_H
#define SLUICE_SUPERVISOR_STATUS_LINE_H

#include <stdbool.h>

#include "common/err.h"
#include "common/loop.h"

struct fleet;

struct status_line_options {
	unsigned interval_s;          /* between lines where stderr is no terminal; 0: never */
	bool stdout_used;             /* pipelines print there: on one terminal nothing can then stand in place */
};

int status_line_start(struct fleet *fleet, const struct status_line_options *options, struct err *err);
/* Prints a last one, of the whole run, and stops. */
void status_line_stop(void);
/* Writes a child's log line, as it is, to stderr without disturbing the status line. */
void status_line_log(const char *line);

#endif
