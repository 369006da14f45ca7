/* One request, from its head to its answer. Knows nothing of sockets: http.c feeds it. */
#ifndef SLUICE_API_EXCHANGE_H
#define SLUICE_API_EXCHANGE_H

#include "api/api_ops.h"
#include "api/document.h"
#include "api/head_check.h"
#include "api/query.h"
#include "api/reply.h"
#include "api/router.h"
#include "api/session.h"
#include "api/throttle.h"
#include "common/buffer.h"

enum { EXCHANGE_ID_SIZE = 17, EXCHANGE_BODY_MAX = 64 * 1024, EXCHANGE_ADDRESS_SIZE = 64 };

/* What all requests share. */
struct api_context {
	const struct api_ops *ops;
	const struct route *routes;           /* api_routes; tests have others */
	struct sessions *sessions;
	struct throttle *throttle;
	const char *const *host_names;        /* server.h */
	/* Whose body may be a large one: one exchange at a time. NULL: nobody's. */
	const struct exchange **large;
};

/* Whom the request is from. */
struct api_peer {
	char address[EXCHANGE_ADDRESS_SIZE];
	bool local;                   /* at the Unix socket: an admin */
	bool tls;
};

struct exchange {
	const struct api_context *context;
	const struct api_peer *peer;
	const char *target;           /* of the request line, as sent; borrowed */
	int64_t now_ns;               /* CLOCK_BOOTTIME, when the current step began */
	char id[EXCHANGE_ID_SIZE];
	struct head head;             /* points into the connection's memory */
	struct route_match match;
	struct api_caller caller;
	bool by_cookie;
	enum document_form form;      /* of the body */
	struct query query;
	struct buffer body;
	bool body_too_large;          /* more came than is kept */
	char *match_text;             /* If-Match, cut into tags; owned */
	struct document document;
	struct api_request request;
	struct api_answer answer;
	struct reply reply;
};

/* target is borrowed until exchange_fini. */
void exchange_init(struct exchange *exchange, const struct api_context *context, const struct api_peer *peer,
	const char *target);
void exchange_fini(struct exchange *exchange);

/* The head is whole. 0: go on with the body, if there is one; else refused: exchange_finish() at once, without reading
 * a body. *malformed is set when the connection cannot be trusted any more. */
int exchange_begin(struct exchange *exchange, const char *method, const char *version, const struct head_field *fields,
	size_t count, bool *malformed);
/* A piece of the body. What is beyond the limit is counted, not kept. */
void exchange_receive(struct exchange *exchange, const char *bytes, size_t length);
/* The request is whole: 0, API_PENDING or refused, as an operation. */
int exchange_run(struct exchange *exchange);
/* Makes the reply of what exchange_begin, exchange_run or poll() returned, but API_PENDING. */
void exchange_finish(struct exchange *exchange, int result);

/* ---- for handlers ---- */

/* The body was sent as JSON or YAML and is read: 0, or refused. An optional body that is not there is {}. */
int exchange_document(struct exchange *exchange);

/* May the caller see what is this tenant's? "": it is none's. */
bool exchange_sees(const struct exchange *exchange, const char *tenant);
/* auth.c: who is it? Fills caller and by_cookie, or refuses. */
int exchange_authenticate(struct exchange *exchange);
/* auth.c: is the session still there that it was asked with? Who looks on uses it. True where it was none. */
bool exchange_session_lives(const struct exchange *exchange, int64_t now_ns);
/* auth.c: the Host and Origin of a browser. */
int exchange_check_browser(struct exchange *exchange);
/* auth.c: does that browser come by TLS, ours or a proxy's? For one that was checked. */
bool exchange_is_secure(const struct exchange *exchange);
/* auth.c: 401, or 429 when there were too many from here. */
int exchange_deny(struct exchange *exchange, const char *code, const char *detail);

#define SESSION_COOKIE "sluice_session"

#endif
