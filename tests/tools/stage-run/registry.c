/* The stages of the pipelines that are run: the worker's, with a store in front that shows each record before it does
 * what it always does, and if wanted a transform of the tool's own. The linker puts this table in place of the worker's
 * (--wrap=stage_registry). */
#include <stdio.h>
#include <stdlib.h>

#include "common/config/pipeline_config.h"
#include "flow_log_transform.h"
#include "run.h"
#include "worker/batch.h"
#include "worker/record.h"
#include "worker/stages/stages.h"

enum { STAGES_MAX = 64 };

extern const struct stage_type *__wrap_stage_registry[STAGES_MAX];
extern const struct stage_type *const __real_stage_registry[];

const struct stage_type *__wrap_stage_registry[STAGES_MAX];

static struct stage_type shown_store;

static int show_and_push(struct stage *stage, struct batch *batch, struct err *err)
{
	for (uint32_t i = 0; i < batch->record_count; i++) {
		const struct record *record = &batch->records[i];

		run_take_record(stage->context->owner, record->tag, record->flows, batch->encoded + record->offset,
			record->length);
	}
	return stage_store.push(stage, batch, err);
}

void registry_fill(bool flow_log)
{
	unsigned count = 0;

	shown_store = stage_store;
	shown_store.push = show_and_push;
	if (flow_log)
		__wrap_stage_registry[count++] = &stage_transform_flow_log;
	__wrap_stage_registry[count++] = &shown_store;
	for (const struct stage_type *const *type = __real_stage_registry; *type != NULL; type++) {
		if (count == STAGES_MAX - 1) {
			fprintf(stderr, "stage-run: more stages than there is room for\n");
			exit(1);
		}
		__wrap_stage_registry[count++] = *type;
	}
}
