/* Commands to the running simulator, one a line, from stdin and a Unix socket: see README.md. */
#ifndef SLUICE_ANALYZER_CONTROL_H
#define SLUICE_ANALYZER_CONTROL_H

#include "tests/tools/analyzer/server.h"

struct control;

/* path: the Unix socket, NULL for none. */
int control_open(struct control **control, struct server *server, const char *path, struct err *err);
void control_close(struct control **control);

#endif
