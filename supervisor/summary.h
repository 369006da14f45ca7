/* The account of a finished run as one JSON line: what tests, benchmarks and scripts read. */
#ifndef SLUICE_SUPERVISOR_SUMMARY_H
#define SLUICE_SUPERVISOR_SUMMARY_H

#include "common/err.h"

struct fleet;

/* Writes it to `path`, replacing what is there. */
int summary_write(struct fleet *fleet, const char *path, struct err *err);

#endif
