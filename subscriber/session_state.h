/* What session.c (the states) and session_stream.c (the open websocket) share; nobody else includes it. */
#ifndef SLUICE_SUBSCRIBER_SESSION_STATE_H
#define SLUICE_SUBSCRIBER_SESSION_STATE_H

#include "common/clock.h"
#include "subscriber/frame.h"
#include "subscriber/refusal.h"
#include "subscriber/session.h"

#define CONNECT_TIME (15 * NS_PER_S)          /* TCP and TLS */
#define UPGRADE_TIME (10 * NS_PER_S)          /* request to answer */
#define CLOSE_TIME (2 * NS_PER_S)             /* close frame to the end of TCP */
#define PAUSE_TIME (1 * NS_PER_S)             /* end of TCP to the next attempt: below 100 ms the analyzer may forget us */
#define RETRY_MAX (60 * NS_PER_S)
#define PEER_TIME (10 * NS_PER_S)             /* pings come every 2 s */
#define PEER_GRACE (250 * NS_PER_MS)          /* we may have slept: what waits in the socket counts first */
#define CHECK_TIME (6 * NS_PER_S)             /* flows wait at most 5 s in the analyzer */
#define PROVEN_TIME (10 * NS_PER_S)           /* a connection that lasted this long was no refusal */
#define REFUSED_TIME (1 * NS_PER_S)           /* a close frame within this, before any message, is one */

enum { RETRY_PERCENT = 20, SILENCE_DOUBLINGS = 4 };

enum session_state {
	SESSION_WAITING,              /* for `deadline`, then connect */
	SESSION_CONNECTING,
	SESSION_UPGRADING,
	SESSION_OPEN,
	SESSION_CLOSING,              /* until the transport is closed */
	SESSION_STOPPED,
};

struct session {
	const struct session_config *config;
	const struct session_ops *ops;
	void *owner;
	struct session_time time;     /* of the present call */
	enum session_state state;
	bool stopping;
	int64_t deadline_ns;          /* of the state; INT64_MAX: none */
	int64_t retry_ns;             /* pause behind the present attempt or connection */
	unsigned tries;               /* attempts that failed since a connection proved itself */

	struct handshake_answer answer;
	struct frame_parser parser;
	bool close_sent;
	/* while open */
	bool proven;                  /* a frame has come that was no close: the analyzer did take us */
	int64_t opened_wall_ms;
	int64_t opened_ns, received_ns, flow_ns, check_ns;    /* flow_ns, check_ns: 0 for none */
	int64_t suspect_ns;           /* the peer seems dead; until then it may prove otherwise; 0: it does not */
	bool flows_seen;              /* a flow message has come, on any connection */
	unsigned silences;            /* reconnects for silence since the last flow message */

	int64_t good_ms;              /* wall: when the last frame was read: nothing was known to be missing */
	int64_t gap_from_ms;          /* wall: begin of the gap that is open */
	unsigned gap_reason;          /* 0: no gap is open */

	struct session_condition condition;   /* as told last; message points to condition_message */
	char condition_message[REFUSAL_MESSAGE_SIZE];
};

/* ---- session.c ---- */

/* The first frame has come: the subscription is told to be up, and the gap before it. */
void session_prove(struct session *session);

/* The websocket is of no use any more: tells so, opens a gap from from_ms, and closes with a handshake (code; 0: the
 * peer's close frame was answered, or none can be sent). */
void session_drop(struct session *session, const struct refusal *why, int64_t from_ms, uint16_t code);
/* Sends a frame; a peer that does not read any more is dropped by its own watchdog. */
void session_send_frame(struct session *session, enum frame_opcode opcode, const void *payload, size_t length);

/* ---- session_stream.c ---- */

void session_stream_open(struct session *session);
/* Frames. */
void session_stream_received(struct session *session, char *bytes, size_t length);
/* Watchdogs. */
void session_stream_tick(struct session *session);
int64_t session_stream_due(const struct session *session);

#endif
