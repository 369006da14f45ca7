/* A subscriber that throws everything away: what a server can send, measured. */
#ifndef SLUICE_ANALYZER_DISCARD_H
#define SLUICE_ANALYZER_DISCARD_H

#include "tests/tools/analyzer/options.h"

/* Reads from options->discard (ws://ADDRESS:PORT/PATH, an IPv4 address) for options->seconds (5) or until the server
 * closes, and prints one line of JSON. */
int discard_run(const struct options *options, struct err *err);

#endif
