#include "supervisor/serve/figures/metrics.h"

#include <stdlib.h>
#include <unistd.h>

#include "supervisor/pipeline.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/served.h"
#include "supervisor/subscription.h"
#include "supervisor/usage.h"

static void read_process(pid_t pid, const struct rusage *ended, unsigned restarts, struct metrics_process *process)
{
	struct process_figures figures;

	process_read(pid, &figures);
	*process = (struct metrics_process){ .cpu_us = (uint64_t)usage_cpu_us(ended) + figures.cpu_us,
		.resident_bytes = figures.resident_bytes, .restarts = restarts };
}

static void read_pipeline(const struct served *served, const struct api_caller *caller, struct metrics_pipeline *sample)
{
	struct rusage usage;
	unsigned restarts;
	int64_t started_ms;

	*sample = (struct metrics_pipeline){ .tenant = served->tenant, .name = served->name,
		.state = pipeline_state(served->pipeline), .flow_state = status_flow_state(served),
		.spool_limit = pipeline_quota(served->pipeline) };
	pipeline_figures(served->pipeline, &sample->figures);
	sample->seen = status_seen(&sample->figures.account, caller);
	sample->lag = status_lag(served, &sample->figures, caller);
	pipeline_usage(served->pipeline, &usage, &restarts);
	read_process(pipeline_worker(served->pipeline, &started_ms), &usage, restarts, &sample->worker);
}

static void read_subscription(const struct subscription *subscription, bool traffic, struct metrics_subscription *sample)
{
	struct rusage usage;
	unsigned restarts;

	*sample = (struct metrics_subscription){ .url = subscription_url(subscription),
		.number = subscription_number(subscription), .traffic = traffic };
	subscription_counters(subscription, &sample->counters);
	subscription_usage(subscription, &usage, &restarts);
	read_process(subscription_process(subscription), &usage, restarts, &sample->subscriber);
}

static void collect(const struct serve *serve, const struct api_caller *caller, struct metrics *metrics)
{
	const struct rusage none = { 0 };

	for (size_t i = 0; i < serve->served_count; i++) {
		if (ops_may_see(caller, serve->served[i]->tenant))
			read_pipeline(serve->served[i], caller, &metrics->pipelines[metrics->pipeline_count++]);
	}
	for (size_t i = 0; i < serve->fleet.subscription_count; i++) {
		const struct subscription *subscription = serve->fleet.subscriptions[i];
		enum view view = view_subscription(serve, caller, subscription);

		if (view != VIEW_NONE)
			read_subscription(subscription, view == VIEW_ALL,
				&metrics->subscriptions[metrics->subscription_count++]);
	}
	if (metrics->all)
		read_process(getpid(), &none, 0, &metrics->self);
}

int metrics_write(const struct serve *serve, const struct api_caller *caller, struct buffer *out)
{
	struct metrics metrics = { .all = caller->role == API_ROLE_ADMIN };
	int error = ERR_NO_MEMORY;

	metrics.pipelines = calloc(serve->served_count + 1, sizeof(*metrics.pipelines));
	metrics.subscriptions = calloc(serve->fleet.subscription_count + 1, sizeof(*metrics.subscriptions));
	if (metrics.pipelines != NULL && metrics.subscriptions != NULL) {
		collect(serve, caller, &metrics);
		error = metrics_print(&metrics, out);
	}
	free(metrics.pipelines);
	free(metrics.subscriptions);
	return error;
}
