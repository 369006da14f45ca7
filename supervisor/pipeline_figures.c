#include <stdio.h>
#include <string.h>

#include "common/config/config.h"
#include "supervisor/child.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/spool_figures.h"
#include "supervisor/subscription.h"

enum pipeline_state pipeline_state(const struct pipeline *pipeline)
{
	return pipeline->state;
}

bool pipeline_over(const struct pipeline *pipeline)
{
	return pipeline->keeper.child == NULL && (pipeline->state == PIPELINE_STOPPED || pipeline->state == PIPELINE_FAILED);
}

const char *pipeline_name(const struct pipeline *pipeline)
{
	return pipeline->label;
}

struct log_origin pipeline_log_origin(const struct pipeline *pipeline, const char *component)
{
	return (struct log_origin){ component, pipeline->label, pipeline->tenant, pipeline->name };
}

const char *pipeline_id(const struct pipeline *pipeline)
{
	return pipeline->id;
}

int64_t pipeline_since(const struct pipeline *pipeline)
{
	return pipeline->since_ms;
}

bool pipeline_stays(const struct pipeline *pipeline, const struct pipeline_config *config)
{
	return pipeline->subscription != NULL && subscription_serves(pipeline->subscription, config);
}

bool pipeline_owes_stop(const struct pipeline *pipeline)
{
	return pipeline->stop.epoch != 0;
}

bool pipeline_wanted(const struct pipeline *pipeline)
{
	return pipeline->wanted;
}

bool pipeline_ended_starting(const struct pipeline *pipeline)
{
	return pipeline->ended_starting;
}

const struct pipeline_config *pipeline_configuration(const struct pipeline *pipeline)
{
	return pipeline->config != NULL ? config_pipeline(pipeline->config) : NULL;
}

const struct conditions *pipeline_conditions(const struct pipeline *pipeline)
{
	return &pipeline->conditions;
}

const char *pipeline_last_error(const struct pipeline *pipeline)
{
	return pipeline->last_error;
}

void pipeline_error(const struct pipeline *pipeline, struct pipeline_error *error)
{
	*error = pipeline->past_error;
	error->current = pipeline->last_error[0] != '\0';
}

const char *pipeline_last_exit(const struct pipeline *pipeline)
{
	return pipeline->last_exit;
}

int64_t pipeline_next_start(const struct pipeline *pipeline, unsigned *tries)
{
	*tries = pipeline->keeper.backoff.tries;
	return pipeline->state == PIPELINE_BACKOFF ? pipeline->keeper.restart.due_ns : 0;
}

pid_t pipeline_worker(const struct pipeline *pipeline, int64_t *started_ms)
{
	*started_ms = pipeline->started_ms;
	return pipeline->keeper.child != NULL ? child_pid(pipeline->keeper.child) : 0;
}

const struct subscription *pipeline_subscription(const struct pipeline *pipeline)
{
	return pipeline->subscription;
}

void pipeline_figures(const struct pipeline *pipeline, struct worker_figures *figures)
{
	bool whole = pipeline->page != NULL && worker_page_read(pipeline->page, figures);

	/* a worker that was killed before it could tell them has left what stands in its spool */
	if (!whole || figures->commit_number < pipeline->kept.commit_number)
		*figures = pipeline->kept;
}

void pipeline_recall(struct pipeline *pipeline, int spool_fd)
{
	spool_figures_read(spool_fd, &pipeline->kept);
}

uint64_t pipeline_lag(const struct pipeline *pipeline, const struct worker_figures *figures)
{
	uint64_t head;

	/* in a dynamic fleet one that is over keeps its subscription for a moment */
	if (pipeline->subscription == NULL || (pipeline->fleet->options.dynamic && pipeline_over(pipeline)))
		return 0;
	head = subscription_head(pipeline->subscription);
	if (figures->position.epoch != subscription_epoch(pipeline->subscription))
		return 0;
	return head > figures->position.sequence ? head - figures->position.sequence : 0;
}

void pipeline_unsent(const struct pipeline *pipeline, uint64_t *objects, uint64_t *flows)
{
	struct worker_figures figures;

	*objects = pipeline->drained.unsent_objects;
	*flows = pipeline->drained.unsent_flows;
	if (pipeline->told_drained)
		return;
	pipeline_figures(pipeline, &figures);
	*objects = figures.objects + figures.segments;
	*flows = figures.account.waiting_spool;
}

uint64_t pipeline_held(const struct pipeline *pipeline)
{
	struct worker_figures figures;

	pipeline_figures(pipeline, &figures);
	return figures.account.waiting_state;
}

uint64_t pipeline_unread(const struct pipeline *pipeline)
{
	struct worker_figures figures;

	pipeline_figures(pipeline, &figures);
	return pipeline->told_drained ? 0 : pipeline_lag(pipeline, &figures);
}

bool pipeline_problem(const struct pipeline *pipeline, char *text, size_t size)
{
	const struct condition *condition = conditions_problem(&pipeline->conditions);

	if (condition != NULL)
		condition_describe(condition, text, size);
	else if (text != pipeline->last_error)
		snprintf(text, size, "%s", pipeline->last_error);
	return condition != NULL || pipeline->last_error[0] != '\0';
}

uint64_t pipeline_quota(const struct pipeline *pipeline)
{
	return pipeline->told_quota;
}

void pipeline_usage(const struct pipeline *pipeline, struct rusage *usage, unsigned *restarts)
{
	*usage = pipeline->keeper.usage;
	*restarts = pipeline->keeper.restarts;
}
