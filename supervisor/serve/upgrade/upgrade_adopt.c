/* What the image before this one has left (upgrade.c): it goes on. Then workers of another version are replaced, one pipeline
 * after the other, by handovers as for a new configuration. */
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/handover.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/subscription.h"

/* From a program that could not start. */
static bool has_returned(const struct serve *serve)
{
	return serve->handover != NULL && handover_returned(serve->handover)[0] != '\0';
}

int upgrade_receive(struct serve *serve, struct err *err)
{
	int error = child_this_program(serve->program, sizeof(serve->program), err);
	struct err damaged;

	if (error != 0)
		return error;
	serve->orphaned = handover_receive(&serve->handover, &damaged) != 0;
	if (serve->orphaned)
		log_error("upgrade: %s; this is a start like any other", damaged.message);
	if (!has_returned(serve))
		return 0;
	log_error("SIGUSR2: not upgraded, everything goes on as before: the new program cannot start: %s",
		handover_returned(serve->handover));
	/* another file may stand there now, and where this program's stood is not known of it any more */
	snprintf(serve->program, sizeof(serve->program), "%s", handover_text(handover_root(serve->handover), "path"));
	return 0;
}

void upgrade_turn_back(struct serve *serve, const struct err *why)
{
	char **arguments = serve->handover != NULL ? upgrade_arguments(serve, "serve") : NULL;
	struct err err;

	if (arguments == NULL)
		return;
	log_error("upgrade: %s: back to the program before", why->message);
	handover_return(serve->handover, why->message, arguments, &err);
	log_error("upgrade: %s", err.message);
	free(arguments);
}

int upgrade_adopt_lock(struct serve *serve)
{
	int fd = serve->handover != NULL ? handover_copy_fd(serve->handover, handover_root(serve->handover), "lock") : -1;

	return fd >= 0 ? fd : 0;
}

void upgrade_adopt_events(struct serve *serve)
{
	const json_t *root = serve->handover != NULL ? handover_root(serve->handover) : NULL;
	const json_t *last_change = json_object_get(root, "last_change");

	events_adopt(serve->events, json_object_get(root, "events"));
	/* rows of the audit trail that did not become events before */
	if (json_is_integer(last_change) && json_integer_value(last_change) < serve->last_change) {
		serve->last_change = json_integer_value(last_change);
		loop_timer_set(serve->loop, &serve->changes, loop_now(serve->loop), NULL);
	}
}

int upgrade_adopt_api(struct serve *serve, bool *any, struct err *err)
{
	const json_t *root = serve->handover != NULL ? handover_root(serve->handover) : NULL;
	const json_t *list = json_object_get(root, "listeners");
	int error = 0;

	api_server_take_sessions(serve->api, json_object_get(root, "sessions"));
	*any = json_array_size(list) > 0;
	for (size_t i = 0; i < json_array_size(list) && error == 0; i++) {
		int fd = handover_copy_fd(serve->handover, json_array_get(list, i), "socket");

		error = fd >= 0 ? api_server_adopt(serve->api, fd, err)
				: err_set(err, ERR_CORRUPT, "a listening socket was not handed over");
	}
	return error;
}

static void start(struct served *served)
{
	struct err err;

	if (served->config == NULL)
		pipeline_refuse(served->pipeline, served->config_error);
	else if (pipeline_start(served->pipeline, &err) != 0)
		log_error("%s/%s: %s", served->tenant, served->name, err.message);
}

void upgrade_adopt_served(struct serve *serve)
{
	size_t adopted = 0;

	if (serve->orphaned)
		fleet_settle(&serve->fleet);
	if (serve->handover == NULL)
		return;
	fleet_adopt(&serve->fleet, serve->handover);
	serve->fleet.resuming = true;
	for (size_t i = 0; i < serve->served_count; i++) {
		struct served *served = serve->served[i];

		adopted += pipeline_adopted(served->pipeline);
		if (served->to_start && !pipeline_adopted(served->pipeline))
			start(served);
		served->to_start = false;
	}
	serve->fleet.resuming = false;
	fleet_settle(&serve->fleet);
	log_info("upgrade: version " SLUICE_VERSION " %s %zu of %zu pipelines", has_returned(serve) ? "goes on with" : "has taken over",
		adopted, serve->served_count);
}

/* ---- workers of another version ---- */

static void look_at_subscribers(const struct serve *serve)
{
	size_t old = 0;

	for (size_t i = 0; i < serve->fleet.subscription_count; i++) {
		pid_t pid = subscription_process(serve->fleet.subscriptions[i]);

		old += pid != 0 && !process_runs(pid, serve->fleet.subscriber_program);
	}
	if (old > 0)
		log_info("upgrade: %zu subscribers stay what they are until they are started anew: another would leave a gap", old);
}

static bool has_old_worker(const struct served *served)
{
	int64_t started_ms;

	return served->old_worker != 0 && pipeline_worker(served->pipeline, &started_ms) == served->old_worker;
}

static bool is_under_way(const struct served *served)
{
	enum pipeline_state state = pipeline_state(served->pipeline);

	return state == PIPELINE_STARTING || state == PIPELINE_DRAINING;
}

static void replace(struct serve *serve, struct served *served)
{
	const struct pipeline_stop none = { 0 };

	snprintf(serve->replaced, sizeof(serve->replaced), "%s", served->id);
	serve->replaced_failed = false;
	log_info("upgrade: %s/%s gets a worker of this version", served->tenant, served->name);
	pipeline_replace(served->pipeline, &none, served_deadline(serve, -1));
}

/* Whoever had its turn is ready, or is not to run any more. One that is not may have workers of this version that cannot
 * work: the others keep theirs. */
static bool next_may(struct serve *serve)
{
	const struct served *served = served_find(serve, serve->replaced);
	enum pipeline_state state;

	if (served == NULL)
		return true;
	state = pipeline_state(served->pipeline);
	if (state == PIPELINE_RUNNING || state == PIPELINE_DEGRADED)
		return true;
	if ((state == PIPELINE_BACKOFF || state == PIPELINE_FAILED) && !serve->replaced_failed) {
		serve->replaced_failed = true;
		log_warn("upgrade: %s/%s is not ready with a worker of this version: the others keep theirs until it is, or is stopped",
			served->tenant, served->name);
	}
	return !pipeline_wanted(served->pipeline) && !is_under_way(served);
}

/* One at a time. One that is just starting or ending has its turn, or needs none, when that is over. */
static void replace_next(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;
	bool left = false;

	if (serve->stopping || !next_may(serve))
		return;
	for (size_t i = 0; i < serve->served_count; i++) {
		struct served *served = serve->served[i];

		if (!has_old_worker(served))
			continue;
		left = true;
		if (is_under_way(served))
			continue;
		replace(serve, served);
		return;
	}
	if (!left) {
		log_info("upgrade: all workers are of this version");
		serve->to_replace = 0;
	}
}

void upgrade_go_on(struct serve *serve)
{
	/* not from inside what has happened to a pipeline */
	if (serve->to_replace > 0)
		loop_timer_set(serve->loop, &serve->replacing, loop_now(serve->loop), NULL);
}

void upgrade_finish(struct serve *serve)
{
	bool returned = has_returned(serve);
	int64_t started_ms;

	if (serve->handover == NULL)
		return;
	snprintf(serve->replaced, sizeof(serve->replaced), "%s", handover_text(handover_root(serve->handover), "replaced"));
	handover_free(&serve->handover);
	/* the workers of the program that cannot start are not tried */
	if (returned)
		return;
	serve->replacing = (struct loop_timer){ .fire = replace_next, .owner = serve };
	for (size_t i = 0; i < serve->served_count; i++) {
		struct served *served = serve->served[i];
		pid_t pid = pipeline_worker(served->pipeline, &started_ms);

		served->old_worker = pid != 0 && pipeline_adopted(served->pipeline) &&
			!process_runs(pid, serve->fleet.worker_program) ? pid : 0;
		serve->to_replace += served->old_worker != 0;
	}
	look_at_subscribers(serve);
	if (serve->to_replace > 0)
		log_info("upgrade: %zu workers are of another version, and are replaced one after the other", serve->to_replace);
	upgrade_go_on(serve);
}
