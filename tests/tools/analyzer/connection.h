/* One TCP connection, plain or TLS: bytes in, bytes out. */
#ifndef SLUICE_ANALYZER_CONNECTION_H
#define SLUICE_ANALYZER_CONNECTION_H

#include "tests/tools/analyzer/server.h"

/* Takes the descriptor. NULL when there is no memory. */
struct connection *connection_new(struct server *server, int fd);
/* Closes TCP at once, writes down why, frees. */
void connection_end(struct connection **connection, const char *reason);
/* Has the loop watch for what the connection has to do. */
void connection_watch(struct connection *connection);
/* Puts bytes into out. */
int connection_put(struct connection *connection, const void *bytes, size_t length);
/* Neither reads nor writes for so long; what is in out goes out behind that. */
void connection_delay(struct connection *connection, unsigned delay_ms);
/* Ends TCP by a reset instead of FIN. */
void connection_reset(struct connection **connection, const char *reason);

#endif
