/* How a pipeline is told to end, or to go on with another worker. What comes of an order is the table's to say
 * (lifecycle.h). */
#include <stdio.h>

#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription.h"

void pipeline_stop_point(const struct pipeline *pipeline, struct pipeline_stop *stop)
{
	*stop = (struct pipeline_stop){ 0 };
	if (pipeline->subscription == NULL || pipeline_over(pipeline))
		return;
	stop->epoch = subscription_epoch(pipeline->subscription);
	stop->sequence = subscription_head(pipeline->subscription);
}

static void set_order(struct pipeline *pipeline, uint32_t mode, uint64_t epoch, uint64_t sequence, int64_t deadline_ns)
{
	pipeline->order = (struct ipc_drain){ .mode = mode, .epoch = epoch, .sequence = sequence,
		.deadline_ns = deadline_ns };
}

void pipeline_stop(struct pipeline *pipeline, const struct pipeline_stop *stop, int64_t deadline_ns)
{
	pipeline->wanted = pipeline->failing = false;
	if (stop->epoch != 0)
		pipeline->stop = *stop;
	set_order(pipeline, DRAIN_STOP, stop->epoch, stop->sequence, deadline_ns);
	pipeline_event(pipeline, LIFE_STOP);
}

void pipeline_replace(struct pipeline *pipeline, const struct pipeline_stop *stop, int64_t deadline_ns)
{
	pipeline->wanted = true;
	restart_limit_forgive(&pipeline->restarts);
	pipeline->failing = false;
	/* where no worker carries it out, the next start accounts for it */
	if (stop->epoch != 0)
		pipeline->stop = *stop;
	if (pipeline->fleet->draining)
		return;
	if (stop->epoch != 0)
		set_order(pipeline, DRAIN_STOP, stop->epoch, stop->sequence, deadline_ns);
	else
		set_order(pipeline, DRAIN_HANDOVER, 0, 0, deadline_ns);
	pipeline_event(pipeline, LIFE_REPLACE);
}

void pipeline_drain(struct pipeline *pipeline, uint64_t epoch, uint64_t sequence, int64_t deadline_ns)
{
	if (pipeline->killed || pipeline_over(pipeline))
		return;
	pipeline->wanted = false;
	set_order(pipeline, pipeline->fleet->options.final ? DRAIN_STOP : DRAIN_HANDOVER, epoch, sequence, deadline_ns);
	pipeline_event(pipeline, LIFE_HAND_OVER);
}

void pipeline_fail(struct pipeline *pipeline, const char *reason, int64_t deadline_ns)
{
	log_error("%s: %s", pipeline->label, reason);
	pipeline_note_error(pipeline, "subscription.failed", "%s", reason);
	/* one that is being stopped has not failed */
	pipeline->failing = pipeline->failing || pipeline->wanted;
	pipeline_drain(pipeline, subscription_epoch(pipeline->subscription), subscription_head(pipeline->subscription),
		deadline_ns);
}

void pipeline_kill(struct pipeline *pipeline)
{
	pipeline->wanted = false;
	pipeline_end_now(pipeline);
}
