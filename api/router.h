/* From method and path to a route: one table (routes.c), which api/openapi.yaml is held against but for the web UI's files. */
#ifndef SLUICE_API_ROUTER_H
#define SLUICE_API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/api_ops.h"
#include "api/method.h"

struct exchange;

enum route_flag {
	ROUTE_OPEN = 1,               /* no token is asked for */
	ROUTE_BODY = 2,               /* a body must be there */
	ROUTE_BODY_OPTIONAL = 4,
	ROUTE_PATCH = 8,              /* the body may also be application/merge-patch+json */
	ROUTE_DOCUMENTS = 16,         /* it is a stream of YAML documents, and may be large: one at a time */
	ROUTE_FILE = 32,              /* of the web UI, and no call of the API: not in openapi.yaml, and any query is taken */
};

/* Which query parameters a route has. */
enum route_query {
	QUERY_PAGE = 1,               /* limit, page_token */
	QUERY_FILTER = 2,             /* state, label */
	QUERY_Q = 4,
	QUERY_FIELDS = 8,
	QUERY_DRY_RUN = 16,
	QUERY_WAIT = 32,
	QUERY_FORCE = 64,
	QUERY_DISCARD = 128,
	QUERY_PROBE = 256,
	QUERY_TENANT = 512,
	QUERY_NAME = 1024,
	QUERY_PIPELINE = 2048,        /* pipeline: as name */
	QUERY_LOG = 4096,             /* tail, since, follow */
	QUERY_PRUNE = 8192,
	QUERY_SECRETS = 16384,
	QUERY_TAP = 32768,            /* limit, duration */
	QUERY_AUDIT = 65536,          /* action, who, since */
	QUERY_EVENTS = 131072,        /* figures, replay */
};

struct route {
	enum method method;           /* HEAD is served by GET's */
	/* Segments are literal or one of {t} {name} (names), {id}, {n} (a number), {file} (a file's name). A tenant's
	 * route has {t}. */
	const char *pattern;
	enum api_role role;           /* the least that may */
	unsigned flags;               /* enum route_flag */
	unsigned query;               /* enum route_query */
	int (*handle)(struct exchange *exchange);
	const char *action;           /* what a refusal is kept as; NULL: it is not kept */
};

/* Ends with a NULL pattern. */
extern const struct route api_routes[];

enum { PATH_MAX_BYTES = 1024, PATH_SEGMENTS_MAX = 12, CAPTURE_SIZE = 64 };

struct route_match {
	const struct route *route;    /* NULL: nothing has this method and path */
	unsigned allowed;             /* 1 << enum method of all that the path has; 0: no such path */
	char tenant[CAPTURE_SIZE];    /* "": the pattern has none */
	char name[CAPTURE_SIZE];
	char id[CAPTURE_SIZE];
	char file[CAPTURE_SIZE];
	uint64_t number;
	bool name_wrong;              /* the path fits a route, but its last {t} or {name} cannot be a name */
};

/* target: what stands in the request line, as sent, up to '?' or its end. Each segment is decoded after splitting, so
 * that %2F does not make two of one. False when a '%' is not followed by two hexadecimal digits. */
bool route_find(const struct route *routes, enum method method, const char *target, struct route_match *match);
/* "GET, HEAD, PUT" of allowed. */
enum { ALLOW_SIZE = 80 };
void route_print_allowed(unsigned allowed, char out[static ALLOW_SIZE]);

#endif
