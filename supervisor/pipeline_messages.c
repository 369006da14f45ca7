/* What a pipeline and its worker say to each other. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/config/config.h"
#include "common/json_parse.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/config_message.h"
#include "supervisor/fleet.h"
#include "supervisor/iam.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/run_store.h"
#include "supervisor/subscription.h"

enum {
	READY_S = 10,
	RECOVERY_STEP_S = 120,        /* reading one segment of 256 MiB from a slow disk */
	STREAM_STEP_MS = 1000,
	DESTINATION_SIZE = 8192,
};

/* ---- to the worker ---- */

static void expect_within(struct pipeline *pipeline, int64_t seconds)
{
	pipeline->ready_s = seconds;
	loop_timer_set(pipeline->fleet->loop, &pipeline->ready_deadline, clock_boottime_ns() + seconds * NS_PER_S, NULL);
}

/* NULL: none. */
static json_t *owed_stop(const struct pipeline *pipeline)
{
	if (pipeline->stop.epoch == 0)
		return NULL;
	return json_pack("{so so}", "epoch", json_sprintf("%" PRIu64, pipeline->stop.epoch), "sequence",
		json_sprintf("%" PRIu64, pipeline->stop.sequence));
}

/* Its share may be another with each start. */
static uint64_t quota(const struct pipeline *pipeline)
{
	const struct fleet *fleet = pipeline->fleet;

	return fleet->quota != NULL ? fleet->quota(fleet, pipeline) : pipeline->settings.quota_bytes;
}

static json_t *configuration(const struct pipeline *pipeline)
{
	const char *level = pipeline->settings.log_level;
	json_t *config = config_message(pipeline->config);

	if (config == NULL)
		return NULL;
	return json_pack("{ss ss so ss so si sb ss so* sO*}", "tenant", pipeline->tenant, "pipeline", pipeline->name, "config", config,
		"log_level", level != NULL ? level : pipeline->fleet->options.log_level, "quota_bytes",
		json_sprintf("%" PRIu64, pipeline->told_quota), "drain_timeout_s",
		(int)(pipeline->fleet->options.drain_timeout_ns / NS_PER_S), "files_confined",
		pipeline->settings.files_parent != NULL, "page_address",
		pipeline->fleet->options.page_address != NULL ? pipeline->fleet->options.page_address : "", "stopped", owed_stop(pipeline),
		"endpoints", pipeline->fleet->options.endpoints);
}

int pipeline_configure(void *owner, struct child *child, struct err *err)
{
	struct pipeline *pipeline = owner;
	const struct ipc_epoch *epochs;
	size_t count;
	const struct memory *memory = pipeline->fleet->memory;
	int error = memory->epochs(memory->owner, subscription_key(pipeline->subscription), &epochs, &count, err);

	if (error == 0)
		error = child_send(child, IPC_EPOCHS, 0, epochs, count * sizeof(*epochs), err);
	pipeline->told_stop = pipeline->stop;
	pipeline->told_quota = quota(pipeline);
	iam_configured(pipeline);
	if (error == 0)
		error = child_send_json(child, IPC_CONFIG, 0, configuration(pipeline), err);
	if (error == 0 && pipeline->drain.deadline_ns != 0)
		error = child_send(child, IPC_DRAIN, 0, &pipeline->drain, sizeof(pipeline->drain), err);
	if (error == 0 && pipeline->tap.records_s != 0)
		error = pipeline_tell_tap(pipeline, child, err);
	if (error == 0 || error == ERR_CLOSED)
		expect_within(pipeline, READY_S);
	return error;
}

void pipeline_order_drain(struct pipeline *pipeline)
{
	struct err err;

	if (child_send(pipeline->keeper.child, IPC_DRAIN, 0, &pipeline->drain, sizeof(pipeline->drain), &err) != 0)
		log_warn("%s: ordering it to end: %s", pipeline->label, err.message);
}

void pipeline_tell_log_level(struct pipeline *pipeline)
{
	const char *level = pipeline->fleet->options.log_level;

	if (pipeline->settings.log_level == NULL && pipeline->keeper.child != NULL)
		child_send(pipeline->keeper.child, IPC_LOG_LEVEL, 0, level, strlen(level), NULL);
}

void pipeline_set_log_level(struct pipeline *pipeline, const char *level)
{
	pipeline->settings.log_level = level;
	if (level == NULL)
		pipeline_tell_log_level(pipeline);
	else if (pipeline->keeper.child != NULL)
		child_send(pipeline->keeper.child, IPC_LOG_LEVEL, 0, level, strlen(level), NULL);
}

/* ---- what the worker says ---- */

/* Running and degraded differ by the conditions alone. */
void pipeline_judge(struct pipeline *pipeline)
{
	bool hurt = pipeline->settings.misapplied || conditions_problem(&pipeline->conditions) != NULL ||
		(pipeline->subscription != NULL && subscription_problem(pipeline->subscription) != NULL);

	if (pipeline->state == (hurt ? PIPELINE_RUNNING : PIPELINE_DEGRADED))
		pipeline_event(pipeline, hurt ? LIFE_HURT : LIFE_WELL);
}

static bool owes(const struct pipeline *pipeline, const struct pipeline_stop *stop)
{
	return pipeline->stop.epoch == stop->epoch && pipeline->stop.sequence == stop->sequence;
}

static void worker_ready(struct pipeline *pipeline)
{
	loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	pipeline->kept = (struct worker_figures){ 0 };        /* the page tells it from now on */
	/* what was owed of a stop is in its account now; one that it is carrying out is cleared by its end */
	if (owes(pipeline, &pipeline->told_stop) && (pipeline->drain.deadline_ns == 0 || pipeline->drain.mode != DRAIN_STOP))
		pipeline->stop = (struct pipeline_stop){ 0 };
	if (!pipeline->failing)
		pipeline->last_error[0] = '\0';
	pipeline_event(pipeline, LIFE_READY);
	pipeline_judge(pipeline);
}

/* Waiting for the last worker to let go of the spool is no failure to start, nor for a name that we cannot give; nor is a
 * recovery that gets on. One that has started and is overtaken is left to it. */
static void take_condition(struct pipeline *pipeline, const char *payload, size_t length)
{
	const struct condition *condition = conditions_take(&pipeline->conditions, payload, length);

	pipeline_judge(pipeline);
	if (condition != NULL)
		fleet_pipeline_told(pipeline->fleet, pipeline, condition);
	if (condition == NULL || strcmp(condition->type, "WorkerReady") != 0 || condition->status)
		return;
	if (strcmp(condition->reason, "SpoolLocked") == 0 || strcmp(condition->reason, "NoStreamName") == 0)
		loop_timer_cancel(pipeline->fleet->loop, &pipeline->ready_deadline);
	else if (strcmp(condition->reason, "Recovering") == 0)
		expect_within(pipeline, RECOVERY_STEP_S);
	else if (strcmp(condition->reason, "Overtaken") != 0)
		expect_within(pipeline, READY_S);
}

/* What stands at the place already counts as given: the store may have been begun anew. */
static int stream_name(const struct pipeline *pipeline, const char *payload, size_t length, int64_t *name_ms,
	struct err *err)
{
	const char *endpoint = "", *bucket = "", *prefix = "";
	json_t *request = json_parse(payload, length, 0, NULL);
	int64_t now = clock_wall_ms();
	char destination[DESTINATION_SIZE];
	json_int_t newest = 0;
	int error = ERR_PROTOCOL;

	if (request != NULL && json_unpack(request, "{s?s s?s s?s s?I}", "endpoint", &endpoint, "bucket", &bucket, "prefix",
		&prefix, "newest_ms", &newest) == 0)
		error = run_store_destination(endpoint, bucket, prefix, destination, sizeof(destination));
	json_decref(request);
	/* names end with the year 9999: behind it there is no next one */
	if (error == 0 && newest > CLOCK_LAST_MS - STREAM_STEP_MS)
		error = ERR_PROTOCOL;
	if (error != 0)
		return err_set(err, error, "a stream request that is none");
	if (newest + STREAM_STEP_MS > now)
		now = newest + STREAM_STEP_MS;
	return pipeline->fleet->memory->stream_name(pipeline->fleet->memory->owner, destination, now, name_ms, err);
}

static void answer_stream_request(struct pipeline *pipeline, uint32_t id, const char *payload, size_t length)
{
	struct ipc_stream_name answer;
	struct err err;
	int error = stream_name(pipeline, payload, length, &answer.wall_ms, &err);

	if (error == 0)
		error = child_send(pipeline->keeper.child, IPC_STREAM_NAME, id, &answer, sizeof(answer), &err);
	else
		error = child_send_json(pipeline->keeper.child, IPC_STREAM_REFUSED, id,
			json_pack("{ss}", "message", err.message), &err);
	if (error != 0)
		log_error("%s: stream name: %s", pipeline->label, err.message);
}

void pipeline_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct pipeline *pipeline = owner;

	switch (type) {
	case IPC_READY:
		worker_ready(pipeline);
		break;
	case IPC_CONDITION:
		take_condition(pipeline, payload, length);
		break;
	case IPC_RETRY:
		conditions_retry(&pipeline->conditions, payload, length);
		break;
	case IPC_EVENT:
		/* a run shows the worker's log, where it stands as well */
		if (pipeline->fleet->worker_event != NULL)
			pipeline->fleet->worker_event(pipeline->fleet, pipeline, payload, length);
		break;
	case IPC_STREAM_REQUEST:
		answer_stream_request(pipeline, id, payload, length);
		break;
	case IPC_TAP_RECORD:
		pipeline_take_tapped(pipeline, id, payload, length);
		break;
	case IPC_TOKEN_REQUEST:
	case IPC_TOKEN_FETCHED:
	case IPC_TOKEN_FAILED:
		iam_message(pipeline, type, id, payload, length);
		break;
	case IPC_DRAINED:
		if (length == sizeof(pipeline->drained)) {
			memcpy(&pipeline->drained, payload, length);
			pipeline->told_drained = true;
		}
		break;
	default:
		log_warn("%s: message of unknown type %u", pipeline->label, type);
	}
}

