/* A batch on its way through a pipeline: a slice of one analyzer message, in this process's own memory.
 *
 * It begins with columns only. Classify, capture and filter narrow `kept`; then the runner fetches the text and the
 * records of what is left and checks that the ring's writer did not overtake them. Stages from PHASE_TRANSFORM on find
 * `flows` and `records`. Everything in it lives in the batch's arena, which is reset after the last stage. */
#ifndef SLUICE_WORKER_BATCH_H
#define SLUICE_WORKER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"
#include "common/flow.h"
#include "common/ring.h"
#include "common/tag.h"

struct record;

struct batch {
	struct ring_batch source;             /* where it came from; its count is that of the whole message */
	uint32_t first;                       /* index of this slice's first flow in the message */
	uint32_t count;                       /* flows in this slice */
	const struct flow_column *columns;    /* [count], filled in by the ring reader through batch_init */
	uint8_t *tags;                        /* [count] enum flow_tag, set by classify */
	uint32_t *kept;                       /* [kept_count] indexes into this slice of the flows still in it */
	uint32_t kept_count;
	struct flow *flows;                   /* [kept_count] after the fetch; flows[i] is the flow kept[i] */
	const char *text;                     /* the kept flows' text; their text_refs point into it after the fetch */
	struct record *records;               /* [record_count], made by the transform, changed by the mangler */
	uint32_t record_count;
	const char *encoded;                  /* the records as text, after the encoder; the encoder's memory */
	int64_t now_ns;                       /* CLOCK_BOOTTIME of the message's arrival: the only clock of a stage */
	int64_t now_ms;                       /* wall clock of the message's arrival */
	struct arena *arena;
};

/* Makes a batch of `count` flows from `first` of a message on, all of them kept, its times those of the message's
 * arrival. *columns is where the caller copies the columns to. ERR_LIMIT: over the arena's cap. */
int batch_init(struct batch *batch, struct arena *arena, const struct ring_batch *source, uint32_t first, uint32_t count,
	struct flow_column **columns, struct err *err);
/* Makes a batch without flows, for records that a stage gives out by itself (struct stage_type's timer and flush): it
 * sets records and record_count and calls stage_next. */
void batch_init_empty(struct batch *batch, struct arena *arena, int64_t now_ns, int64_t now_ms);
/* The message's last flow is in this slice: what was cut with every message is cut now. */
static inline bool batch_ends_message(const struct batch *batch)
{
	return batch->first + batch->count >= batch->source.count;
}

/* The text behind a reference; not NUL-terminated, ref.length bytes. */
static inline const char *batch_text(const struct batch *batch, struct text_ref ref)
{
	return batch->text + ref.offset;
}

#endif
