/* What happens to the pipelines that are served, and what follows from it in the store; samples of their figures. */
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/store/revisions.h"
#include "supervisor/subscription.h"

enum { FAILED_STARTS = 3, KEEP_SAMPLES = 40 };

static void tell(const struct served *served, const char *what, int error, const struct err *err)
{
	if (error != 0)
		log_error("%s/%s: %s: %s", served->tenant, served->name, what, err->message);
}

/* A stop that was kept is in its account now, unless it is still to come. */
static void forget_stop(struct served *served)
{
	struct err err;
	int error;

	if (!served->stop_kept || pipeline_owes_stop(served->pipeline))
		return;
	error = store_pipeline_order_stop(served->serve->store, served->id, NULL, &err);
	served->stop_kept = error != 0;
	tell(served, "forgetting a stop", error, &err);
}

static void was_ready(struct served *served)
{
	struct store *store = served->serve->store;
	struct err err;

	forget_stop(served);
	if (served->proven)
		return;
	served->proven = true;
	tell(served, "noting that it is ready", store_revision_set_result(store, served->id, served->revision, STORE_READY,
		&err), &err);
}

/* A copy of the last revision that was ready, as a new one. */
static int restore(struct served *served, const struct store_pipeline *row, struct arena *arena, struct err *err)
{
	struct serve *serve = served->serve;
	struct store_put_result result;
	int error = store_pipeline_restore(serve->store, NULL, served->id, row->last_good, NULL,
		"restored: the revision before never became ready", &result, arena, err);

	if (error != 0)
		return error;
	snprintf(served->fallback, sizeof(served->fallback), "revision %" PRId64 " never became ready (%.200s); revision %"
		PRId64 " runs again as %" PRId64, row->revision, pipeline_last_error(served->pipeline), row->last_good,
		result.pipeline.revision);
	log_warn("%s/%s: %s", served->tenant, served->name, served->fallback);
	return served_apply(served, &result.pipeline, err);
}

/* Nobody wrote it: what was restored and does not become ready either has other trouble. */
static bool was_restored(struct served *served, int64_t number, struct arena *arena)
{
	struct store_revision revision;

	return store_revision_get(served->serve->store, served->id, number, &revision, arena, NULL) == 0 &&
		revision.restored_from != 0;
}

static void fall_back(struct served *served)
{
	struct serve *serve = served->serve;
	struct store_pipeline row;
	struct arena arena;
	struct err err;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipeline_get_id(serve->store, served->id, &row, &arena, &err);
	if (error == 0)
		error = store_revision_set_result(serve->store, served->id, row.revision, STORE_NEVER_READY, &err);
	served->judged = error == 0;
	if (error == 0 && row.running && row.last_good != 0 && row.last_good != row.revision &&
		!was_restored(served, row.revision, &arena)) {
		error = restore(served, &row, &arena, &err);
		if (error == 0)
			error = pipeline_start(served->pipeline, &err);
	}
	tell(served, "restoring the last good revision", error, &err);
	arena_fini(&arena);
}

/* What was restored once is not restored again: its trouble is another. */
static void was_not_ready(struct served *served, bool final)
{
	if (served->proven || served->judged || served->fallback[0] != '\0')
		return;
	served->failed_starts++;
	if (final || served->failed_starts >= FAILED_STARTS)
		fall_back(served);
}

/* What happens to a worker that ends for another to follow says nothing of the revision that follows. */
static void judge_revision(struct served *served, enum life_event event)
{
	if (pipeline_state(served->pipeline) == PIPELINE_DRAINING)
		return;
	if (event == LIFE_READY)
		was_ready(served);
	else if ((event == LIFE_REFUSED || event == LIFE_GIVEN_UP || event == LIFE_ENDED) &&
		pipeline_wanted(served->pipeline) && pipeline_ended_starting(served->pipeline))
		was_not_ready(served, event != LIFE_ENDED);
}

void served_changed(struct fleet *fleet, struct pipeline *pipeline, enum life_event event)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	struct served *served = served_find(serve, pipeline_id(pipeline));

	if (serve->api != NULL)
		api_server_changed(serve->api);
	if (served == NULL || serve->stopping)
		return;
	event_of_state(served);
	served_time_event(served, event);
	judge_revision(served, event);
	if (event == LIFE_DRAINED || event == LIFE_DRAINED_WANTED || event == LIFE_DRAINED_FAILED)
		forget_stop(served);
	upgrade_go_on(serve);
}

/* ---- figures ---- */

/* One that has given up for want of a secret tries again: the secret may be there now. */
static void try_again(struct served *served)
{
	struct err err;

	if (served->config_error[0] != '\0' && pipeline_wanted(served->pipeline) && pipeline_over(served->pipeline) &&
		served_prepare(&served->serve->fleet, served->pipeline, &err) == 0)
		pipeline_start(served->pipeline, &err);
}

void served_sample(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;

	event_sources_look(serve);
	if (++serve->sample_rounds % KEEP_SAMPLES == 0)
		served_time_keep(serve);
	for (size_t i = 0; i < serve->fleet.subscription_count; i++)
		subscription_sample(serve->fleet.subscriptions[i], loop_now(serve->loop));
	for (size_t i = 0; i < serve->served_count; i++) {
		struct served *served = serve->served[i];
		struct sample *sample = &served->samples[served->sample_count++ % SAMPLES];
		struct worker_figures figures;
		const struct account *account = &figures.account;
		int64_t started_ms;

		process_meter_look(&served->meter, pipeline_worker(served->pipeline, &started_ms), loop_now(serve->loop));
		pipeline_figures(served->pipeline, &figures);
		*sample = (struct sample){ .at_ns = loop_now(serve->loop),
			.passed = account->passed, .lag = pipeline_lag(served->pipeline, &figures), .written = account->written,
			.lost = account_lost(account), .capture = account->excluded_capture, .records = account->records_out };
		sample->left = sample->written + sample->lost + account->excluded_tag + account->excluded_started +
			account->excluded_rule;
		try_again(served);
		event_of_flow_state(served);
	}
	loop_timer_set(serve->loop, timer, loop_now(serve->loop) + SAMPLE_S * NS_PER_S, NULL);
}
