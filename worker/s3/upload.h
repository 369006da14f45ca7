/* One attempt to store one object: its content is read ahead by the sealer, two pieces at a time, and sent by the loop.
 *
 * The last piece is handed over only when the whole content was found to have its SHA-256, so that a damaged object is
 * never sent to its end. One that may have been stored by an earlier attempt is asked for (HEAD) before it is given up. */
#ifndef SLUICE_WORKER_S3_UPLOAD_H
#define SLUICE_WORKER_S3_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/http/http.h"
#include "worker/s3/request.h"
#include "worker/writer.h"

struct object_reader;
struct upload;

enum { UPLOAD_PIECE = 128 * 1024, UPLOAD_PIECES = 2 };

struct upload_context {
	struct http *http;
	const struct s3_store *store;
	const struct writer_context *writer;
	/* The attempt has ended, with delivery->result and what goes with it; the upload has been freed. token_refused: the
	 * store did not take the bearer's token, or there is none any more. */
	void (*ended)(void *owner, struct delivery *delivery, bool token_refused);
	void *owner;
};

/* Begins; context is borrowed until the end. NULL: no memory. */
struct upload *upload_new(const struct upload_context *context, struct delivery *delivery);
/* Ends it early, as ERR_AGAIN; `ended` follows at once or when the sealer has let go of it. */
void upload_cancel(struct upload *upload);
/* Frees it wherever it is; `ended` is not called. The sealer has ended. */
void upload_free(struct upload **upload);

#endif
