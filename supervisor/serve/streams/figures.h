/* GET /v1/events?figures=true: what each status is, every few seconds, and soon after something has happened. It is made once
 * for all who may see the same and have asked for the same, and only while somebody looks. Nobody who looks has a queue of
 * their own: each has a seat, with a place among what is kept; one that falls behind by more than that is disconnected. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_FIGURES_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/api_ops.h"
#include "supervisor/serve/streams/watch.h"

struct buffer;
struct serve;
struct served;

/* What is kept for those who have not taken it yet, of one view: not more frames, nor more bytes unless one alone has. */
enum { FIGURES_KEPT = 64, FIGURES_BYTES = 8 << 20 };
/* Every so often, and so long behind what is told at once; a frame's largest size. */
enum { FIGURES_MS = 5000, FIGURES_SOON_MS = 150, FIGURES_MAX = 64 << 20 };

/* What somebody may see, and has asked for. */
struct figures_view {
	struct api_caller caller;
	char tenant[API_NAME_SIZE], pipeline[API_NAME_SIZE];  /* "": all that may be seen */
};

struct figures_group;

struct figures_seat {
	struct figures_group *group;  /* NULL: it is none */
	struct watch watch;           /* woken by each frame; wake is its owner's to set */
	uint64_t next;                /* frame to be sent next, or that is being sent */
	size_t sent;                  /* bytes of it */
};

/* From here on. ERR_NO_MEMORY. */
int figures_join(struct serve *serve, const struct figures_view *view, struct figures_seat *seat);
/* What waits is none of its any more: it goes on with what comes. */
void figures_skip(struct figures_seat *seat);
/* Harmless when it has not joined, or has left. */
void figures_leave(struct figures_seat *seat);
/* There is something to send. *event: the number of the event before which it was made. */
bool figures_wait(const struct figures_seat *seat, uint64_t *event);
/* Some part of it is sent, and the rest must follow before anything else. */
bool figures_begun(const struct figures_seat *seat);
/* Appends at most `most` bytes of what waits. ERR_LIMIT: it is not kept any more. */
int figures_put(struct figures_seat *seat, size_t most, struct buffer *out);

/* Something has happened to a pipeline: it is told soon. Cheap while nobody looks. */
void figures_touch(struct served *served);
void figures_touch_named(struct serve *serve, const char *tenant, const char *name);

#endif
