#include "worker/pipeline.h"

#include <stdlib.h>

#include "common/config/pipeline_config.h"
#include "worker/pipeline_format.h"
#include "worker/vpclogs_header.h"

enum { SLICE_MAX = 512 };

struct pipeline {
	const struct stage_context *context;
	struct stage *stages[PHASE_COUNT];    /* in order, without gaps */
	unsigned count;
	struct vpclogs_header header;         /* empty where objects have none */
};

/* A phase without a stage is left out, if nothing needs it. */
static const char *const phase_needed[PHASE_COUNT] = {
	[PHASE_CLASSIFY] = "pipeline.classify.type", [PHASE_FETCH] = "fetch", [PHASE_TRANSFORM] = "pipeline.transform.type",
	[PHASE_ENCODE] = "pipeline.encode.type", [PHASE_STORE] = "pipeline.store.type",
};

static const char *needed(const struct pipeline_config *config, int phase)
{
	if (phase == PHASE_MANGLE && config->mangle.type != MANGLE_NONE)
		return "pipeline.mangle.type";
	/* nothing is written there as text */
	if (phase == PHASE_ENCODE && config->store.type == STORE_PROM_SKY_CON)
		return NULL;
	return phase_needed[phase];
}

static const struct stage_type *find_type(const struct pipeline_config *config, int phase)
{
	for (const struct stage_type *const *type = stage_registry; *type != NULL; type++)
		if ((int)(*type)->phase == phase && (*type)->wanted(config))
			return *type;
	return NULL;
}

static int add_stage(struct pipeline *pipeline, const struct stage_type *type, struct err *err)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	void *private = calloc(1, type->size > 0 ? type->size : 1);

	if (stage == NULL || private == NULL) {
		free(stage);
		free(private);
		return err_set(err, ERR_NO_MEMORY, "no memory for stage %s", type->name);
	}
	*stage = (struct stage){ .type = type, .context = pipeline->context, .private = private };
	if (pipeline->count > 0)
		pipeline->stages[pipeline->count - 1]->next = stage;
	pipeline->stages[pipeline->count++] = stage;
	return 0;
}

static int add_stages(struct pipeline *pipeline, struct err *err)
{
	const struct pipeline_config *config = pipeline->context->config;

	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		const struct stage_type *type = find_type(config, phase);
		int error = 0;

		if (type != NULL)
			error = add_stage(pipeline, type, err);
		else if (needed(config, phase) != NULL)
			error = err_set(err, ERR_UNSUPPORTED, "%s: no stage does this", needed(config, phase));
		if (error != 0)
			return error;
	}
	return 0;
}

int pipeline_new(struct pipeline **pipeline, const struct stage_context *context, struct err *err)
{
	int error;

	*pipeline = calloc(1, sizeof(**pipeline));
	if (*pipeline == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");
	(*pipeline)->context = context;
	error = add_stages(*pipeline, err);
	if (error == 0 && vpclogs_header_wanted(context->config))
		error = vpclogs_header_make(&(*pipeline)->header, context->config, err);
	if (error != 0)
		pipeline_free(pipeline);
	return error;
}

void pipeline_free(struct pipeline **pipeline)
{
	struct pipeline *old = *pipeline;

	*pipeline = NULL;
	if (old == NULL)
		return;
	for (unsigned i = 0; i < old->count; i++) {
		struct stage *stage = old->stages[i];

		if (stage->type->fini != NULL)
			stage->type->fini(stage);
		free(stage->private);
		free(stage);
	}
	vpclogs_header_fini(&old->header);
	free(old);
}

int pipeline_claim(struct pipeline *pipeline, struct err *err)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct stage *stage = pipeline->stages[i];
		int error = stage->type->claim != NULL ? stage->type->claim(stage, err) : 0;

		if (error != 0)
			return err_prefix(err, "%s", stage->type->name);
	}
	return 0;
}

int pipeline_init(struct pipeline *pipeline, struct err *err)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct stage *stage = pipeline->stages[i];
		int error = stage->type->init != NULL ? stage->type->init(stage, err) : 0;

		if (error != 0)
			return err_prefix(err, "%s", stage->type->name);
	}
	return 0;
}

void pipeline_format(const struct pipeline *pipeline, struct spool_format *format)
{
	pipeline_format_fill(pipeline->context->config, format);
	if (pipeline->header.open.length > 0) {
		format->open = pipeline->header.open.bytes;
		format->close = pipeline->header.close.bytes;
		format->separator = pipeline->context->config->encode.pretty ? ",\n\t\t" : ",";
	}
}

uint32_t pipeline_object_max(const struct pipeline_config *config)
{
	uint32_t most = config->store.max_flows_per_object, waiting = config->store.max_flow_array_size;

	if (config->store.type != STORE_BUFFERED)
		return UINT32_MAX;
	if (waiting > 0 && waiting < most)
		most = waiting;
	return most > 0 ? most : 1;
}

uint32_t pipeline_slice_max(const struct pipeline_config *config)
{
	uint32_t most = pipeline_object_max(config);

	return most < SLICE_MAX ? most : SLICE_MAX;
}

int pipeline_push(struct pipeline *pipeline, struct batch *batch, struct err *err)
{
	struct stage *first = pipeline->stages[0];

	return batch->kept_count > 0 ? first->type->push(first, batch, err) : 0;
}

int64_t pipeline_next_due(const struct pipeline *pipeline)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < pipeline->count; i++) {
		const struct stage *stage = pipeline->stages[i];
		int64_t stage_due = stage->type->next_due != NULL ? stage->type->next_due(stage) : INT64_MAX;

		if (stage_due < due)
			due = stage_due;
	}
	return due;
}

int pipeline_timer(struct pipeline *pipeline, int64_t now_ns, int64_t now_ms, struct err *err)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct stage *stage = pipeline->stages[i];
		int error = 0;

		if (stage->type->timer != NULL && stage->type->next_due(stage) <= now_ns)
			error = stage->type->timer(stage, now_ns, now_ms, err);
		if (error != 0)
			return error;
	}
	return 0;
}

int pipeline_flush(struct pipeline *pipeline, int64_t now_ns, int64_t now_ms, struct err *err)
{
	for (unsigned i = 0; i < pipeline->count; i++) {
		struct stage *stage = pipeline->stages[i];
		int error = stage->type->flush != NULL ? stage->type->flush(stage, now_ns, now_ms, err) : 0;

		if (error != 0)
			return error;
	}
	return 0;
}
