/* Desired state, ordered stops, deletion. */
#include "supervisor/store/pipeline_rows.h"

static int write_stop(struct store *store, enum statement which, const char *id, int running,
	const struct store_stop *stop, struct err *err)
{
	struct query query = query_begin(store, which, NULL);

	query_text(&query, id);
	if (which == SQL_PIPELINE_SET_DESIRED)
		query_number(&query, running);
	if (stop != NULL) {
		query_number(&query, (int64_t)stop->epoch);
		query_number(&query, (int64_t)stop->sequence);
	} else {
		query_null(&query);
		query_null(&query);
	}
	return query_run(&query, err);
}

static bool same_stop(const struct store_pipeline *pipeline, const struct store_stop *stop)
{
	return stop == NULL || (pipeline->stop_ordered && pipeline->stop.epoch == stop->epoch
		&& pipeline->stop.sequence == stop->sequence);
}

/* Inside the transaction. */
static int set_desired(struct store *store, const struct store_change *change, const char *id, bool running,
	const struct store_stop *stop, int *outcome, struct arena *arena, struct err *err)
{
	struct store_pipeline pipeline;
	int error = store_pipeline_get_id(store, id, &pipeline, arena, err);

	if (error != 0 || (pipeline.running == running && same_stop(&pipeline, stop)))
		return error;
	error = write_stop(store, SQL_PIPELINE_SET_DESIRED, id, running, stop, err);
	if (error == 0 && running)
		error = deletion_forget(store, id, err);
	if (error != 0 || pipeline.running == running)
		return error;
	if (outcome != NULL)
		*outcome = STORE_CHANGED;
	return audit_write(store, change, pipeline.tenant, running ? "pipeline.start" : "pipeline.stop", pipeline.name, err);
}

int store_pipeline_set_desired(struct store *store, const struct store_change *change, const char *id, bool running,
	const struct store_stop *stop, int *outcome, struct err *err)
{
	struct arena arena;
	int error = txn_begin(store, err);

	if (outcome != NULL)
		*outcome = STORE_UNCHANGED;
	if (error != 0)
		return error;
	arena_init(&arena, 1 << 20);
	error = txn_end(store, change, set_desired(store, change, id, running, stop, outcome, &arena, err), err);
	arena_fini(&arena);
	return error;
}

int store_pipeline_order_stop(struct store *store, const char *id, const struct store_stop *stop, struct err *err)
{
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	error = write_stop(store, SQL_PIPELINE_ORDER_STOP, id, 0, stop, err);
	if (error == 0 && sqlite3_changes(store->db) == 0)
		error = pipeline_missing(id, NULL, err);
	return txn_end(store, NULL, error, err);
}

static int delete_pipeline(struct store *store, const struct store_change *change, const char *id,
	const char *if_match, struct store_refusal *refusal, struct arena *arena, struct err *err)
{
	struct store_pipeline pipeline;
	struct query query;
	int error = store_pipeline_get_id(store, id, &pipeline, arena, err);

	if (error == ERR_NOT_FOUND)
		return pipeline_missing(id, refusal, err);
	if (error == 0)
		error = pipeline_match(&pipeline, if_match, refusal, err);
	if (error != 0)
		return error;
	query = query_begin(store, SQL_PIPELINE_DELETE, NULL);
	query_text(&query, id);
	error = query_run(&query, err);
	if (error != 0)
		return error;
	return audit_write(store, change, pipeline.tenant, "pipeline.delete", pipeline.name, err);
}

int store_pipeline_delete(struct store *store, const struct store_change *change, const char *id, const char *if_match,
	struct store_refusal *refusal, struct err *err)
{
	struct arena arena;
	int error = txn_begin(store, err);

	if (error != 0)
		return error;
	arena_init(&arena, 1 << 20);
	error = txn_end(store, change, delete_pipeline(store, change, id, if_match, refusal, &arena, err), err);
	arena_fini(&arena);
	return error;
}
