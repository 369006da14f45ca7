/* All figures as Prometheus text (version 0.0.4). */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_METRICS_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/ring.h"
#include "common/worker_page.h"
#include "supervisor/lifecycle.h"
#include "supervisor/process.h"

struct serve;
struct api_caller;

/* ---- what is printed: filled in by metrics.c, printed by metrics_text.c, which knows nothing else ---- */

struct metrics_process {
	uint64_t cpu_us;              /* with those before it */
	uint64_t resident_bytes;      /* 0: none runs */
	unsigned restarts;
};

struct metrics_pipeline {
	const char *tenant, *name;
	enum pipeline_state state;
	const char *flow_state;       /* as status_flow_state */
	uint64_t seen, lag;           /* flows */
	uint64_t spool_limit;         /* bytes; 0: none */
	struct worker_figures figures;
	struct metrics_process worker;
};

struct metrics_subscription {
	const char *url;
	unsigned number;              /* two may have one URL */
	bool traffic;                 /* whoever asks may see what it carries */
	struct ring_counters counters;
	struct metrics_process subscriber;
};

struct metrics {
	struct metrics_pipeline *pipelines;
	size_t pipeline_count;
	struct metrics_subscription *subscriptions;
	size_t subscription_count;
	struct metrics_process self;
	bool all;                     /* for one who may see everything: else other tenants' traffic is left out */
};

/* Errors as buffer_append. */
int metrics_print(const struct metrics *metrics, struct buffer *out);

/* What this caller may see of it. */
int metrics_write(const struct serve *serve, const struct api_caller *caller, struct buffer *out);

#endif
