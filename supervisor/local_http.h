/* A GET over the supervisor's Unix socket: whoever can connect there may see everything, without a token. */
#ifndef SLUICE_SUPERVISOR_LOCAL_HTTP_H
#define SLUICE_SUPERVISOR_LOCAL_HTTP_H

#include <stddef.h>

#include "common/buffer.h"
#include "common/err.h"

enum { LOCAL_HTTP_MAX = 256 << 20, LOCAL_HTTP_TIMEOUT_S = 30 };

/* The answer's body with a NUL behind it, in `answer` (initialised by the caller, emptied before). ERR_NOT_FOUND and
 * ERR_CLOSED: nobody listens there; ERR_TIMEOUT; ERR_PROTOCOL: no HTTP, or another status than 200. */
int local_http_get(const char *path, const char *target, struct buffer *answer, struct err *err);
/* The whole answer as it came → its body, with a NUL behind it, in its place. */
int local_http_parse(struct buffer *answer, struct err *err);

#endif
