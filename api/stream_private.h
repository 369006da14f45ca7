/* The other side of a stream: whoever sends it. */
#ifndef SLUICE_API_STREAM_PRIVATE_H
#define SLUICE_API_STREAM_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "api/stream.h"

enum { STREAM_WAIT = 0, STREAM_END = -1, STREAM_BROKEN = -2 };

/* wake(owner): there is something to take again after STREAM_WAIT. */
void stream_attach(struct api_stream *stream, void (*wake)(void *owner), void *owner);
/* Bytes to send (> 0), or one of the three above. */
ssize_t stream_take(struct api_stream *stream, char *bytes, size_t max);
/* Nothing more can be sent; what is kept is thrown away. */
void stream_break(struct api_stream *stream);
bool stream_is_text(const struct api_stream *stream);
/* What is kept is still sent, then the answer ends; the owner is told when it is dropped. */
void stream_finish(struct api_stream *stream);
/* A heartbeat, if nothing is waiting to be sent. */
void stream_beat(struct api_stream *stream);
/* Frees it, after telling its owner. NULL is harmless. */
void stream_drop(struct api_stream *stream);

#endif
