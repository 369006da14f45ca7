/* Making a pipeline, and giving it what its workers get. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/iam.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription.h"

static bool copy_identity(struct pipeline *pipeline, const struct pipeline_identity *identity)
{
	pipeline->tenant = strdup(identity->tenant);
	pipeline->name = strdup(identity->name);
	pipeline->id = strdup(identity->id);
	if (asprintf(&pipeline->label, "%s%s%s", identity->tenant, identity->tenant[0] != '\0' ? "/" : "", identity->name) < 0)
		pipeline->label = NULL;
	return pipeline->tenant != NULL && pipeline->name != NULL && pipeline->id != NULL && pipeline->label != NULL;
}

int pipeline_new(struct pipeline **out, struct fleet *fleet, const struct pipeline_identity *identity, struct err *err)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));

	*out = NULL;
	if (pipeline == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");
	*pipeline = (struct pipeline){ .fleet = fleet, .spool_fd = -1, .files_fd = -1, .state_fd = -1, .page_fd = -1,
		.since_ms = clock_wall_ms() };
	keeper_init(&pipeline->keeper, fleet->loop, &pipeline_keeper_handler, pipeline);
	pipeline->hard_end = (struct loop_timer){ .fire = pipeline_not_ended, .owner = pipeline };
	pipeline->ready_deadline = (struct loop_timer){ .fire = pipeline_not_ready, .owner = pipeline };
	if (!copy_identity(pipeline, identity)) {
		pipeline_free(&pipeline);
		return err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");
	}
	*out = pipeline;
	return 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void pipeline_free(struct pipeline **out)
{
	struct pipeline *pipeline = *out;

	if (pipeline == NULL)
		return;
	*out = NULL;
	keeper_fini(&pipeline->keeper);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->hard_end);
	iam_leave(pipeline);
	pipeline_leave_subscription(pipeline);
	worker_page_close(&pipeline->page);
	restart_limit_fini(&pipeline->restarts);
	close_fd(pipeline->spool_fd);
	close_fd(pipeline->files_fd);
	close_fd(pipeline->state_fd);
	close_fd(pipeline->page_fd);
	free(pipeline->tenant);
	free(pipeline->name);
	free(pipeline->id);
	free(pipeline->label);
	free(pipeline);
}

void pipeline_use(struct pipeline *pipeline, const struct config *config, const struct pipeline_settings *settings)
{
	pipeline->config = config;
	/* it may have been handed over when the password could not be read, and can be */
	if (pipeline->subscription != NULL)
		subscription_complete(pipeline->subscription, config_pipeline(config));
	if (settings == NULL)
		return;
	pipeline->settings = *settings;
	if (!restart_limit_set(&pipeline->restarts, settings->restarts))
		log_error("%s: no memory for limits.restarts: none holds", pipeline->label);
	pipeline->settings.restarts = NULL;
}

void pipeline_owe_stop(struct pipeline *pipeline, const struct pipeline_stop *stop)
{
	pipeline->stop = *stop;
}
