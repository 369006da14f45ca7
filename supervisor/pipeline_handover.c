/* A pipeline on its way from one image of the supervisor to the next. Its worker notices nothing. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "supervisor/fleet.h"
#include "supervisor/handover.h"
#include "supervisor/pipeline_private.h"
#include "supervisor/subscription.h"

#define TEXT(member) HANDOVER_ROW(struct pipeline, HANDOVER_TEXT, member)
#define NUMBER(member) HANDOVER_ROW(struct pipeline, HANDOVER_NUMBER, member)
#define FLAG(member) HANDOVER_ROW(struct pipeline, HANDOVER_BOOL, member)

static const struct handover_field fields[] = {
	NUMBER(state), NUMBER(since_ms), NUMBER(started_ms), NUMBER(ready_s),
	FLAG(wanted), FLAG(told_drained), FLAG(killed), FLAG(ended_starting), FLAG(held), FLAG(failing),
	NUMBER(stop.epoch), NUMBER(stop.sequence), NUMBER(told_stop.epoch), NUMBER(told_stop.sequence), NUMBER(told_quota),
	NUMBER(drain.mode), NUMBER(drain.epoch), NUMBER(drain.sequence), NUMBER(drain.deadline_ns),
	NUMBER(drained.unsent_objects), NUMBER(drained.unsent_flows), NUMBER(drained.mode), NUMBER(drained.epoch),
	NUMBER(drained.sequence),
	TEXT(last_error), TEXT(last_exit), TEXT(past_error.code), TEXT(past_error.message), NUMBER(past_error.at_ms),
	NUMBER(tap.records_s), NUMBER(tap.bytes_s), NUMBER(tap_session),
	{ 0 },
};

/* What it has open, by name. */
static const struct {
	const char *name;
	size_t offset;
} descriptors[] = {
	{ "spool", offsetof(struct pipeline, spool_fd) },
	{ "files", offsetof(struct pipeline, files_fd) },
	{ "state_memory", offsetof(struct pipeline, state_fd) },
	{ "page", offsetof(struct pipeline, page_fd) },
};

enum { DESCRIPTORS = sizeof(descriptors) / sizeof(descriptors[0]) };

static int *descriptor_of(struct pipeline *pipeline, size_t index)
{
	return (int *)(void *)((char *)pipeline + descriptors[index].offset);
}

bool pipeline_settled(const struct pipeline *pipeline)
{
	return keeper_settled(&pipeline->keeper);
}

void pipeline_hand_over(struct pipeline *pipeline, struct handover *handover, json_t *object)
{
	handover_put_fields(handover, object, fields, pipeline);
	handover_put_text(handover, object, "capture", pipeline->capture);
	for (size_t i = 0; i < DESCRIPTORS; i++)
		handover_put_fd(handover, object, descriptors[i].name, *descriptor_of(pipeline, i));
	handover_put_timer(handover, object, "ready_deadline", &pipeline->ready_deadline);
	handover_put_timer(handover, object, "hard_end", &pipeline->hard_end);
	conditions_hand_over(&pipeline->conditions, handover, object);
	restart_limit_hand_over(&pipeline->restarts, handover, object);
	keeper_hand_over(&pipeline->keeper, handover, handover_put(handover, object, "keeper", json_object()));
}

static int adopt_subscription(struct pipeline *pipeline, const json_t *object, struct subscription *subscription,
	struct err *err)
{
	char *capture = strdup(handover_text(object, "capture"));
	int error = capture != NULL ? subscription_adopt_reader(subscription, capture, err)
				    : err_set(err, ERR_NO_MEMORY, "no memory for a pipeline");

	if (error != 0) {
		free(capture);
		return error;
	}
	pipeline->subscription = subscription;
	pipeline->capture = capture;
	return 0;
}

static int adopt_page(struct pipeline *pipeline, struct err *err)
{
	for (size_t i = 0; i < DESCRIPTORS; i++) {
		if (*descriptor_of(pipeline, i) < 0 && pipeline->keeper.child != NULL)
			return err_set(err, ERR_CORRUPT, "it was handed over without its %s", descriptors[i].name);
	}
	return pipeline->page_fd >= 0 ? worker_page_open(&pipeline->page, pipeline->page_fd, false, err) : 0;
}

static int check(const json_t *object, const struct subscription *subscription, struct err *err)
{
	json_int_t state = json_integer_value(json_object_get(object, "state"));
	bool runs = json_object_get(json_object_get(object, "keeper"), "child") != NULL;

	if (state < 0 || state >= PIPELINE_STATES || (runs && subscription == NULL))
		return err_set(err, ERR_CORRUPT, "it was not handed over whole");
	return 0;
}

int pipeline_adopt(struct pipeline *pipeline, struct handover *handover, const json_t *object,
	struct subscription *subscription, struct err *err)
{
	struct loop *loop = pipeline->fleet->loop;
	int error = check(object, subscription, err);

	if (error == 0 && subscription != NULL)
		error = adopt_subscription(pipeline, object, subscription, err);
	if (error != 0)
		return error;
	for (size_t i = 0; i < DESCRIPTORS; i++)
		*descriptor_of(pipeline, i) = handover_take_fd(handover, object, descriptors[i].name);
	handover_take_fields(object, fields, pipeline);
	conditions_adopt(&pipeline->conditions, object);
	restart_limit_adopt(&pipeline->restarts, object);
	handover_take_timer(object, "ready_deadline", loop, &pipeline->ready_deadline);
	handover_take_timer(object, "hard_end", loop, &pipeline->hard_end);
	error = keeper_adopt(&pipeline->keeper, handover, json_object_get(object, "keeper"), err);
	if (error == 0)
		error = adopt_page(pipeline, err);
	if (error != 0)
		log_error("%s: %s", pipeline->label, err->message);
	pipeline->lost = error != 0;
	pipeline->adopted = true;
	/* its page tells more than what was read from its spool */
	if (pipeline->state == PIPELINE_RUNNING || pipeline->state == PIPELINE_DEGRADED)
		pipeline->kept = (struct worker_figures){ 0 };
	return 0;
}

bool pipeline_adopted(const struct pipeline *pipeline)
{
	return pipeline->adopted;
}

void pipeline_settle(struct pipeline *pipeline)
{
	/* who looked at its records has gone: streams end with an image */
	if (pipeline->tap.records_s != 0)
		pipeline_tap(pipeline, &(struct ipc_tap){ 0 });
	if (!pipeline->lost)
		return;
	pipeline->lost = false;
	if (pipeline->keeper.child != NULL)
		keeper_kill(&pipeline->keeper);
	else
		pipeline_keeper_handler.failed(pipeline, "was lost in an upgrade");
}
