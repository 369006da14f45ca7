/* What libmicrohttpd lets through although two parties could read it differently (request smuggling): refused, and the
 * connection closed. */
#ifndef SLUICE_API_HEAD_CHECK_H
#define SLUICE_API_HEAD_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/method.h"

struct head_field {
	const char *name;
	const char *value;            /* "" for none */
};

struct head {
	enum method method;
	int minor;                    /* of HTTP/1.x */
	bool has_body;
	bool chunked;
	uint64_t length;              /* Content-Length; 0: none */
	/* "" or NULL when absent */
	const char *host, *origin, *authorization, *cookie, *content_type, *accept, *accept_encoding, *if_match, *if_none_match;
	const char *csrf, *last_event_id;
};

/* Fills head from the request line and all header lines, in order; points into them. NULL, or what is wrong with them
 * as a sentence for the client. */
const char *head_check(struct head *head, const char *method, const char *target, const char *version,
	const struct head_field *fields, size_t count);

#endif
