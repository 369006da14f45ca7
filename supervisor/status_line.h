/* The status line of `sluiced run`: flows in, records, objects, lag, lost, and what is wrong. On a terminal it is
 * updated in place once a second; elsewhere it comes every `interval`. Child log lines go round it. */
#ifndef SLUICE_SUPERVISOR_STATUS_LINE_H
#define SLUICE_SUPERVISOR_STATUS_LINE_H

#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

struct fleet;

/* interval_s: seconds between lines where stderr is no terminal; 0: never. */
int status_line_start(struct fleet *fleet, unsigned interval_s, struct err *err);
/* Prints a last one and stops. */
void status_line_stop(void);
/* Writes a log line to stderr without disturbing the status line. */
void status_line_log(const char *line);

/* The line's text for the figures of now. */
void status_line_text(struct fleet *fleet, char *text, size_t size);

#endif
