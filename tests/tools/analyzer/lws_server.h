/* The same messages from libwebsockets' own websocket server: the framing that the client is held against. */
#ifndef SLUICE_ANALYZER_LWS_SERVER_H
#define SLUICE_ANALYZER_LWS_SERVER_H

#include "tests/tools/analyzer/options.h"

/* Serves until SIGTERM: recordings from their beginning to each client, as fast as taken; pings every 2 s. No
 * namespaces, credentials or commands. */
int lws_server_run(const struct options *options, struct err *err);

#endif
