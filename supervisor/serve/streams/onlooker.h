/* One who looks on (GET /v1/events), as event_stream.c and event_snapshot.c share it. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_ONLOOKER_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_ONLOOKER_H

#include "common/buffer.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/streams/figures.h"

enum { SNAPSHOT_MAX = 64 << 20 };     /* a page's largest size: it has all gaps of all connections */

struct onlooker {
	struct serve *serve;
	struct api_stream *stream;
	struct watch watch;
	struct figures_view view;     /* what is wanted and may be seen */
	bool figures;
	struct figures_seat seat;     /* where they are wanted */
	bool snapshot;                /* is still to come, or under way */
	uint64_t until;               /* the event behind those that come before it */
	char after[API_NEXT_SIZE];    /* of the snapshot */
	struct buffer page;           /* of the snapshot, as it is sent */
	size_t sent;                  /* of the page */
	uint64_t next;                /* event to be sent next */
};

/* The next page of its snapshot, into onlooker->page; the last one ends the snapshot. 0 or negative. */
int event_snapshot_page(struct onlooker *onlooker);

#endif
