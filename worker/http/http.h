/* HTTP requests from the worker's loop: any number side by side over kept connections (HTTP/1.1), TLS with verification,
 * no redirects, no proxy, bounded answers, and an end to every request. Nothing here waits. Loop thread only.
 *
 * A request belongs to its owner; between http_send() and done() (or http_cancel()) its fields are read by the client
 * and must stay. libcurl is behind http_*.c and nowhere else. */
#ifndef SLUICE_WORKER_HTTP_HTTP_H
#define SLUICE_WORKER_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/err.h"
#include "common/loop.h"

struct endpoint_rules;
struct http;

enum {
	HTTP_ANSWER_MAX = 64 * 1024,          /* bytes of an answer's headers, and of its body */
	HTTP_CONNECT_MS = 10 * 1000,
	HTTP_STALL_MS = 30 * 1000,
	HTTP_CONNECTIONS = 8,
};

struct http_options {
	struct loop *loop;
	const char *ca_file;                  /* PEM of the authorities to trust; "" or NULL: the system's */
	bool system_too;                      /* the system's beside those of ca_file */
	const char *cert_file, *key_file;     /* our own certificate; "" or NULL: none */
	const struct endpoint_rules *endpoints;       /* what may be connected to; NULL: anything */
	bool unverified;                      /* whoever answers is trusted */
	int64_t stall_ms;                     /* a request that does not get on for this long is ended; 0: HTTP_STALL_MS */
	unsigned connections;                 /* that are kept; 0: HTTP_CONNECTIONS */
};

/* How a request went that has no answer; each wants something else of the one who configures it. */
enum http_failure {
	HTTP_ANSWERED,                        /* it has: status, headers, body */
	HTTP_NO_HOST,                         /* the name has no address */
	HTTP_NO_CONNECTION,
	HTTP_NO_TRUST,                        /* certificate or authority */
	HTTP_BROKEN,                          /* an answer that is none, or a connection that ended before it */
	HTTP_STALLED,
	HTTP_NOT_ALLOWED,                     /* the address is none of those that may be connected to */
	HTTP_INTERNAL,
};

enum { HTTP_BODY_WAITS = 1 };

struct http_request {
	const char *method;                   /* "GET", "HEAD", "PUT", "POST"; "DELETE" without a body */
	const char *url;                      /* percent-encoded; sent as it is */
	const char *const *headers;           /* "Name: value", NULL at the end; Host among them */
	const char *content;                  /* of a POST: its body, content_length bytes; NULL: none */
	size_t content_length;
	size_t answer_max;                    /* bytes of the answer's body, unpacked; 0: HTTP_ANSWER_MAX */
	bool packed;                          /* the answer may come as gzip; it is unpacked */
	uint64_t body_length;                 /* of a PUT */
	/* Copies the body's next bytes, at most size. 0 and *length > 0; HTTP_BODY_WAITS: none are there yet, http_resume()
	 * will be called. Calls nothing of this header. */
	int (*body)(struct http_request *request, char *bytes, size_t size, size_t *length);
	/* The body is to be sent again from its first byte: a kept connection turned out to be dead. */
	void (*rewind)(struct http_request *request);
	/* The end. The request may be sent anew, or freed, in it. */
	void (*done)(struct http_request *request);
	void *owner;

	/* the result, until the next http_send or http_request_fini */
	enum http_failure failure;
	struct err err;                       /* of anything but HTTP_ANSWERED */
	long status;                          /* 200 …; 0: no answer */
	struct buffer answer_headers;         /* "name: value\n" each, as they came */
	struct buffer answer_body;
	struct http_transfer *transfer;       /* the client's; NULL: not under way */
};

/* ERR_UNSUPPORTED: there is no libcurl. */
int http_new(struct http **http, const struct http_options *options, struct err *err);
/* Requests that are under way are cancelled. */
void http_free(struct http **http);

/* Begins a request; done() follows, never from inside this call. ERR_NO_MEMORY: it does not. */
int http_send(struct http *http, struct http_request *request, struct err *err);
/* body() has something again. */
void http_resume(struct http_request *request);
/* Ends it early; done() is not called. Harmless when it is not under way. */
void http_cancel(struct http_request *request);
/* Frees the result. Not while it is under way. */
void http_request_fini(struct http_request *request);

/* The value of the answer's header of this name (letter case aside) into value; *value is "" when there is none.
 * Longer than size - 1: cut. */
void http_answer_header(const struct http_request *request, const char *name, char *value, size_t size);

#endif
