/* The life of a subscription: connect → upgrade → open → closing → pause → connect …
 *
 * A state machine without I/O: it is told what happened and what time it is, and acts through `struct session_ops`.
 * The rules are the analyzer's (spec of Skydive's websocket server as measured; README.md, "What the analyzer does"):
 * close with a handshake, wait for the end of TCP, pause, and only then connect again; any other order may have the
 * analyzer wipe the new subscription. */
#ifndef SLUICE_SUBSCRIBER_SESSION_H
#define SLUICE_SUBSCRIBER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ring.h"
#include "common/url.h"
#include "subscriber/handshake.h"
#include "subscriber/tls.h"

struct session;

/* Borrowed for the session's life; the texts too. */
struct session_config {
	struct url url;
	const char *host_id;
	const char *host_id_field;    /* what a person changes when the id is in use: "--host-id" or "host_id" */
	const char *const *namespaces;
	size_t namespace_count;
	const char *username, *password;
	struct tls_options tls;
	int64_t silence_timeout_ns;   /* 0: off */
	size_t message_max;           /* bytes */
};

struct session_condition {
	bool up;
	const char *reason;           /* one word in CamelCase */
	const char *field;            /* of the configuration, to be changed; "" for none */
	const char *message;          /* a sentence for a person */
};

struct session_ops {
	/* The transport (transport.h). */
	int (*connect)(void *owner, const struct url *url, const struct tls_options *tls, struct err *err);
	int (*send)(void *owner, const char *bytes, size_t length, struct err *err);
	void (*finish)(void *owner);
	void (*abort)(void *owner);
	/* A text message; payload is valid during the call, may be changed and has FRAME_PADDING bytes behind it. Returns
	 * whether it was one of flows: silence is measured between those. */
	bool (*message)(void *owner, char *payload, size_t length);
	/* A message that is none of ours: too large (length tells), or binary. */
	void (*refused)(void *owner, size_t length, const char *why);
	/* The websocket is up, or down again. */
	void (*connected)(void *owner, bool up);
	/* A span in which nothing was received, told when it has ended. */
	void (*gap)(void *owner, const struct ring_gap *gap);
	/* Only called when it differs from the one before. */
	void (*condition)(void *owner, const struct session_condition *condition);
	/* The next attempt comes at next_ns; so many have failed since a connection proved itself. */
	void (*retry)(void *owner, unsigned tries, int64_t next_ns);
	/* A stop has come to its end: there is no connection any more. */
	void (*stopped)(void *owner);
};

struct session_time {
	int64_t now_ns;               /* CLOCK_BOOTTIME */
	int64_t wall_ms;
};

/* What was before this session. */
struct session_past {
	int64_t since_ms;             /* wall: when the first connection stands, a gap from then is told … */
	unsigned gap;                 /* … for this reason; 0: only if the first attempt fails */
	bool flows;                   /* an earlier subscriber got flow messages: none coming means silence */
};

/* ops and config are borrowed, past is copied. */
int session_new(struct session **session, const struct session_config *config, const struct session_ops *ops,
	void *owner, struct session_time time, const struct session_past *past, struct err *err);
void session_free(struct session **session);

/* When session_tick wants to be called, CLOCK_BOOTTIME ns; INT64_MAX: not at all. May change with every call below. */
int64_t session_due(const struct session *session);

void session_tick(struct session *session, struct session_time time);
/* Events of the transport. */
void session_transport_connected(struct session *session, struct session_time time);
void session_transport_received(struct session *session, char *bytes, size_t length, struct session_time time);
void session_transport_closed(struct session *session, const struct err *err, struct session_time time);

/* Another client's planned disconnect may have silenced this connection: reconnect unless a flow message comes soon. */
void session_check(struct session *session, struct session_time time);
/* Another configuration (the old one is not read any more): one planned reconnect, counted as a gap. */
void session_reconfigure(struct session *session, const struct session_config *config, struct session_time time);
/* Close handshake, then ops->stopped. Messages that still come are not handed on. A gap that is open is told first. */
void session_stop(struct session *session, struct session_time time);

#endif
