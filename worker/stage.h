/* Stages: what a pipeline is made of. A stage is one file and one line in stage_registry.c.
 *
 * A stage knows neither who comes before it nor after: it passes a batch on with stage_next(). Its memory that must
 * survive a restart is changed through state_change() (worker/state.h), which the transaction can undo; it knows no
 * clock but batch->now_ns or the `now` it is given, so that a batch done again gives the same.
 *
 * A stage that returns ERR_AGAIN has the whole transaction undone and the batch held; any other error ends the worker. */
#ifndef SLUICE_WORKER_STAGE_H
#define SLUICE_WORKER_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/account.h"
#include "common/err.h"

struct batch;
struct connections;
struct pipeline;
struct pipeline_config;
struct record_format;
struct spool;
struct stage;
struct state;
struct tap;
struct topology;

/* The fixed order of a pipeline. At most one stage of each phase. */
enum phase {
	PHASE_CAPTURE, PHASE_CLASSIFY, PHASE_FILTER,  /* work on columns, narrow batch->kept */
	PHASE_FETCH,                                  /* always there: copies what is kept out of the ring */
	PHASE_TRANSFORM, PHASE_MANGLE, PHASE_ENCODE, PHASE_STORE,
	PHASE_COUNT
};

/* What a stage may use besides its own struct; borrowed for the pipeline's life. */
struct stage_context {
	const struct pipeline_config *config;
	struct state *state;
	struct spool *spool;
	struct topology *topology;            /* NULL: nothing in the configuration asks it */
	struct connections *connections;      /* of store prom_sky_con (worker/prometheus) */
	struct tap *tap;                      /* who looks at the records (worker/tap.h); NULL: nobody can */
	/* Copies records and texts of the kept flows into the batch's arena (flows, text) and checks that the ring's writer
	 * has not overtaken them. ERR_LAPPED: it has; ERR_CORRUPT. Called once a batch, and only when something is kept. */
	int (*fetch)(void *owner, struct batch *batch, struct err *err);
	/* Up to when all that has arrived has been read: now_ns, or earlier while there is something to read (0: nobody knows
	 * how early, the ring's writer was faster). For stages that
	 * wait for flows: what lies in the ring unread did arrive. NULL: always now. */
	int64_t (*reached)(void *owner, int64_t now_ns);
	/* Whether the analyzer is heard: while it is out of reach, that no flow comes says nothing. NULL: always. */
	bool (*heard)(void *owner);
	/* Raises an event ({"severity","code","message"} to the supervisor and the log). severity: enum log_level. */
	void (*event)(void *owner, int severity, const char *code, const char *message);
	void *owner;
};

enum { STAGE_MORE = 1 };

struct stage_type {
	const char *name;
	enum phase phase;
	size_t size;                          /* of the stage's own struct, zeroed before init */
	/* Whether the configuration asks for this stage; exactly one of a phase's stages may say yes. */
	int (*wanted)(const struct pipeline_config *config);
	/* Optional: claims regions of the stages' memory (state_claim), before the memory is opened. */
	int (*claim)(struct stage *stage, struct err *err);
	int (*init)(struct stage *stage, struct err *err);
	int (*push)(struct stage *stage, struct batch *batch, struct err *err);
	/* Optional: the time has come that next_due named. Inside a transaction of its own. now_ns: CLOCK_BOOTTIME. */
	int (*timer)(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err);
	/* Optional: when timer wants to be called, CLOCK_BOOTTIME ns; INT64_MAX: not now. */
	int64_t (*next_due)(const struct stage *stage);
	/* Optional: no batch will follow; what is held is to be given out. Inside a transaction. STAGE_MORE: there is more,
	 * for another transaction; the stages behind have not been asked. */
	int (*flush)(struct stage *stage, int64_t now_ns, int64_t now_ms, struct err *err);
	/* Optional, of a transform: how its records are written, for a mangler that makes some of its own. */
	const struct record_format *(*record_format)(const struct pipeline_config *config);
	void (*fini)(struct stage *stage);
};

struct stage {
	const struct stage_type *type;
	struct stage *next;                   /* NULL for the last */
	const struct stage_context *context;
	void *private;                        /* type->size bytes */
};

static inline void *stage_private(const struct stage *stage)
{
	return stage->private;
}

/* The next stage's push; batches without anything left in them (no kept flow before the transform, no record after it)
 * go no further. */
int stage_next(struct stage *stage, struct batch *batch, struct err *err);

/* The working copy of the account of the present transaction: stages add to their bins here. */
struct account *stage_account(struct stage *stage);

/* How the records are written that the configuration's transform makes; NULL: it does not say. */
const struct record_format *stage_record_format(const struct pipeline_config *config);

/* All stages, by phase; NULL-terminated. */
extern const struct stage_type *const stage_registry[];

#endif
