/* The one door to the network: a TCP connection, with TLS inside it or not, by libwebsockets' RAW role.
 *
 * libwebsockets also is the process's only wait: our event loop's epoll descriptor is one of its files, so that
 * transport_wait serves both. Nothing else here knows libwebsockets. What comes is read and handed on at once, always. */
#ifndef SLUICE_SUBSCRIBER_TRANSPORT_H
#define SLUICE_SUBSCRIBER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/url.h"
#include "subscriber/tls.h"

struct transport;

/* Called from transport_wait, never from inside another call of this interface. */
struct transport_events {
	/* The connection stands, TLS handshake included. */
	void (*connected)(void *owner);
	/* bytes may be changed during the call; FRAME_PADDING bytes behind them may be read and changed too. */
	void (*received)(void *owner, char *bytes, size_t length);
	/* The connection is over, or could not be made: err says why; ERR_CLOSED when the peer simply ended it. Once a
	 * connection; afterwards there is none. */
	void (*closed)(void *owner, const struct err *err);
};

/* events is borrowed. */
int transport_new(struct transport **transport, struct loop *loop, const struct transport_events *events, void *owner,
	struct err *err);
void transport_free(struct transport **transport);

/* Begins a connection; there must be none. Names are resolved in here: a dead resolver blocks for up to 10 s.
 * tls is used when url->tls and need not outlive the call. After an error there is no connection and no event comes. */
int transport_connect(struct transport *transport, const struct url *url, const struct tls_options *tls,
	struct err *err);
/* Queues bytes. ERR_LIMIT when the peer does not read: more than 256 KB wait. */
int transport_send(struct transport *transport, const char *bytes, size_t length, struct err *err);
/* Sends what is queued, then ends our direction of TCP; `closed` comes when the peer has ended its own. */
void transport_finish(struct transport *transport);
/* Ends the connection at once, without the event. Harmless when there is none. */
void transport_abort(struct transport *transport);

/* Waits for something to happen and calls what it concerns: events of the connection, sources and timers of the loop. */
int transport_wait(struct transport *transport, struct err *err);
/* Has the present or next transport_wait return without waiting: something that its caller looks at has changed. */
void transport_wake(struct transport *transport);

#endif
