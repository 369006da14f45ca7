/* The HTTP server of the REST API: libmicrohttpd on its epoll descriptor inside our loop, one daemon a listening
 * socket, no threads. */
#ifndef SLUICE_API_SERVER_H
#define SLUICE_API_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/api_ops.h"
#include "common/err.h"
#include "common/loop.h"

struct api_server;

struct api_tls {
	const char *cert_file;        /* PEM, chain; NULL: no TLS */
	const char *key_file;         /* PEM */
};

struct api_server_options {
	struct loop *loop;
	const struct api_ops *ops;    /* borrowed until the server is gone */
	struct api_tls tls;           /* of all TCP listeners */
	/* Names that a browser may use for this server beside addresses and localhost; NULL-terminated. NULL: under TLS
	 * any, else none. */
	const char *const *host_names;
	int64_t request_deadline_ms;  /* a request must be whole after this; 0: 10 s */
	int64_t idle_ms;              /* a connection without a request is closed after this; 0: 60 s */
};

int api_server_new(struct api_server **server, const struct api_server_options *options, struct err *err);
/* Ends at once what is under way: those who wait get the answer of a time limit, streams end. */
void api_server_free(struct api_server **server);

/* "127.0.0.1:8470", "[::1]:8470" (IPv6 only); port 0: any that is free. */
int api_server_listen(struct api_server *server, const char *address, struct err *err);
/* ERR_CONFIG: it is no such text. Opens nothing. */
int api_listen_check(const char *address, struct err *err);
/* A Unix socket, mode 0600: whoever can connect is an admin. A socket there that nobody listens on is replaced. */
int api_server_listen_unix(struct api_server *server, const char *path, struct err *err);

/* Takes over a socket that listens already, of one of these two kinds: who has connected meanwhile is served. */
int api_server_adopt(struct api_server *server, int fd, struct err *err);

/* Sessions of browsers, for api_server_take_sessions() in the next image of this process; NULL: no memory. They are secrets. */
json_t *api_server_sessions(const struct api_server *server);
/* Into a server that is new. list may be NULL. */
void api_server_take_sessions(struct api_server *server, const json_t *list);

/* The i-th listener: its descriptor (the server's) and its address as text; -1 when there are no more. */
int api_server_listener(const struct api_server *server, size_t index, const char **address);

/* Reads the TLS files again, from now on those of tls; NULL: the same ones. With an error everything goes on as before: a
 * bad certificate changes nothing. */
int api_server_reload(struct api_server *server, const struct api_tls *tls, struct err *err);

/* Something has changed that a pending operation may have waited for. Cheap and safe from anywhere, an operation too:
 * the questions are asked in the loop's next round. */
void api_server_changed(struct api_server *server);

/* Stops accepting; calls done(owner) from the loop when no request is under way any more, or after limit_ms. The
 * listening sockets are closed. */
int api_server_drain(struct api_server *server, int64_t limit_ms, void (*done)(void *owner), void *owner, struct err *err);

/* As api_server_drain, and the sockets go on listening: whoever connects waits, and is refused by nobody. What waits for
 * something longer than half of limit_ms is answered that its time is up. */
int api_server_pause(struct api_server *server, int64_t limit_ms, void (*done)(void *owner), void *owner, struct err *err);
/* Accepts again behind a pause. An error: it does not, and may be asked again. */
int api_server_resume(struct api_server *server, struct err *err);

#endif
