/* The HTTP server of the page: GET /metrics from the worker's loop, nothing else, nothing that waits. libmicrohttpd is
 * behind server.c and nowhere else.
 *
 * Bounded: connections at once (in all and of one address), bytes of a request's head, and 10 s for whatever a client does
 * not get on with, 60 s for a page. */
#ifndef SLUICE_WORKER_PROMETHEUS_SERVER_H
#define SLUICE_WORKER_PROMETHEUS_SERVER_H

#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"
#include "worker/prometheus/connections.h"

struct page_server;
struct topology;

/* A socket that listens at this address ("": all of this machine), or why there is none: ERR_BUSY (the port is somebody
 * else's), ERR_DENIED, ERR_CONFIG (no address), ERR_IO. */
int page_listen(const char *address, uint32_t port, int *fd, struct err *err);

/* Takes fd over, also when it fails. connections and topology are borrowed; topology may be NULL: no interfaces. */
int page_server_new(struct page_server **server, struct loop *loop, const struct connections *connections,
	struct topology *topology, int fd, struct err *err);
/* Connections end where they are. */
void page_server_free(struct page_server **server);

#endif
