/* The account of a finished run as one JSON line: what tests, benchmarks and scripts read. docs/summary.md
 * describes it. */
#ifndef SLUICE_SUPERVISOR_SUMMARY_H
#define SLUICE_SUPERVISOR_SUMMARY_H

#include "common/err.h"

struct fleet;

/* Whether it can be written there; leaves what is there as it is. */
int summary_check(const char *path, struct err *err);
/* Writes it to `path`, replacing what is there. */
int summary_write(struct fleet *fleet, const char *path, struct err *err);

#endif
