/* Requests to an object store: URL, headers and signature of those that a pipeline makes. Path style:
 * <endpoint>/<bucket>/<key>. */
#ifndef SLUICE_WORKER_S3_REQUEST_H
#define SLUICE_WORKER_S3_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "worker/object.h"
#include "worker/s3/sign.h"

/* The store, as the present configuration has it; borrowed texts. */
struct s3_store {
	const char *endpoint;         /* URL: http or https, host, port, perhaps a path; no query */
	const char *bucket;
	bool content_encoding;        /* say how the content is compressed */
	struct s3_credentials credentials;
	/* Requests carry the token that is here when they are made (NULL: there is none yet) instead of a signature. NULL:
	 * they are signed. */
	const char *const *bearer;
};

enum { S3_HEADERS_MAX = 16 };

/* A request, signed or with its token. Its texts are in the arena. */
struct s3_request {
	struct arena arena;
	const char *url;
	const char *headers[S3_HEADERS_MAX + 1];      /* "Name: value", NULL at the end */
};

/* The PUT of an object; wall_ms: now. ERR_LIMIT, ERR_NO_MEMORY, ERR_AGAIN (no token). Free it with s3_request_fini in any case. */
int s3_request_put(struct s3_request *request, const struct s3_store *store, const struct object_head *object,
	int64_t wall_ms, struct err *err);
/* The question whether it is there. */
int s3_request_head(struct s3_request *request, const struct s3_store *store, const struct object_head *object,
	int64_t wall_ms, struct err *err);
/* The beginning of an upload in parts (CreateMultipartUpload), which needs the same right as a PUT and leaves no object,
 * and its end without one (AbortMultipartUpload). upload_id: of the first one's answer. */
int s3_request_parts_begin(struct s3_request *request, const struct s3_store *store, const char *key, int64_t wall_ms,
	struct err *err);
int s3_request_parts_abort(struct s3_request *request, const struct s3_store *store, const char *key,
	const char *upload_id, int64_t wall_ms, struct err *err);
/* Everything but RFC 3986's unreserved characters as %XX in upper case; in paths, slashes stay. `out` has room for 3 a
 * byte and the NUL; returns where that is. */
char *s3_percent_encode(char *out, const char *text, bool in_path);

void s3_request_fini(struct s3_request *request);

/* The metadata in which the content's SHA-256 is kept beside the object, as a header of a PUT and of HEAD's answer. */
extern const char s3_sha256_header[];

#endif
