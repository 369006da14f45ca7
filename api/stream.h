/* An answer as it comes: server-sent events or lines without an end, or a long text with one.
 *
 * Either the supervisor writes whenever it has something; what the client has not taken yet is kept up to a cap, and a
 * client that does not read is disconnected: it never silently misses something. Or the stream has a source, which is
 * asked for more when the client has taken everything: nothing but that is kept for one that reads slowly.
 *
 * The stream is the server's; the supervisor may use it until closed() was called or it has called api_stream_end(). */
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

/* Asked, with the owner, for more whenever everything was taken; appends some KiB at most. 0: what was appended is all for
 * now (nothing: until api_stream_wake); STREAM_DONE: it is all there will be; negative: the client is disconnected. */
enum { STREAM_DONE = 1 };
struct buffer;
void api_stream_source(struct api_stream *stream, int (*fill)(void *owner, struct buffer *out));
/* What its source gives is a text with an end: where the server ends first the client sees that it was cut short. */
void api_stream_text(struct api_stream *stream);
/* The source has something. Cheap; not from within fill(). */
void api_stream_wake(struct api_stream *stream);

/* Bytes as they are. 0; ERR_LIMIT when the client does not read (closed() follows), ERR_CLOSED when it has gone. */
int api_stream_send(struct api_stream *stream, const char *bytes, size_t length);
/* One event: id and name may be NULL; data may have several lines. */
int api_stream_event(struct api_stream *stream, const char *id, const char *name, const char *data);
/* The same event as text, for a source. Negative: it has no room. */
int api_event_put(struct buffer *out, const char *id, const char *name, const char *data);
/* What is kept is still sent, then the answer ends. closed() is not called any more. */
void api_stream_end(struct api_stream *stream);

#endif
