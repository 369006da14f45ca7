/* The HTTP side: the websocket upgrade with all its refusals, and topology queries. */
#ifndef SLUICE_ANALYZER_HTTP_H
#define SLUICE_ANALYZER_HTTP_H

#include "tests/tools/analyzer/server.h"

/* Answers the requests in connection->in. Negative: TCP is to be closed; *reason says why. */
int http_read(struct connection *connection, const char **reason);

#endif
