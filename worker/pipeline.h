/* A pipeline: the stages that a configuration asks for, in the fixed order of enum phase, and what a worker's loop calls.
 *
 *     columns → capture → classify → filter → fetch → transform → mangle → encode → store → spool
 *
 * Calls come in this order: pipeline_new, pipeline_claim (before spool_open opens the stages' memory), pipeline_format
 * (spool_open needs it), then context.spool is set, pipeline_init, and from there on push, timer and flush, each inside a
 * transaction that the caller began and commits. Everything that they change is undone by spool_undo.
 *
 * Of the account, a pipeline adds to every bin but `passed`, `lost_ring` and what the spool counts itself
 * (waiting_spool, written, …): each flow of a pushed batch ends in exactly one. `passed` goes with the position: the
 * caller adds batch->count to both. */
#ifndef SLUICE_WORKER_PIPELINE_H
#define SLUICE_WORKER_PIPELINE_H

#include <stdint.h>

#include "common/err.h"
#include "worker/batch.h"
#include "worker/spool.h"
#include "worker/stage.h"

struct pipeline;

/* Picks the stages. context is borrowed until pipeline_free; its spool may be set as late as before pipeline_init.
 * ERR_UNSUPPORTED: the configuration asks for something that no stage does; ERR_NO_MEMORY. */
int pipeline_new(struct pipeline **pipeline, const struct stage_context *context, struct err *err);
void pipeline_free(struct pipeline **pipeline);

/* The stages claim their regions of context->state. */
int pipeline_claim(struct pipeline *pipeline, struct err *err);
/* What objects of this pipeline look like; the texts live as long as the pipeline and its configuration. */
void pipeline_format(const struct pipeline *pipeline, struct spool_format *format);
/* The stages get ready: after spool_open. */
int pipeline_init(struct pipeline *pipeline, struct err *err);

/* Most records of an object: max_flows_per_object, or max_flow_array_size when that is less. direct cuts by message and
 * has no such limit. */
uint32_t pipeline_object_max(const struct pipeline_config *config);
/* Most flows that a batch may have: min(pipeline_object_max, 512). The caller feeds larger messages in slices. */
uint32_t pipeline_slice_max(const struct pipeline_config *config);

/* Sends a batch through (batch_init; columns filled in). context->fetch is called when something was kept. Whether the
 * columns were overtaken is the caller's to check when nothing was (batch.kept_count == 0 or not fetched): with
 * ring_still_there, before the commit. ERR_AGAIN and whatever fetch returned (ERR_LAPPED): undo the transaction; the
 * batch may be initialised and pushed again. Anything else ends the worker. */
int pipeline_push(struct pipeline *pipeline, struct batch *batch, struct err *err);

/* When pipeline_timer wants to be called, CLOCK_BOOTTIME ns; INT64_MAX: not now. Changes with every transaction. */
int64_t pipeline_next_due(const struct pipeline *pipeline);
/* Runs what is due at now_ns, inside a transaction. ERR_AGAIN: undo, and wait for room before calling again. */
int pipeline_timer(struct pipeline *pipeline, int64_t now_ns, int64_t now_ms, struct err *err);
/* No batch will follow: what stages hold goes out and every open segment is cut. STAGE_MORE: commit, and call again.
 * ERR_AGAIN as above. */
int pipeline_flush(struct pipeline *pipeline, int64_t now_ns, int64_t now_ms, struct err *err);

#endif
