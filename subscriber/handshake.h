/* The opening handshake of a websocket (RFC 6455 section 4) as Skydive's analyzer wants it: writes the request and reads
 * the answer. Knows no socket.
 *
 * Source of the headers: Skydive graffiti/websocket (X-Websocket-Namespace, X-Host-ID, X-Client-Type,
 * X-Client-Protocol). */
#ifndef SLUICE_SUBSCRIBER_HANDSHAKE_H
#define SLUICE_SUBSCRIBER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/err.h"
#include "common/url.h"

enum {
	HANDSHAKE_KEY_SIZE = 25,      /* base64 of 16 bytes, and a NUL */
	HANDSHAKE_ACCEPT_SIZE = 29,   /* base64 of a SHA-1, and a NUL */
	HANDSHAKE_HEADER_MAX = 16384, /* the analyzer's 409 has a cookie of 2.2 KB */
	HANDSHAKE_BODY_MAX = 256,     /* of a refusal's text; the rest is not read */
	HANDSHAKE_REQUEST_MAX = 65536,
};

struct handshake_request {
	const struct url *url;
	const char *host_id;          /* "": no X-Host-ID, the analyzer takes the address */
	const char *const *namespaces;
	size_t namespace_count;
	const char *username;         /* "": no Authorization */
	const char *password;
};

/* A new Sec-WebSocket-Key into key[HANDSHAKE_KEY_SIZE]. */
void handshake_key(char *key);
/* The Sec-WebSocket-Accept that answers key, into accept[HANDSHAKE_ACCEPT_SIZE]. */
void handshake_accept(const char *key, char *accept);

/* Appends the request to out. ERR_CONFIG: a value that cannot stand in a header. ERR_LIMIT, ERR_NO_MEMORY. */
int handshake_write(const struct handshake_request *request, const char *key, struct buffer *out, struct err *err);

struct handshake_answer {
	struct buffer head;           /* status line and headers, until they are whole */
	char accept[HANDSHAKE_ACCEPT_SIZE];
	int status;                   /* 0 until the headers are whole */
	char reason[64];              /* of the status line */
	char location[256];
	size_t body_expected;         /* what Content-Length says, at most HANDSHAKE_BODY_MAX */
	size_t body_length;
	char body[HANDSHAKE_BODY_MAX + 1];    /* text of a refusal, a NUL behind it */
};

/* Expects the answer to a request that was sent with key. */
void handshake_answer_init(struct handshake_answer *answer, const char *key);
void handshake_answer_fini(struct handshake_answer *answer);

/* Reads on. 1: the answer is whole (status 101: checked, bytes[*used …) are websocket frames; another: with the piece of
 * its body that is wanted); 0: more is needed. answer->status is set as soon as the headers are whole.
 * ERR_PROTOCOL: no HTTP/1.1 answer, or a 101 that is none; ERR_LIMIT: headers over HANDSHAKE_HEADER_MAX. */
int handshake_read(struct handshake_answer *answer, const char *bytes, size_t length, size_t *used, struct err *err);

#endif
