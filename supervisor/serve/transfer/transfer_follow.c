/* What an import has stored, made true: a pipeline at a time. Between the two anybody may have written the same pipeline, so
 * it is what is stored now that is followed. */
#include "common/log.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/transfer/transfer.h"

void import_serve(struct import *import)
{
	for (size_t i = 0; i < import->items.count; i++) {
		const struct import_item *item = &import->items.list[i];
		const struct store_pipeline row = { .id = item->id, .tenant = item->tenant, .name = item->name };
		struct served *served;
		struct err err;

		if (item->kind == TRANSFER_PIPELINE && item->outcome == STORE_CREATED &&
			served_add(import->serve, &row, &served, &err) != 0)
			log_error("%s/%s: %s", item->tenant, item->name, err.message);
	}
}

/* What runs is to have this revision: another worker, unless none runs. */
static void renew(struct served *served, const struct import_item *item)
{
	if (pipeline_over(served->pipeline))
		ops_follow(served, true, &item->stop, -1, false);
	else
		pipeline_replace(served->pipeline, &item->stop, served_deadline(served->serve, -1));
}

static void follow(struct served *served, const struct import_item *item, const struct store_pipeline *row)
{
	bool changed = served->revision != row->revision;
	bool wanted = pipeline_wanted(served->pipeline);
	struct err err;
	int error;

	if (changed)
		served->fallback[0] = '\0';
	error = served_apply(served, row, &err);
	/* shown with the pipeline, and tried again; what lacks its secrets is as it should be */
	if (error != 0 && row->running)
		log_error("%s/%s: %s", row->tenant, row->name, err.message);
	served->stop_kept = served->stop_kept || row->stop_ordered;
	if (row->running != wanted)
		ops_follow(served, row->running, &item->stop, -1, false);
	else if (wanted && changed && error == 0)
		renew(served, item);
}

static void follow_stored(struct serve *serve, const struct import_item *item)
{
	struct served *served = served_find(serve, item->id);
	struct store_pipeline row;
	struct arena arena;
	struct err err;

	arena_init(&arena, SERVE_ARENA);
	if (served != NULL && store_pipeline_get_id(serve->store, item->id, &row, &arena, &err) == 0)
		follow(served, item, &row);
	arena_fini(&arena);
}

void import_follow(struct import *import, struct import_item *item)
{
	struct served *served;

	if (item->kind != TRANSFER_PIPELINE)
		return;
	if (item->place.number != 0) {
		if (item->outcome != STORE_UNCHANGED)
			follow_stored(import->serve, item);
		return;
	}
	served = served_find(import->serve, item->id);
	if (served != NULL)
		served_remove(&served);
}
