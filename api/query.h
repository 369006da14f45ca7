/* The query string. */
#ifndef SLUICE_API_QUERY_H
#define SLUICE_API_QUERY_H

#include "api/api_ops.h"
#include "api/router.h"

enum { QUERY_BYTES_MAX = 4096, LIST_LIMIT_DEFAULT = 100, LIST_LIMIT_MAX = 1000, WAIT_MAX_MS = 5 * 60 * 1000,
	TAIL_DEFAULT = 100, TAIL_MAX = 10000,
	TAP_LIMIT_DEFAULT = 100, TAP_LIMIT_MAX = 10000, TAP_DEFAULT_MS = 60 * 1000, TAP_MAX_MS = 60 * 60 * 1000 };

struct query {
	char bytes[QUERY_BYTES_MAX + 1];      /* decoded in place; what is below points into it */
	char after[API_NEXT_SIZE];
	struct api_list list;
	bool dry_run, force, discard, probe, prune, secrets_later;
	int64_t wait_ms;
	const char *tenant, *name;    /* NULL: not given */
	struct api_log_query log;     /* tail above TAIL_MAX: not given */
	struct api_tap_query tap;
	struct api_audit_query audit;
	struct api_event_query events;        /* without its id */
	const char *since;            /* of the audit trail, as it was given; NULL: not given */
};

/* text: behind the '?', as sent; route says which parameters there may be. 0, or ERR_INVALID with the answer refused
 * (400): all that is wrong, with "?name" as its pointer. */
int query_parse(struct query *query, const struct route *route, const char *text, struct api_answer *answer);

/* The token of the page behind this one: opaque, and only good for the same route and filters. */
enum { PAGE_TOKEN_SIZE = (API_NEXT_SIZE + 8) * 4 / 3 + 2 };
bool page_token_make(const struct query *query, const struct route *route, const char *next,
	char out[static PAGE_TOKEN_SIZE]);
/* Where its page begins, into query->after; false when it is none of this route and these filters. */
bool page_token_read(struct query *query, const struct route *route, const char *token);

#endif
