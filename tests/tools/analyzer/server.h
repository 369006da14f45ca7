/* The simulated analyzer: what its parts share. */
#ifndef SLUICE_ANALYZER_SERVER_H
#define SLUICE_ANALYZER_SERVER_H

#include <openssl/ssl.h>

#include "common/buffer.h"
#include "common/loop.h"
#include "tests/tools/analyzer/history.h"
#include "tests/tools/analyzer/options.h"
#include "tests/tools/analyzer/publisher.h"
#include "tests/tools/analyzer/recording.h"
#include "tests/tools/analyzer/render.h"
#include "tests/tools/analyzer/topology.h"

enum { NAMESPACES_MAX = 16, NAMESPACE_SIZE = 64, HOST_ID_SIZE = 128 };

enum connection_state {
	CONNECTION_HTTP,              /* requests */
	CONNECTION_SUBSCRIBER,        /* an accepted websocket */
	CONNECTION_CLOSING,           /* a websocket that has sent its close frame */
	CONNECTION_REFUSED,           /* answered 101 and closed at once; TCP is left to the client */
};

/* A message on its way: when the stream's byte `end` is written, the serials count as written. */
struct mark {
	uint64_t end;
	struct item item;
	const char *capture;          /* borrowed from the connection's namespaces; NULL: whole message */
};

struct queued {
	struct item item;
	const char *capture;
};

struct connection {
	struct server *server;
	struct connection *next;
	unsigned id;
	enum connection_state state;
	struct loop_source source;
	SSL *tls;                     /* NULL: plain */
	uint32_t events;              /* what the loop watches */
	struct buffer in;
	struct buffer out;            /* out.bytes[sent …] is to be written */
	size_t sent;
	uint64_t out_total;           /* bytes put into out ever */
	uint64_t sent_total;
	bool finish;                  /* close TCP when everything is written */
	bool hung;                    /* on command: neither reads nor writes any more */
	struct loop_timer thaw;       /* hung, and until when: its answer is delayed */
	char host_id[HOST_ID_SIZE];
	char namespaces[NAMESPACES_MAX][NAMESPACE_SIZE];
	unsigned namespace_count;
	struct queued *queue;         /* ring of queue_size, owned */
	unsigned queue_first, queue_count, queue_size;
	struct mark *marks;           /* ring of mark_size, owned */
	unsigned mark_first, mark_count, mark_size;
	struct loop_timer ping;
	struct loop_timer pong_deadline;
	struct written written;
	uint64_t dropped;             /* messages, with --drop-when-full */
};

struct server {
	const struct options *options;
	struct loop *loop;
	struct history *history;
	struct topology *topology;
	struct recording recording;
	struct render_style style;
	struct publisher publisher;
	SSL_CTX *tls;
	struct loop_source listener;
	struct loop_timer report;     /* what was written, once a second */
	struct connection *connections;
	unsigned last_id;
	int refuse_status;            /* the next refuse_count upgrades get this */
	unsigned refuse_count;
	bool silent;                  /* pings, but no flow messages */
	bool no_pings;
	bool ignore_pongs;
	unsigned topology_delay_ms;
	unsigned topology_waiting, topology_most;     /* answers that are delayed; the most at a time */
	unsigned queue_most;          /* messages that a client was behind */
	uint64_t topology_queries;
	bool topology_log;            /* each query is an event */
};

/* Opens what the options name and listens. */
int server_start(struct server *server, const struct options *options, struct loop *loop, struct err *err);
void server_stop(struct server *server);
/* A listening TCP socket, non-blocking; *port is what it got. Negative on error. */
int server_listen(const struct options *options, int *port, struct err *err);
/* A TLS context of the options' certificate; NULL with err set. */
SSL_CTX *server_tls(const struct options *options, struct err *err);

#endif
