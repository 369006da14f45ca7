/* An import's transaction. The store checks what only it can: who has a host_id, how many pipelines a tenant may have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/transfer/transfer.h"
#include "supervisor/store/tenants.h"

/* One attempt. */
struct attempt {
	struct import *import;
	struct store *store;
	struct store_change change;
	struct arena arena;           /* of an item */
	unsigned wanted;              /* pipelines that are desired to run */
};

/* The store has failed, or there is no memory: nothing more is tried. */
static int failed(struct attempt *attempt, int error, const struct err *err)
{
	ops_failed(&attempt->import->answer, error, err);
	return error == ERR_BUSY ? ERR_IO : error;
}

/* ---- what others have done meanwhile ---- */

static int look_again(struct attempt *attempt, struct import_item *item, bool *changed)
{
	struct store_pipeline row;
	struct err err;
	int error = store_pipeline_get(attempt->store, item->tenant, item->name, &row, &attempt->arena, &err);
	bool same = error == ERR_NOT_FOUND ? !item->known
		: error == 0 && item->known && strcmp(row.etag, item->etag) == 0 && row.running == item->was_running;

	arena_reset(&attempt->arena);
	if (error != 0 && error != ERR_NOT_FOUND)
		return failed(attempt, error, &err);
	if (!same) {
		snprintf(item->etag, sizeof(item->etag), "?");
		*changed = true;
	}
	return 0;
}

static int check_changes(struct attempt *attempt)
{
	struct import_items *items = &attempt->import->items;
	bool changed = false;
	int error = 0;

	for (size_t i = 0; i < items->count && error == 0; i++) {
		if (items->list[i].kind == TRANSFER_PIPELINE && items->list[i].valid)
			error = look_again(attempt, &items->list[i], &changed);
	}
	return error != 0 ? error : changed ? ERR_BUSY : 0;
}

/* ---- tenants ---- */

/* One with a mistake is made all the same, for what is said of its pipelines: nothing of this is kept. */
static int store_tenant(struct attempt *attempt, struct import_item *item)
{
	const struct store_tenant tenant = { .name = item->name, .display_name = item->valid ? item->display_name : NULL,
		.limits = item->valid ? item->limits : NULL };
	struct err err;
	int error = store_tenant_put(attempt->store, &attempt->change, &tenant, &item->outcome, &err);

	return error == 0 ? 0 : failed(attempt, error, &err);
}

/* ---- pipelines ---- */

static bool changes_host_id(const struct import_item *item, const struct store_pipeline *row)
{
	if (row->host_id_used[0] == '\0')
		return false;
	/* what is not known may be anything */
	if (item->host_id == NULL || strcmp(item->host_id, row->host_id) != 0)
		return true;
	return item->auto_host_id != NULL && strcmp(item->auto_host_id, row->host_id_used) != 0;
}

/* Those that change their host_id give up the old one before anybody takes a new one: they may change them among each other.
 * Behind that, what nobody took is reserved as with any other change. */
static int change_hands(struct attempt *attempt, struct import_item *item, bool give)
{
	struct store_pipeline row;
	struct err err;
	int error = store_pipeline_get(attempt->store, item->tenant, item->name, &row, &attempt->arena, &err);

	if (give && error == 0 && changes_host_id(item, &row)) {
		item->old_host_id = strdup(row.host_id_used);
		error = store_host_id_give_up(attempt->store, row.id, &err);
	} else if (!give && error == 0 && item->old_host_id != NULL) {
		error = store_host_id_reserve(attempt->store, row.id, item->old_host_id, &err);
	}
	arena_reset(&attempt->arena);
	return error == 0 || error == ERR_NOT_FOUND ? 0 : failed(attempt, error, &err);
}

static enum action action_of(const struct import_item *item)
{
	if (item->wanted != item->was_running)
		return item->wanted ? ACTION_START : ACTION_STOP;
	return item->wanted && item->new_revision ? ACTION_RESTART : ACTION_NONE;
}

/* Where its worker ends, kept before it is told (ops_write.c). */
static int store_end(struct attempt *attempt, struct import_item *item, struct err *err)
{
	struct serve *serve = attempt->import->serve;
	const struct served *served = served_find(serve, item->id);
	struct store_stop stop;

	if (item->known && item->wanted != item->was_running) {
		if (served != NULL)
			pipeline_stop_point(served->pipeline, &item->stop);
		return ops_store_desired(serve, &attempt->change, item->id, item->wanted, &item->stop, err);
	}
	if (served == NULL || !item->moves || !item->new_revision)
		return 0;
	pipeline_stop_point(served->pipeline, &item->stop);
	if (item->stop.epoch == 0)
		return 0;
	stop = (struct store_stop){ item->stop.epoch, item->stop.sequence };
	return store_pipeline_order_stop(attempt->store, item->id, &stop, err);
}

/* What the store refuses is told with the document, and the others go on. One with mistakes is stored as well, for what is
 * said of the others: nothing of this is kept. */
static int put(struct attempt *attempt, struct import_item *item, struct api_answer *found)
{
	const struct api_request request = import_request(attempt->import, item);
	struct store_claim claims[DEMANDS_CLAIMS];
	const struct store_put put = { .tenant = item->tenant, .name = item->name, .config = item->config,
		.claims = claims, .claim_count = DEMANDS_CLAIMS,
		.digest = item->digest, .secrets = item->secrets, .secret_count = item->secret_count, .host_id = item->host_id,
		.auto_host_id = item->auto_host_id, .description = item->description, .labels = item->labels,
		.limits = item->limits, .summary = item->summary,
		.desired = item->known ? STORE_KEEP_STATE : item->wanted ? STORE_RUN : STORE_STOP };
	struct store_put_result result;
	struct err err;
	int error;

	demands_claims(&item->demands, claims);
	error = store_pipeline_put(attempt->store, &attempt->change, &put, &result, &attempt->arena, &err);

	if (error != 0 && result.refusal.kind != STORE_NOT_REFUSED) {
		ops_refused(found, &request, &result.refusal, "/config");
		return 0;
	}
	item->new_revision = result.new_revision;
	item->outcome = result.outcome;
	if (error == 0) {
		snprintf(item->id, sizeof(item->id), "%s", result.pipeline.id);
		item->action = action_of(item);
	}
	if (error == 0 && item->valid)
		error = store_end(attempt, item, &err);
	if (error == 0 && item->action != ACTION_NONE && item->outcome == STORE_UNCHANGED)
		item->outcome = STORE_CHANGED;
	return error == 0 ? 0 : failed(attempt, error, &err);
}

/* 0 also where something is wrong, which is in *found then, or *there false: a document that nobody could read may be that
 * of the tenant. */
static int check_tenant(struct attempt *attempt, const struct import_item *item, bool *there, struct api_answer *found)
{
	struct store_tenant tenant;
	struct err err;
	int error = store_tenant_get(attempt->store, item->tenant, &tenant, &attempt->arena, &err);

	*there = error == 0;
	if (error == 0)
		ops_check_demands(attempt->import->serve, tenant.limits, &item->demands, "/config", found);
	else if (error != ERR_NOT_FOUND)
		return failed(attempt, error, &err);
	else if (!attempt->import->nameless)
		answer_error(found, &(struct api_error){ .pointer = "/tenant", .code = "tenant.missing" },
			"there is no tenant %s, and no document of it", item->tenant);
	return 0;
}

/* As ops_check_workers() for one that starts. */
static void count_worker(struct attempt *attempt, const struct import_item *item, struct api_answer *found)
{
	if (item->action == ACTION_STOP)
		attempt->wanted--;
	if (item->action == ACTION_START)
		ops_check_workers(attempt->import->serve, attempt->wanted++, "/desired_state", found);
}

static int store_pipeline(struct attempt *attempt, struct import_item *item)
{
	struct api_answer found = { 0 };
	bool there;
	int error;

	if (item->tenant[0] == '\0')
		return 0;
	error = check_tenant(attempt, item, &there, &found);
	if (error == 0 && there && item->config != NULL)
		error = put(attempt, item, &found);
	if (error == 0)
		count_worker(attempt, item, &found);
	arena_reset(&attempt->arena);
	import_tell(attempt->import, item, &found);
	return error;
}

/* ---- all ---- */

static int for_each(struct attempt *attempt, enum transfer_kind kind, bool all,
	int (*call)(struct attempt *attempt, struct import_item *item))
{
	struct import_items *items = &attempt->import->items;
	int error = 0;

	for (size_t i = 0; i < items->count && error == 0; i++) {
		struct import_item *item = &items->list[i];

		if (item->kind == kind && (item->valid || (all && item->name[0] != '\0')))
			error = call(attempt, item);
	}
	return error;
}

static int give_up(struct attempt *attempt, struct import_item *item)
{
	return change_hands(attempt, item, true);
}

static int reserve(struct attempt *attempt, struct import_item *item)
{
	return change_hands(attempt, item, false);
}

static int forget_attempt(struct attempt *attempt, struct import_item *item)
{
	(void)attempt;
	free(item->old_host_id);
	item->old_host_id = NULL;
	item->outcome = STORE_UNCHANGED;
	item->action = ACTION_NONE;
	item->stop = (struct pipeline_stop){ 0 };
	return 0;
}

static unsigned wanted_behind(const struct import *import)
{
	unsigned wanted = ops_wanted(import->serve);

	for (size_t i = 0; i < import->gone.count; i++) {
		const struct served *served = served_find(import->serve, import->gone.list[i].id);

		wanted -= served != NULL && pipeline_wanted(served->pipeline);
	}
	return wanted;
}

/* What goes makes room for what comes; a document that could not be read may be of something that is to stay. */
static int store_all(struct attempt *attempt)
{
	struct import *import = attempt->import;
	bool prune = import->prune && !import->nameless;
	int error = check_changes(attempt);

	import_items_fini(&import->gone);
	for_each(attempt, TRANSFER_TENANT, true, forget_attempt);
	for_each(attempt, TRANSFER_PIPELINE, true, forget_attempt);
	if (error == 0 && prune)
		error = import_prune_pipelines(import, &attempt->change);
	attempt->wanted = wanted_behind(import);
	if (error == 0)
		error = for_each(attempt, TRANSFER_TENANT, true, store_tenant);
	if (error == 0)
		error = for_each(attempt, TRANSFER_PIPELINE, true, give_up);
	if (error == 0)
		error = for_each(attempt, TRANSFER_PIPELINE, true, store_pipeline);
	if (error == 0)
		error = for_each(attempt, TRANSFER_PIPELINE, false, reserve);
	if (error == 0 && prune)
		error = import_prune_tenants(import, &attempt->change);
	return error;
}

int import_store(struct import *import)
{
	struct attempt attempt = { .import = import, .store = import->serve->store };
	struct err err;
	int error = store_group_begin(attempt.store, &err), ended;
	bool keep;

	if (error != 0)
		return failed(&attempt, error, &err);
	ops_change_by(&import->caller, import->address, import->request_id, &attempt.change);
	attempt.change.detail = IMPORT_DETAIL;
	arena_init(&attempt.arena, SERVE_ARENA);
	error = store_all(&attempt);
	arena_fini(&attempt.arena);
	keep = error == 0 && import->errors == 0 && !import->dry_run &&
		(import->drain_until_ns != 0 || !import_must_drain(import));
	ended = store_group_end(attempt.store, keep, &err);
	if (error == 0 && keep && ended != 0)
		error = failed(&attempt, ended, &err);
	import->stored = error == 0 && keep;
	return error;
}
