#include "supervisor/serve/figures/status.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/json_parse.h"
#include "supervisor/process.h"
#include "supervisor/serve/figures/connection.h"
#include "supervisor/serve/figures/memory_use.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/serve.h"

enum { STATUS_SHORT_MAX = 1 << 20 };

/* A tenant's tokens see what is the pipeline's own: the rest of an analyzer's flows is other tenants' traffic. */
static uint64_t hidden(const struct account *account, const struct api_caller *caller)
{
	return caller->role == API_ROLE_ADMIN ? 0 : account->excluded_capture;
}

uint64_t status_seen(const struct account *account, const struct api_caller *caller)
{
	return account->passed - hidden(account, caller);
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* seen = excluded + lost + waiting + written */
static json_t *counters(const struct worker_figures *figures, uint64_t lag, const struct api_caller *caller)
{
	const struct account *a = &figures->account;

	return json_pack("{so s{so so so so} so s{so so so} s{so so so so} so so so so so}", "flows_seen",
		number(status_seen(a, caller) + lag), "flows_excluded", "capture",
		number(a->excluded_capture - hidden(a, caller)), "tag", number(a->excluded_tag), "started",
		number(a->excluded_started), "rule", number(a->excluded_rule), "flows_written", number(a->written),
		"flows_waiting", "ring", number(lag), "state", number(a->waiting_state), "spool", number(a->waiting_spool),
		"flows_lost", "ring", number(a->lost_ring), "overflow", number(a->lost_overflow), "spool",
		number(a->lost_spool), "error", number(a->lost_error), "records_out", number(a->records_out), "records_written",
		number(a->records_written), "records_unresolved", number(a->records_unresolved), "objects_written",
		number(a->objects_written), "bytes_written", number(a->bytes_written));
}

/* ---- the whole ---- */

/* In hundredths: it is made of the kernel's ticks of 10 ms. Null before the process has run from one sample to the next. */
static json_t *cpu_percent(const struct process_meter *meter, pid_t pid)
{
	return meter->pid == pid && meter->percent >= 0 ? json_real((double)(int64_t)(meter->percent * 100 + 0.5) / 100)
							  : json_null();
}

/* The kernel takes some time to count memory: it is asked at once, or not again before some seconds have passed, and then not
 * for all workers in the same moment. */
static const struct memory_use *memory_of(struct served *served, pid_t pid, bool fresh)
{
	struct memory_look *look = &served->memory;
	int64_t now_ns = clock_boottime_ns(), good_ns = (SAMPLE_S + pid % SAMPLE_S) * NS_PER_S;

	if (fresh || look->pid != pid || now_ns - look->at_ns >= good_ns) {
		look->pid = memory_use(pid, &look->use) ? pid : 0;
		look->at_ns = now_ns;
	}
	return look->pid == pid ? &look->use : NULL;
}

static void put_process(json_t *object, struct served *served, pid_t pid, bool fresh)
{
	const struct memory_use *use = memory_of(served, pid, fresh);
	struct process_figures figures;

	if (use != NULL) {
		json_object_set_new(object, "private_bytes", number(use->private_bytes));
		json_object_set_new(object, "rss_bytes", number(use->rss_bytes));
	}
	if (process_read(pid, &figures))
		json_object_set_new(object, "cpu_seconds", json_real((double)figures.cpu_us / 1e6));
	json_object_set_new(object, "cpu_percent", cpu_percent(&served->meter, pid));
}

/* What its worker was told, which holds until the next one; without a worker what that will be. */
static uint64_t spool_limit(const struct served *served)
{
	int64_t started_ms;

	return pipeline_worker(served->pipeline, &started_ms) != 0 ? pipeline_quota(served->pipeline)
								    : served_quota(&served->serve->fleet, served->pipeline);
}

static json_t *spool(const struct served *served, const struct worker_figures *figures)
{
	uint64_t objects, flows, limit = spool_limit(served);

	pipeline_unsent(served->pipeline, &objects, &flows);
	return json_pack("{so so so so so}", "objects", number(objects), "bytes", number(figures->spool_bytes), "flows",
		number(flows), "oldest_at", ops_time(figures->oldest_ms), "limit_bytes", limit != 0 ? number(limit) : json_null());
}

static json_t *restarts(const struct served *served)
{
	struct rusage usage;
	unsigned total, recent;
	int64_t next_ns = pipeline_next_start(served->pipeline, &recent);

	pipeline_usage(served->pipeline, &usage, &total);
	return json_pack("{si si so}", "total", (int)total, "recent", (int)recent, "next_at",
		ops_time_due(next_ns));
}

static json_t *last_error(const struct served *served)
{
	struct pipeline_error error;

	pipeline_error(served->pipeline, &error);
	if (error.code[0] == '\0')
		return json_null();
	return json_pack("{ss so so sb}", "code", error.code, "message", ops_text(error.message), "at", ops_time(error.at_ms),
		"current", (int)error.current);
}

/* Why it does not run; NULL: it does, or will. */
static json_t *stopped_reason(const struct store_pipeline *row, const struct served *served)
{
	enum pipeline_state state = pipeline_state(served->pipeline);

	if (served->config_error[0] != '\0' && row->running)
		return ops_text(served->config_error);
	if (state == PIPELINE_FAILED)
		return ops_text(pipeline_last_error(served->pipeline));
	return state == PIPELINE_STOPPED ? json_string("it is desired to be stopped") : json_null();
}

static json_t *ring(const struct served *served, const struct api_caller *caller)
{
	const struct subscription *subscription = pipeline_subscription(served->pipeline);

	return subscription != NULL ? connection_ring(served->serve, caller, subscription) : json_null();
}

static void put_details(json_t *status, const struct store_pipeline *row, const struct served *served,
	const struct worker_figures *figures, uint64_t lag, const struct api_caller *caller)
{
	json_object_set_new(status, "labels", ops_json(row->labels));
	json_object_set_new(status, "route", status_route(served));
	json_object_set_new(status, "stopped_reason", stopped_reason(row, served));
	json_object_set_new(status, "conditions", status_conditions(served));
	json_object_set_new(status, "restarts", restarts(served));
	json_object_set_new(status, "last_error", last_error(served));
	json_object_set_new(status, "counters", counters(figures, lag, caller));
	json_object_set_new(status, "rates", status_rates(served, caller));
	json_object_set_new(status, "ring", ring(served, caller));
	json_object_set_new(status, "spool", spool(served, figures));
}

/* It begins as in lists. */
static json_t *short_status(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller)
{
	struct buffer text;
	json_t *status = NULL;

	buffer_init(&text, STATUS_SHORT_MAX);
	if (status_append(&text, row, served, caller) == 0)
		status = json_parse(text.bytes, text.length, 0, NULL);
	buffer_fini(&text);
	return status;
}

json_t *status_of(const struct store_pipeline *row, struct served *served, const struct api_caller *caller,
	enum status_detail detail)
{
	json_t *status = short_status(row, served, caller);
	json_t *worker = json_object_get(status, "worker");
	struct worker_figures figures;
	int64_t started_ms;

	if (served == NULL || detail == STATUS_SHORT)
		return status;
	pipeline_figures(served->pipeline, &figures);
	if (json_is_object(worker))
		put_process(worker, served, pipeline_worker(served->pipeline, &started_ms), detail == STATUS_FRESH);
	put_details(status, row, served, &figures, status_lag(served, &figures, caller), caller);
	json_object_set_new(status, "samples", status_samples(served, caller, detail == STATUS_FIGURES ? 1 : SAMPLES));
	return status;
}

json_t *status_pipeline(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller)
{
	struct buffer text;
	json_t *object = NULL;

	buffer_init(&text, STATUS_SHORT_MAX + SERVE_ARENA);
	if (status_append_pipeline(&text, row, served, caller, true) == 0)
		object = json_parse(text.bytes, text.length, 0, NULL);
	buffer_fini(&text);
	return object;
}
