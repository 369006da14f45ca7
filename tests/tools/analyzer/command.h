/* What the simulator can be told to do: see README.md. */
#ifndef SLUICE_ANALYZER_COMMAND_H
#define SLUICE_ANALYZER_COMMAND_H

#include "tests/tools/analyzer/server.h"

/* Carries out a line such as "close 1001"; the line is changed. ERR_NOT_FOUND, ERR_INVALID. */
int command_run(struct server *server, char *line, struct err *err);

#endif
