#include "supervisor/serve/status.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "supervisor/process.h"
#include "supervisor/serve/memory_use.h"
#include "supervisor/serve/ops.h"
#include "supervisor/subscription.h"

/* A flow state is judged by this many samples. */
enum { JUDGED = 2 };

static uint64_t lost_flows(const struct account *account)
{
	return account->lost_ring + account->lost_error + account->lost_overflow + account->lost_spool;
}

/* A tenant's tokens see what is the pipeline's own: the rest of an analyzer's flows is other tenants' traffic. */
static uint64_t hidden(const struct account *account, const struct api_caller *caller)
{
	return caller->role == API_ROLE_ADMIN ? 0 : account->excluded_capture;
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
		number(a->passed + lag - hidden(a, caller)), "flows_excluded", "capture",
		number(a->excluded_capture - hidden(a, caller)), "tag", number(a->excluded_tag), "started",
		number(a->excluded_started), "rule", number(a->excluded_rule), "flows_written", number(a->written),
		"flows_waiting", "ring", number(lag), "state", number(a->waiting_state), "spool", number(a->waiting_spool),
		"flows_lost", "ring", number(a->lost_ring), "overflow", number(a->lost_overflow), "spool",
		number(a->lost_spool), "error", number(a->lost_error), "records_out", number(a->records_out), "records_written",
		number(a->records_written), "records_unresolved", number(a->records_unresolved), "objects_written",
		number(a->objects_written), "bytes_written", number(a->bytes_written));
}

/* ---- conditions ---- */

static void add_condition(json_t *list, const char *type, const struct condition *condition)
{
	bool holds = condition == NULL || condition->status;

	json_array_append_new(list, json_pack("{ss sb ss ss}", "type", type, "status", (int)holds, "reason",
		condition != NULL ? condition->reason : "", "message", condition != NULL ? condition->message : ""));
	if (condition != NULL && condition->field[0] != '\0')
		json_object_set_new(json_array_get(list, json_array_size(list) - 1), "field", json_string(condition->field));
}

static const struct condition *find(const struct conditions *conditions, const char *type)
{
	for (size_t i = 0; i < conditions->count; i++) {
		if (strcmp(conditions->items[i].type, type) == 0)
			return &conditions->items[i];
	}
	return NULL;
}

static json_t *conditions(const struct served *served)
{
	static const char *const of_worker[] = { "WorkerReady", "SinkReachable", "SpoolWritable" };
	const struct subscription *subscription = pipeline_subscription(served->pipeline);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(of_worker) / sizeof(of_worker[0]); i++)
		add_condition(list, of_worker[i], find(pipeline_conditions(served->pipeline), of_worker[i]));
	add_condition(list, "SubscriptionUp", subscription != NULL ? subscription_problem(subscription) : NULL);
	json_array_append_new(list, json_pack("{ss sb ss ss}", "type", "ConfigApplied", "status",
		(int)(served->config_error[0] == '\0'), "reason", served->config_error[0] != '\0' ? "Invalid" : "", "message",
		served->config_error));
	return list;
}

/* ---- rates and samples ---- */

static const struct sample *sample_back(const struct served *served, unsigned back)
{
	if (back >= served->sample_count || back >= SAMPLES)
		return NULL;
	return &served->samples[(served->sample_count - 1 - back) % SAMPLES];
}

const char *status_flow_state(const struct served *served)
{
	const struct sample *now = sample_back(served, 0), *then = sample_back(served, JUDGED);

	if (now == NULL || then == NULL || pipeline_over(served->pipeline))
		return NULL;
	if (now->seen == then->seen)
		return "idle";
	return now->written > then->written || now->lost == now->seen ? "moving" : "stalled";
}

static json_t *rates(const struct served *served)
{
	const struct sample *now = sample_back(served, 0), *then = sample_back(served, 60 / SAMPLE_S);
	double seconds;

	if (now == NULL || then == NULL || now->at_ns <= then->at_ns)
		return json_pack("{sn sn sn}", "seen", "written", "lost");
	seconds = (double)(now->at_ns - then->at_ns) / NS_PER_S;
	return json_pack("{sf sf sf}", "seen", (double)(now->seen - then->seen) / seconds, "written",
		(double)(now->written - then->written) / seconds, "lost", (double)(now->lost - then->lost) / seconds);
}

static json_t *samples(const struct served *served)
{
	json_t *seen = json_array(), *written = json_array(), *lost = json_array();
	unsigned count = served->sample_count < SAMPLES ? (unsigned)served->sample_count : SAMPLES;

	for (unsigned i = count; i-- > 0;) {
		const struct sample *sample = sample_back(served, i);

		json_array_append_new(seen, number(sample->seen));
		json_array_append_new(written, number(sample->written));
		json_array_append_new(lost, number(sample->lost));
	}
	return json_pack("{si so so so}", "interval_s", SAMPLE_S, "seen", seen, "written", written, "lost", lost);
}

/* ---- the whole ---- */

static json_t *worker(const struct served *served, bool whole)
{
	int64_t started_ms;
	pid_t pid = pipeline_worker(served->pipeline, &started_ms);
	struct process_figures figures;
	struct memory_use use;
	json_t *object;

	if (pid == 0)
		return json_null();
	object = json_pack("{si so}", "pid", (int)pid, "started_at", ops_time(started_ms));
	if (whole && memory_use(pid, &use)) {
		json_object_set_new(object, "private_bytes", number(use.private_bytes));
		json_object_set_new(object, "rss_bytes", number(use.rss_bytes));
	}
	if (whole && process_read(pid, &figures)) {
		json_object_set_new(object, "cpu_seconds", json_real((double)figures.cpu_us / 1e6));
	}
	return object;
}

static json_t *spool(const struct served *served, const struct worker_figures *figures)
{
	uint64_t objects, flows;

	pipeline_unsent(served->pipeline, &objects, &flows);
	return json_pack("{so so so so}", "objects", number(objects), "bytes", number(figures->spool_bytes), "flows",
		number(flows), "oldest_at", ops_time(figures->oldest_ms));
}

static void put_details(json_t *status, const struct served *served, const struct worker_figures *figures,
	const struct api_caller *caller)
{
	const char *last_error = pipeline_last_error(served->pipeline);
	struct rusage usage;
	unsigned restarts;

	pipeline_usage(served->pipeline, &usage, &restarts);
	json_object_set_new(status, "conditions", conditions(served));
	json_object_set_new(status, "restarts", json_pack("{si}", "total", (int)restarts));
	json_object_set_new(status, "last_error", last_error[0] != '\0' ? json_pack("{ss}", "message", last_error)
		: json_null());
	json_object_set_new(status, "counters", counters(figures, pipeline_lag(served->pipeline, figures), caller));
	json_object_set_new(status, "rates", rates(served));
	json_object_set_new(status, "spool", spool(served, figures));
	json_object_set_new(status, "samples", samples(served));
}

json_t *status_of(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller,
	bool whole)
{
	struct worker_figures figures;
	const char *flow_state;
	json_t *status;
	char problem[512];

	if (served == NULL)
		return json_pack("{ss}", "state", "stopped");
	pipeline_figures(served->pipeline, &figures);
	flow_state = status_flow_state(served);
	status = json_pack("{ss ss ss sI ss ss so so sI so so so}", "name", row->name, "tenant", row->tenant, "host_id",
		row->host_id_used, "revision", (json_int_t)row->revision, "desired_state",
		row->running ? "running" : "stopped", "state", pipeline_state_name(pipeline_state(served->pipeline)), "since",
		ops_time(pipeline_since(served->pipeline)), "worker", worker(served, whole), "lag_flows",
		(json_int_t)pipeline_lag(served->pipeline, &figures), "last_flow_at", ops_time(figures.last_flow_ms),
		"last_write_at", ops_time(figures.last_write_ms), "flow_state",
		flow_state != NULL ? json_string(flow_state) : json_null());
	if (served->config_error[0] != '\0')
		json_object_set_new(status, "reason", json_string(served->config_error));
	else if (pipeline_problem(served->pipeline, problem, sizeof(problem)))
		json_object_set_new(status, "reason", json_string(problem));
	json_object_set_new(status, "flows_written", number(figures.account.written));
	json_object_set_new(status, "flows_lost", number(lost_flows(&figures.account)));
	if (whole)
		put_details(status, served, &figures, caller);
	return status;
}

json_t *status_pipeline(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller,
	bool with_config)
{
	json_t *object = json_pack("{ss ss ss sI ss ss so so so so so}", "tenant", row->tenant, "name", row->name, "host_id",
		row->host_id_used, "revision", (json_int_t)row->revision, "desired_state",
		row->running ? "running" : "stopped", "description", row->description, "labels", ops_json(row->labels), "limits",
		ops_json(row->limits), "created_at", ops_time(row->created_ms), "updated_at", ops_time(row->updated_ms),
		"status", status_of(row, served, caller, false));

	if (with_config && row->config != NULL)
		json_object_set_new(object, "config", ops_json(row->config));
	return object;
}
