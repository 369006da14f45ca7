/* What is not in an import's body. It goes as by a DELETE: it writes out what it has first, and where that cannot be done
 * nothing is changed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/transfer/transfer.h"
#include "supervisor/store/tenants.h"

enum { PAGE = 500 };

static int fail(struct import *import, int error, const struct err *err)
{
	ops_failed(&import->answer, error, err);
	return error == ERR_BUSY ? ERR_IO : error;
}

static struct served *served_of(const struct import *import, const struct import_item *item)
{
	return served_find(import->serve, item->id);
}

/* A worker is still at it. */
static bool runs(const struct import *import, const struct import_item *item)
{
	const struct served *served = served_of(import, item);

	return served != NULL && !ops_delete_may_end(served);
}

static int add_gone(struct import *import, enum transfer_kind kind, const char *tenant, const char *name, const char *id)
{
	struct import_item *item = import_items_add(&import->gone);

	if (item == NULL)
		return answer_unavailable(&import->answer, "memory", 1, "no memory for an import");
	item->kind = kind;
	snprintf(item->tenant, sizeof(item->tenant), "%s", tenant);
	snprintf(item->name, sizeof(item->name), "%s", name);
	snprintf(item->id, sizeof(item->id), "%s", id);
	return 0;
}

/* ---- pipelines ---- */

static int find_page(struct import *import, char *after, size_t size)
{
	struct store_pipelines page;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipelines_list(import->serve->store, NULL, after[0] != '\0' ? after : NULL, PAGE, false, &page, &arena,
		&err);
	if (error != 0)
		fail(import, error, &err);
	for (size_t i = 0; error == 0 && i < page.count; i++) {
		snprintf(after, size, "%s/%s", page.items[i].tenant, page.items[i].name);
		if (json_object_get(import->names, after) == NULL)
			error = add_gone(import, TRANSFER_PIPELINE, page.items[i].tenant, page.items[i].name, page.items[i].id);
	}
	if (error != 0 || page.next == NULL)
		after[0] = '\0';
	arena_fini(&arena);
	return error;
}

static void refuse(struct import *import, const struct import_item *item, const struct api_error *error,
	const char *detail)
{
	struct api_answer found = { 0 };

	answer_error(&found, error, "%s/%s is not in the body, and %s", item->tenant, item->name, detail);
	answer_refuse(&found, 409, error->code, "It cannot be deleted.");
	import_tell(import, item, &found);
}

/* Drained or not wanted any more: may it go? */
static void check_unsent(struct import *import, struct import_item *item)
{
	struct served *served = served_of(import, item);
	uint64_t objects, flows;
	char detail[160];

	if (served == NULL)
		return;
	served_recall(served);
	pipeline_unsent(served->pipeline, &objects, &flows);
	if (import->discard && (objects > 0 || flows > 0))
		item->discarded = ops_discarded(served, objects, flows);
	if (import->discard || flows == 0)
		return;
	snprintf(detail, sizeof(detail), "%" PRIu64 " flows in %" PRIu64 " objects of it are not written: start it to write them, "
		"or give ?discard=true", flows, objects);
	refuse(import, item, &(struct api_error){ .pointer = "", .code = "spool.not_empty" }, detail);
}

static int delete_pipeline(struct import *import, const struct store_change *by, struct import_item *item)
{
	struct store_change change = *by;
	char *detail = NULL;
	struct err err;
	int error;

	if (!runs(import, item) || import->discard)
		check_unsent(import, item);
	else if (import->drain_until_ns != 0)
		refuse(import, item, &(struct api_error){ .pointer = "", .code = "pipeline.draining" },
			"has not ended within its time, or was started again");
	if (item->discarded != NULL) {
		json_object_set_new(item->discarded, "import", json_true());
		change.detail = detail = json_dumps(item->discarded, JSON_COMPACT);
	}
	error = store_pipeline_delete(import->serve->store, &change, item->id, NULL, NULL, &err);
	free(detail);
	return error == 0 ? 0 : fail(import, error, &err);
}

int import_prune_pipelines(struct import *import, const struct store_change *change)
{
	char after[2 * API_NAME_SIZE + 2] = "";
	int error;

	do
		error = find_page(import, after, sizeof(after));
	while (error == 0 && after[0] != '\0');
	for (size_t i = 0; error == 0 && i < import->gone.count; i++)
		error = delete_pipeline(import, change, &import->gone.list[i]);
	return error;
}

/* ---- tenants ---- */

/* One that is not in the body, and whose pipelines are, stays. */
static int delete_tenant(struct import *import, const struct store_change *change, const char *name)
{
	struct store_refusal refusal = { 0 };
	struct err err;
	int error = store_tenant_delete(import->serve->store, change, name, false, &refusal, &err);

	if (error == 0)
		return add_gone(import, TRANSFER_TENANT, "", name, "");
	return refusal.kind == STORE_NOT_EMPTY ? 0 : fail(import, error, &err);
}

static int prune_page(struct import *import, const struct store_change *change, char *after, size_t size)
{
	struct store_tenants page;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_tenants_list(import->serve->store, after, PAGE, &page, &arena, &err);
	if (error != 0)
		fail(import, error, &err);
	for (size_t i = 0; error == 0 && i < page.count; i++) {
		snprintf(after, size, "%s", page.items[i].name);
		if (json_object_get(import->names, after) == NULL)
			error = delete_tenant(import, change, after);
	}
	if (error != 0 || page.next == NULL)
		after[0] = '\0';
	arena_fini(&arena);
	return error;
}

int import_prune_tenants(struct import *import, const struct store_change *change)
{
	char after[API_NAME_SIZE] = "";
	int error;

	do
		error = prune_page(import, change, after, sizeof(after));
	while (error == 0 && after[0] != '\0');
	return error;
}

/* ---- draining ---- */

bool import_must_drain(const struct import *import)
{
	for (size_t i = 0; i < import->gone.count && !import->discard; i++) {
		if (runs(import, &import->gone.list[i]))
			return true;
	}
	return false;
}

/* Where it ends is kept before it is told, as with any stop; that it is to run stays. */
static void end(struct import *import, const struct import_item *item)
{
	struct served *served = served_of(import, item);
	struct import_item *ended = import_items_add(&import->ended);
	struct pipeline_stop stop;
	struct err err;
	int error = 0;

	if (ended == NULL)
		return;
	snprintf(ended->id, sizeof(ended->id), "%s", item->id);
	pipeline_stop_point(served->pipeline, &stop);
	if (stop.epoch != 0) {
		const struct store_stop kept = { stop.epoch, stop.sequence };

		error = store_pipeline_order_stop(import->serve->store, item->id, &kept, &err);
	}
	if (error == 0)
		ops_follow(served, false, &stop, -1, false);
	else
		log_error("%s/%s: keeping where it stops: %s", item->tenant, item->name, err.message);
}

bool import_drain_next(struct import *import)
{
	if (import->next == import->gone.count)
		return false;
	if (runs(import, &import->gone.list[import->next]))
		end(import, &import->gone.list[import->next]);
	import->next++;
	return true;
}

bool import_drained(const struct import *import)
{
	for (size_t i = 0; i < import->ended.count; i++) {
		const struct import_item *item = &import->ended.list[i];

		/* one that somebody has started meanwhile need not be waited for: it is not deleted */
		if (runs(import, item) && !pipeline_wanted(served_of(import, item)->pipeline))
			return false;
	}
	return true;
}

static void resume(struct import *import, const struct import_item *item)
{
	struct served *served = served_of(import, item);
	struct store_pipeline row;
	struct arena arena;
	struct err err;

	if (served == NULL || pipeline_wanted(served->pipeline))
		return;
	arena_init(&arena, SERVE_ARENA);
	if (store_pipeline_get_id(import->serve->store, item->id, &row, &arena, &err) == 0 && row.running)
		pipeline_start(served->pipeline, &err);
	arena_fini(&arena);
}

void import_resume(struct import *import)
{
	for (size_t i = 0; i < import->ended.count; i++)
		resume(import, &import->ended.list[i]);
	import_items_fini(&import->ended);
}
