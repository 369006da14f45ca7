/* The way out: objects are claimed, sent when their claim is durable, settled when stored, tried again otherwise.
 *
 * Each attempt has the same bytes and the same key, for as long as it takes: 1 s after the first failure, doubling to
 * 60 s, with jitter. Nothing is given up but a damaged object that is not stored, and what the pipeline's own limits
 * drop before it was ever sent. */
#ifndef SLUICE_WORKER_OUTBOX_H
#define SLUICE_WORKER_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/write_figures.h"
#include "worker/spool.h"
#include "worker/writer.h"

struct worker;

enum parcel_state { PARCEL_WAITING, PARCEL_SENT, PARCEL_ANSWERED, PARCEL_BACKOFF };

/* A lane's oldest object in flight: the others wait for it. */
struct parcel {
	struct delivery delivery;
	enum parcel_state state;
	unsigned attempts;
	unsigned without_memory;      /* of them, the last so many in a row failed for memory */
	int64_t next_try_ns;          /* PARCEL_BACKOFF */
	int64_t sent_ns;              /* CLOCK_BOOTTIME: when its last attempt began */
};

struct outbox {
	struct worker *worker;
	struct writer *writer;
	struct parcel *parcels[SPOOL_LANES];  /* NULL: nothing is in flight there; owned */
	unsigned sent;                        /* parcels in PARCEL_SENT */
	unsigned failed;                      /* attempts since the last that succeeded, of all lanes */
	bool stopped;                         /* nothing more is sent */
	struct loop_timer retry;
	struct write_figures writes;
	uint64_t dropped;                     /* objects, since the last event about it */
	int64_t drop_event_ns;
};

/* Makes the writer that the configuration asks for. */
int outbox_init(struct outbox *outbox, struct worker *worker, struct err *err);
/* The sealer has ended. */
void outbox_fini(struct outbox *outbox);

/* Sends and claims what can be, drops what the limits demand. */
void outbox_turn(struct outbox *outbox);
/* Commits what was answered. */
void outbox_round(struct outbox *outbox);
/* Nothing more is sent; what is under way ends. */
void outbox_stop(struct outbox *outbox);
/* No object is in flight or waits to be. */
bool outbox_empty(const struct outbox *outbox);

#endif
