/* Making a TCP connection: every address of a name in turn, without waiting, with the system's own word for what went
 * wrong. One that does not answer may take its share of 8 s, which is less than a session waits for a connection. (libwebsockets says "Unable to connect" to everything.) Resolving the name waits: for up to 10 s with a dead
 * resolver, which is why no connection may be open meanwhile. */
#ifndef SLUICE_SUBSCRIBER_CONNECTOR_H
#define SLUICE_SUBSCRIBER_CONNECTOR_H

#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

struct addrinfo;

struct connector {
	struct loop *loop;
	struct loop_source source;            /* the socket of the present address; fd -1: none */
	struct addrinfo *addresses, *next;    /* of the name, owned; the one to be tried next */
	struct loop_timer limit;              /* of the present address */
	int64_t limit_ns;                     /* how long an address may take; INT64_MAX: there is only one */
	struct err failure;                   /* of the last address */
	/* The socket, connected and the callee's, or fd -1 and err. From the loop, never from connector_start. */
	void (*done)(struct connector *connector, int fd, const struct err *err);
};

void connector_init(struct connector *connector, struct loop *loop,
	void (*done)(struct connector *connector, int fd, const struct err *err));
/* Ends an attempt without a word. */
void connector_cancel(struct connector *connector);
/* host: a name or an address without brackets. On error nothing was begun and done is not called. */
int connector_start(struct connector *connector, const char *host, uint16_t port, struct err *err);

#endif
