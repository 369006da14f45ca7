/* A pipeline's conditions: what its worker and its subscription tell, and what is known here. */
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/subscription.h"

/* status: true, false or "unknown"; a new reference. since_ms 0: not known. */
static void add(json_t *list, const char *type, json_t *status, const char *reason, const char *message, int64_t since_ms)
{
	json_t *object = json_pack("{ss so ss so}", "type", type, "status", status, "reason", reason, "message",
		ops_text(message));

	if (since_ms != 0)
		json_object_set_new(object, "since", ops_time(since_ms));
	json_array_append_new(list, object);
}

static void add_unknown(json_t *list, const char *type, const char *reason)
{
	add(list, type, json_string("unknown"), reason, "", 0);
}

static json_t *last_of(json_t *list)
{
	return json_array_get(list, json_array_size(list) - 1);
}

/* Of the one that was added last. next_ns: CLOCK_BOOTTIME, past while the try is under way; 0: nothing is known of tries. */
static void put_tries(json_t *list, unsigned tries, int64_t next_ns)
{
	if (next_ns == 0)
		return;
	json_object_set_new(last_of(list), "next_at", ops_time_due(next_ns));
	json_object_set_new(last_of(list), "tries", json_integer(tries));
}

static void add_told(json_t *list, const char *type, const struct condition *condition)
{
	add(list, type, json_boolean(condition->status), condition->reason, condition->message, condition->since_ms);
	if (condition->field[0] != '\0')
		json_object_set_new(last_of(list), "field", json_string(condition->field));
	put_tries(list, condition->tries, condition->next_ns);
}

static bool is_ready(const struct served *served)
{
	enum pipeline_state state = pipeline_state(served->pipeline);

	return state == PIPELINE_RUNNING || state == PIPELINE_DEGRADED;
}

static void add_worker_ready(json_t *list, const struct served *served)
{
	const struct condition *told = conditions_find(pipeline_conditions(served->pipeline), "WorkerReady");
	const char *name = pipeline_state_name(pipeline_state(served->pipeline));
	bool ready = is_ready(served);
	unsigned tries;
	int64_t next_ns = pipeline_next_start(served->pipeline, &tries);

	if (told != NULL && !told->status)
		add_told(list, "WorkerReady", told);
	else
		add(list, "WorkerReady", json_boolean(ready), ready ? "Ready" : name, ready ? "" :
			pipeline_last_error(served->pipeline), pipeline_since(served->pipeline));
	put_tries(list, tries, next_ns);
}

/* A condition that was never told is true, as long as there is a worker that would tell. */
static void add_of_worker(json_t *list, const struct served *served, const char *type)
{
	const struct condition *told = conditions_find(pipeline_conditions(served->pipeline), type);
	int64_t started_ms;

	if (told != NULL)
		add_told(list, type, told);
	else if (pipeline_worker(served->pipeline, &started_ms) != 0 && is_ready(served))
		add(list, type, json_true(), "", "", started_ms);
	else
		add_unknown(list, type, "NoWorker");
}

static void add_subscription_up(json_t *list, const struct served *served)
{
	const struct subscription *subscription = pipeline_subscription(served->pipeline);
	const struct condition *told = subscription != NULL ? subscription_told(subscription) : NULL;
	unsigned tries;
	int64_t next_ns;

	if (told != NULL) {
		add_told(list, "SubscriptionUp", told);
	} else if (subscription != NULL) {
		add_unknown(list, "SubscriptionUp", subscription_state(subscription));
		next_ns = subscription_next_start(subscription, &tries);
		put_tries(list, tries, next_ns);
	} else {
		add_unknown(list, "SubscriptionUp", "none");
	}
}

json_t *status_conditions(const struct served *served)
{
	json_t *list = json_array();
	bool applied = served->config_error[0] == '\0' && served->fallback[0] == '\0';

	add_worker_ready(list, served);
	add_subscription_up(list, served);
	add_of_worker(list, served, "SinkReachable");
	add_of_worker(list, served, "TopologyReachable");
	add_of_worker(list, served, "SpoolWritable");
	add(list, "ConfigApplied", json_boolean(applied), applied ? "Applied" : served->config_error[0] != '\0' ? "Invalid" :
		"Restored", served->config_error[0] != '\0' ? served->config_error : served->fallback, served->applied_ms);
	return list;
}
