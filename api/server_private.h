/* What server.c, listener.c, http.c, pending.c, stream.c and sweep.c share. */
#ifndef SLUICE_API_SERVER_PRIVATE_H
#define SLUICE_API_SERVER_PRIVATE_H

#include <microhttpd.h>

#include "api/exchange.h"
#include "api/server.h"

enum {
	CONNECTIONS_MAX = 2000, CONNECTIONS_PER_ADDRESS = 64, HEADER_MEMORY = 32 * 1024,
	BODY_SWALLOWED_MAX = 1024 * 1024,     /* of what is too much of a body: read to answer; then the connection is cut */
	ADDRESS_SIZE = 128,
};

/* A libmicrohttpd daemon: accepts for a listener, or (retired) only serves the connections that it has. */
struct daemon {
	struct daemon *next;
	struct listener *listener;
	struct MHD_Daemon *http;
	struct loop_source source;            /* its epoll descriptor */
	struct loop_timer timer;              /* when it wants to run without an event */
	bool quiet;                           /* accepts no more */
};

struct listener {
	struct listener *next;
	struct api_server *server;
	int fd;                               /* ours; each daemon accepts on a duplicate */
	bool local;                           /* a Unix socket */
	char address[ADDRESS_SIZE];
	char *path;                           /* of a Unix socket that we made: removed at the end */
	struct daemon *daemons;               /* the first is the one that accepts */
};

enum connection_step {
	STEP_IDLE,                            /* nothing has come since the last request */
	STEP_READING,                         /* some of a request has, or it is the first one's turn */
	STEP_WAITING,                         /* for an operation to end, or for more of a stream: has its own limit */
	STEP_ANSWERING,                       /* its answer is being sent */
};

struct connection {
	struct connection *next, *previous;
	struct daemon *daemon;
	struct MHD_Connection *http;
	int fd;
	struct api_peer peer;
	enum connection_step step;
	int64_t since_ns;                     /* when the step began */
	uint64_t received;                    /* TCP bytes when it became idle */
	uint64_t body_bytes;                  /* of the request that it reads */
	struct http_request *request;         /* its present one; NULL: none */
};

struct http_request {
	struct exchange exchange;
	struct connection *connection;
	char *target;                         /* owned */
	bool begun;                           /* its head has been looked at */
	bool settled;                         /* the reply is made */
	bool lost;                            /* the client has gone */
	int result;                           /* of exchange_begin */
	struct http_stream *stream;           /* that is being sent; NULL: none */
	/* while an operation is pending: */
	struct http_request *next, *previous;
	bool pending;
	uint64_t ticket;
	struct loop_timer limit;
	struct loop_source gone;
};

struct tls_text {
	char *cert, *key;                     /* PEM; NULL: no TLS */
	const struct api_tls *files;          /* where they come from; borrowed */
};

struct api_server {
	struct loop *loop;
	struct api_context context;
	const struct exchange *large;         /* whose body may be a large one */
	struct api_tls tls;                   /* owned copies */
	int64_t request_deadline_ns, idle_ns;
	struct listener *listeners;
	struct connection *connections;
	struct http_request *pending;
	struct http_stream *streams;
	struct loop_timer sweep;              /* once a second while there are connections */
	struct loop_timer ask;                /* poll() for what is pending */
	bool draining;
	struct loop_timer drained;
	int64_t drain_until_ns, wait_until_ns;        /* when who waits is told that its time is up; 0: when the server ends */
	void (*drain_done)(void *owner);
	void *drain_owner;
	char complaint[200];                  /* what libmicrohttpd said last */
};

/* socket.c: listening sockets; the address as text, and whether it is a Unix socket's */
int socket_open_tcp(const char *address, int *fd, struct err *err);
int socket_open_unix(const char *path, int *fd, struct err *err);
bool socket_name(int fd, char address[static ADDRESS_SIZE]);

/* listener.c */
int daemon_start(struct listener *listener, const struct tls_text *tls, struct daemon **daemon, struct err *err);
/* Closes the socket that it accepts on; its connections stay. */
void daemon_quiet(struct daemon *daemon);
/* Cuts its connections; none may be suspended. Takes it out of its listener's list. */
void daemon_stop(struct daemon *daemon);
void daemon_run(struct daemon *daemon);
/* Has it run in the loop's next round: after a resume, or a shutdown. */
void daemon_kick(struct daemon *daemon);
unsigned daemon_connections(const struct daemon *daemon);
/* Files → texts; both NULL without TLS. */
int tls_read(const struct api_tls *tls, struct tls_text *text, struct err *err);
void tls_fini(struct tls_text *text);

/* http.c: libmicrohttpd's callbacks; cls is the daemon. */
void *http_target(void *cls, const char *target, struct MHD_Connection *http);
enum MHD_Result http_handle(void *cls, struct MHD_Connection *http, const char *url, const char *method,
	const char *version, const char *bytes, size_t *length, void **request);
void http_completed(void *cls, struct MHD_Connection *http, void **request, enum MHD_RequestTerminationCode code);
void http_connection(void *cls, struct MHD_Connection *http, void **context,
	enum MHD_ConnectionNotificationCode code);

/* pending.c */
/* The operation answered API_PENDING: suspends the connection. */
void pending_add(struct http_request *request);
void pending_ask_all(struct api_server *server, bool time_up);
void pending_changed(struct loop_timer *timer);

/* sweep.c */
void sweep_begin(struct api_server *server);
void sweep_step(struct connection *connection, enum connection_step step);
void sweep_fire(struct loop_timer *timer);

/* stream_http.c */
/* The response that sends a stream; NULL without memory. The stream is its, in any case. */
struct MHD_Response *stream_respond(struct http_request *request, struct api_stream *stream);
/* The request is over: its stream must not touch it or its connection any more. Harmless without a stream. */
void stream_detach(struct http_request *request);
/* Heartbeats, and the end of those whose token does not hold any longer. */
void stream_beat_all(struct api_server *server);
void stream_end_all(struct api_server *server);

#endif
