/* An answer without an end: server-sent events, or lines as they come.
 *
 * The supervisor writes whenever it has something; what the client has not taken yet is kept up to a cap. A client that
 * does not read is disconnected: it never silently misses something. The stream is the server's; the supervisor may use
 * it until closed() was called or it has called api_stream_end(). */
#ifndef SLUICE_API_STREAM_H
#define SLUICE_API_STREAM_H

#include <stddef.h>

#include "common/err.h"

enum { API_STREAM_CAP = 256 * 1024 };

struct api_stream;

/* For a handler: a new stream, to be handed to an operation and then to reply->stream. */
int api_stream_new(struct api_stream **stream, struct err *err);
/* Whom to tell that the client has gone or does not read; once, never from within a call of the supervisor's. */
void api_stream_owner(struct api_stream *stream, void (*closed)(void *owner), void *owner);

/* Bytes as they are. 0; ERR_LIMIT when the client does not read (closed() follows), ERR_CLOSED when it has gone. */
int api_stream_send(struct api_stream *stream, const char *bytes, size_t length);
/* One event: id and name may be NULL; data may have several lines. */
int api_stream_event(struct api_stream *stream, const char *id, const char *name, const char *data);
/* What is kept is still sent, then the answer ends. closed() is not called any more. */
void api_stream_end(struct api_stream *stream);

#endif
