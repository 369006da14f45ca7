/* What of a status stands in lists, as text. */
#include <stdio.h>

#include "api/text.h"
#include "supervisor/serve/figures/json_append.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/subscription.h"

uint64_t status_lag(const struct served *served, const struct worker_figures *figures, const struct api_caller *caller)
{
	const struct subscription *subscription = pipeline_subscription(served->pipeline);

	if (subscription == NULL || view_subscription(served->serve, caller, subscription) != VIEW_ALL)
		return 0;
	return pipeline_lag(served->pipeline, figures);
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

static void put_worker(struct json_append *json, const struct served *served)
{
	int64_t started_ms;
	pid_t pid = pipeline_worker(served->pipeline, &started_ms);

	if (pid == 0) {
		json_append_json(json, "worker", "null");
		return;
	}
	json_append_name(json, "worker");
	json_append_begin(json);
	json_append_number(json, "pid", pid);
	json_append_time(json, "started_at", started_ms);
	if (pipeline_last_exit(served->pipeline)[0] != '\0')
		json_append_text(json, "last_exit", pipeline_last_exit(served->pipeline));
	json_append_end(json);
}

static void put_reason(struct json_append *json, const struct served *served)
{
	char problem[512];

	if (!status_problem(served, problem, sizeof(problem)))
		return;
	text_make_utf8(problem);
	json_append_text(json, "reason", problem);
}

static void put_status(struct json_append *json, const struct store_pipeline *row, const struct served *served,
	const struct api_caller *caller)
{
	const char *flow_state = status_flow_state(served);
	struct worker_figures figures;

	pipeline_figures(served->pipeline, &figures);
	json_append_text(json, "name", row->name);
	json_append_text(json, "tenant", row->tenant);
	json_append_text(json, "host_id", row->host_id_used);
	json_append_number(json, "revision", row->revision);
	json_append_text(json, "desired_state", row->running ? "running" : "stopped");
	json_append_text(json, "state", pipeline_state_name(pipeline_state(served->pipeline)));
	json_append_time(json, "since", pipeline_since(served->pipeline));
	put_worker(json, served);
	json_append_number(json, "lag_flows", (int64_t)status_lag(served, &figures, caller));
	json_append_time(json, "last_flow_at", figures.last_flow_ms);
	json_append_time(json, "last_write_at", figures.last_write_ms);
	if (flow_state != NULL)
		json_append_text(json, "flow_state", flow_state);
	else
		json_append_json(json, "flow_state", "null");
	put_reason(json, served);
	json_append_number(json, "flows_written", (int64_t)figures.account.written);
	json_append_number(json, "flows_lost", (int64_t)account_lost(&figures.account));
}

int status_append(struct buffer *out, const struct store_pipeline *row, const struct served *served,
	const struct api_caller *caller)
{
	struct json_append json = { .out = out };

	json_append_begin(&json);
	if (served != NULL)
		put_status(&json, row, served, caller);
	else
		json_append_text(&json, "state", "stopped");
	json_append_end(&json);
	return json.error;
}

int status_append_pipeline(struct buffer *out, const struct store_pipeline *row, const struct served *served,
	const struct api_caller *caller, bool with_config)
{
	struct json_append json = { .out = out };

	json_append_begin(&json);
	json_append_text(&json, "tenant", row->tenant);
	json_append_text(&json, "name", row->name);
	json_append_text(&json, "host_id", row->host_id_used);
	json_append_number(&json, "revision", row->revision);
	json_append_text(&json, "desired_state", row->running ? "running" : "stopped");
	json_append_text(&json, "description", row->description);
	json_append_json(&json, "labels", row->labels);
	json_append_json(&json, "limits", row->limits);
	json_append_time(&json, "created_at", row->created_ms);
	json_append_time(&json, "updated_at", row->updated_ms);
	json_append_name(&json, "status");
	if (json.error == 0)
		json.error = status_append(out, row, served, caller);
	if (with_config && row->config != NULL)
		json_append_json(&json, "config", row->config);
	json_append_end(&json);
	return json.error;
}
