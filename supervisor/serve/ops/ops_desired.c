/* What a pipeline is desired to be, and what that makes of its process. */
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"

void ops_follow(struct served *served, bool running, const struct pipeline_stop *stop, int64_t drain_timeout_ms,
	bool force)
{
	struct err err;

	served->stop_kept = served->stop_kept || (!running && stop->epoch != 0);
	if (running) {
		tickets_overtake(served->serve, served->id);
		pipeline_start(served->pipeline, &err);
	} else if (force && !pipeline_over(served->pipeline)) {
		/* with nothing to stop at, what was owed before stays owed */
		if (stop->epoch != 0)
			pipeline_owe_stop(served->pipeline, stop);
		pipeline_kill(served->pipeline);
	} else {
		pipeline_stop(served->pipeline, stop, served_deadline(served->serve, drain_timeout_ms));
	}
}

int ops_store_desired(struct serve *serve, const struct store_change *change, const char *id, bool running,
	const struct pipeline_stop *stop, struct err *err)
{
	const struct store_stop kept = { stop->epoch, stop->sequence };

	return store_pipeline_set_desired(serve->store, change, id, running, !running && stop->epoch != 0 ? &kept : NULL, NULL,
		err);
}

int ops_set_desired(struct serve *serve, const struct store_change *change, struct served *served, bool running,
	int64_t drain_timeout_ms, bool force, struct err *err)
{
	struct pipeline_stop stop;
	int error;

	if (running && served->config == NULL)
		return err_set(err, ERR_CONFIG, "%s", served->config_error);
	pipeline_stop_point(served->pipeline, &stop);
	error = ops_store_desired(serve, change, served->id, running, &stop, err);
	if (error != 0 || change->dry_run)
		return error;
	ops_follow(served, running, &stop, drain_timeout_ms, force);
	return 0;
}
