#include "supervisor/serve/figures/status.h"

#include <stdio.h>

#include "common/clock.h"
#include "supervisor/process.h"
#include "supervisor/serve/figures/memory_use.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/subscription.h"

/* A flow state is judged by this many samples at least. */
enum { JUDGED = 2 };

/* A tenant's tokens see what is the pipeline's own: the rest of an analyzer's flows is other tenants' traffic. */
static uint64_t hidden(const struct account *account, const struct api_caller *caller)
{
	return caller->role == API_ROLE_ADMIN ? 0 : account->excluded_capture;
}

uint64_t status_seen(const struct account *account, const struct api_caller *caller)
{
	return account->passed - hidden(account, caller);
}

uint64_t status_lag(const struct served *served, const struct worker_figures *figures, const struct api_caller *caller)
{
	const struct subscription *subscription = pipeline_subscription(served->pipeline);

	if (subscription == NULL || view_subscription(served->serve, caller, subscription) != VIEW_ALL)
		return 0;
	return pipeline_lag(served->pipeline, figures);
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

/* ---- rates and samples ---- */

static const struct sample *sample_back(const struct served *served, unsigned back)
{
	if (back >= served->sample_count || back >= SAMPLES)
		return NULL;
	return &served->samples[(served->sample_count - 1 - back) % SAMPLES];
}

/* Its own flows: the rest of an analyzer's is other pipelines', and whose those are that wait in the ring nobody knows. */
static uint64_t own(const struct sample *sample)
{
	return sample->passed - sample->capture;
}

/* Nothing of its own has come, and it is not that it does not read. */
static bool is_idle(const struct sample *now, const struct sample *then)
{
	return own(now) == own(then) && (now->passed != then->passed || now->lag == 0);
}

/* How many samples back something must have left: an object may be open for as long as its configuration says. */
static unsigned patience(const struct served *served)
{
	const struct pipeline_config *config = config_pipeline(served->config);
	unsigned seconds = config->store.type == STORE_BUFFERED ? (unsigned)config->store.max_seconds_per_object : 0;
	unsigned samples = JUDGED + seconds / SAMPLE_S;

	return samples < SAMPLES ? samples : SAMPLES - 1;
}

static bool sink_fails(const struct served *served)
{
	const struct condition *told = conditions_find(pipeline_conditions(served->pipeline), "SinkReachable");

	return told != NULL && !told->status;
}

const char *status_flow_state(const struct served *served)
{
	const struct sample *now = sample_back(served, 0), *then = sample_back(served, JUDGED), *before;

	if (now == NULL || then == NULL || served->config == NULL || pipeline_over(served->pipeline))
		return NULL;
	if (is_idle(now, then))
		return "idle";
	if (now->left > then->left)
		return "moving";
	before = sample_back(served, patience(served));
	return sink_fails(served) || (before != NULL && now->left == before->left) ? "stalled" : "moving";
}

/* What of a sample the caller sees. */
static uint64_t visible(const struct sample *sample, const struct api_caller *caller)
{
	return caller->role == API_ROLE_ADMIN ? sample->passed + sample->lag : own(sample);
}

static json_t *rates(const struct served *served, const struct api_caller *caller)
{
	const struct sample *now = sample_back(served, 0), *then = sample_back(served, 60 / SAMPLE_S);
	double seconds;

	if (now == NULL || then == NULL || now->at_ns <= then->at_ns)
		return json_pack("{sn sn sn}", "seen", "written", "lost");
	seconds = (double)(now->at_ns - then->at_ns) / NS_PER_S;
	return json_pack("{sf sf sf}", "seen", ((double)visible(now, caller) - (double)visible(then, caller)) / seconds, "written",
		(double)(now->written - then->written) / seconds, "lost", (double)(now->lost - then->lost) / seconds);
}

static json_t *samples(const struct served *served, const struct api_caller *caller)
{
	json_t *seen = json_array(), *written = json_array(), *lost = json_array();
	unsigned count = served->sample_count < SAMPLES ? (unsigned)served->sample_count : SAMPLES;

	for (unsigned i = count; i-- > 0;) {
		const struct sample *sample = sample_back(served, i);

		json_array_append_new(seen, number(visible(sample, caller)));
		json_array_append_new(written, number(sample->written));
		json_array_append_new(lost, number(sample->lost));
	}
	return json_pack("{si so so so}", "interval_s", SAMPLE_S, "seen", seen, "written", written, "lost", lost);
}

/* ---- the whole ---- */

/* In hundredths: it is made of the kernel's ticks of 10 ms. Null before the process has run from one sample to the next. */
static json_t *cpu_percent(const struct process_meter *meter, pid_t pid)
{
	return meter->pid == pid && meter->percent >= 0 ? json_real((double)(int64_t)(meter->percent * 100 + 0.5) / 100)
							  : json_null();
}

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
	if (pipeline_last_exit(served->pipeline)[0] != '\0')
		json_object_set_new(object, "last_exit", ops_text(pipeline_last_exit(served->pipeline)));
	if (whole && memory_use(pid, &use)) {
		json_object_set_new(object, "private_bytes", number(use.private_bytes));
		json_object_set_new(object, "rss_bytes", number(use.rss_bytes));
	}
	if (whole && process_read(pid, &figures))
		json_object_set_new(object, "cpu_seconds", json_real((double)figures.cpu_us / 1e6));
	if (whole)
		json_object_set_new(object, "cpu_percent", cpu_percent(&served->meter, pid));
	return object;
}

static json_t *spool(const struct served *served, const struct worker_figures *figures)
{
	uint64_t objects, flows;

	pipeline_unsent(served->pipeline, &objects, &flows);
	return json_pack("{so so so so}", "objects", number(objects), "bytes", number(figures->spool_bytes), "flows",
		number(flows), "oldest_at", ops_time(figures->oldest_ms));
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

static void put_details(json_t *status, const struct store_pipeline *row, const struct served *served,
	const struct worker_figures *figures, uint64_t lag, const struct api_caller *caller)
{
	json_object_set_new(status, "stopped_reason", stopped_reason(row, served));
	json_object_set_new(status, "conditions", status_conditions(served));
	json_object_set_new(status, "restarts", restarts(served));
	json_object_set_new(status, "last_error", last_error(served));
	json_object_set_new(status, "counters", counters(figures, lag, caller));
	json_object_set_new(status, "rates", rates(served, caller));
	json_object_set_new(status, "spool", spool(served, figures));
	json_object_set_new(status, "samples", samples(served, caller));
}

bool status_problem(const struct served *served, char *text, size_t size)
{
	const struct subscription *subscription = pipeline_subscription(served->pipeline);
	const struct condition *problem = subscription != NULL ? subscription_problem(subscription) : NULL;

	if (served->config_error[0] != '\0')
		snprintf(text, size, "%s", served->config_error);
	else if (!pipeline_problem(served->pipeline, text, size) && problem != NULL)
		condition_describe(problem, text, size);
	else
		return text[0] != '\0';
	return true;
}

json_t *status_of(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller,
	bool whole)
{
	struct worker_figures figures;
	const char *flow_state;
	uint64_t lag;
	json_t *status;
	char problem[512];

	if (served == NULL)
		return json_pack("{ss}", "state", "stopped");
	pipeline_figures(served->pipeline, &figures);
	flow_state = status_flow_state(served);
	lag = status_lag(served, &figures, caller);
	status = json_pack("{ss ss ss sI ss ss so so sI so so so}", "name", row->name, "tenant", row->tenant, "host_id",
		row->host_id_used, "revision", (json_int_t)row->revision, "desired_state",
		row->running ? "running" : "stopped", "state", pipeline_state_name(pipeline_state(served->pipeline)), "since",
		ops_time(pipeline_since(served->pipeline)), "worker", worker(served, whole), "lag_flows",
		(json_int_t)lag, "last_flow_at", ops_time(figures.last_flow_ms),
		"last_write_at", ops_time(figures.last_write_ms), "flow_state",
		flow_state != NULL ? json_string(flow_state) : json_null());
	if (status_problem(served, problem, sizeof(problem)))
		json_object_set_new(status, "reason", ops_text(problem));
	json_object_set_new(status, "flows_written", number(figures.account.written));
	json_object_set_new(status, "flows_lost", number(account_lost(&figures.account)));
	if (whole)
		put_details(status, row, served, &figures, lag, caller);
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
