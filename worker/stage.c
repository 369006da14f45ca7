#include "worker/stage.h"

#include "worker/batch.h"
#include "worker/spool.h"

/* Before the transform a batch is what it keeps, after it the records made of it. */
static uint32_t left_in(const struct batch *batch, enum phase next)
{
	return next <= PHASE_TRANSFORM ? batch->kept_count : batch->record_count;
}

int stage_next(struct stage *stage, struct batch *batch, struct err *err)
{
	struct stage *next = stage->next;

	if (next == NULL || left_in(batch, next->type->phase) == 0)
		return 0;
	return next->type->push(next, batch, err);
}

struct account *stage_account(struct stage *stage)
{
	return spool_account(stage->context->spool);
}

const struct record_format *stage_record_format(const struct pipeline_config *config)
{
	for (const struct stage_type *const *type = stage_registry; *type != NULL; type++)
		if ((*type)->phase == PHASE_TRANSFORM && (*type)->wanted(config))
			return (*type)->record_format != NULL ? (*type)->record_format(config) : NULL;
	return NULL;
}
