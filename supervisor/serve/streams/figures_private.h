/* What figures.c and figures_frame.c share. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_FIGURES_PRIVATE_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_FIGURES_PRIVATE_H

#include "common/loop.h"
#include "supervisor/serve/streams/figures.h"
#include "supervisor/store/pipelines.h"

struct frame {
	char *text;                   /* an event as it is sent; owned */
	size_t length;
	uint64_t event;               /* the one that came behind it */
};

/* A pipeline as it was told last. */
struct told {
	char id[STORE_ID_LENGTH + 1];
	uint64_t hash;
};

struct figures_group {
	struct figures_group *next;
	struct figures *figures;
	struct figures_view view;
	struct watch *watches;        /* of its seats */
	struct frame frames[FIGURES_KEPT];    /* number n at n % FIGURES_KEPT */
	uint64_t oldest, behind;      /* frames oldest … behind - 1 are kept */
	size_t bytes;
	struct told *told;            /* sorted by id; owned */
	size_t told_count;
};

struct figures {
	struct serve *serve;
	struct figures_group *groups;
	struct loop_timer regular, soon;
};

/* ---- figures.c ---- */

/* A frame, whose text is taken over, for those who look at the group. */
void figures_keep(struct figures_group *group, const struct buffer *text);
/* One that cannot be made would leave a hole that nobody sees: those who look begin anew. */
void figures_give_up(struct figures_group *group);

/* ---- figures_frame.c ---- */

/* Makes a frame of all that is not as it was; tell false: only to know what that is the next time. 0 or negative. */
int figures_look(struct figures_group *group, bool tell);
/* Makes one of the pipelines to which something has happened, if the group may see any. */
void figures_tell_touched(struct figures_group *group);

#endif
