#include "supervisor/serve/figures/connection.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/history.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* A capture may be named after its tenant: of what is asked for, what the caller's own pipelines need. */
static json_t *own_namespaces(const struct serve *serve, const struct api_caller *caller,
	const struct subscription *subscription)
{
	char **captures = calloc(serve->served_count + 1, sizeof(*captures));
	size_t count = 0;
	json_t *list;

	for (size_t i = 0; captures != NULL && i < serve->served_count; i++) {
		const struct served *served = serve->served[i];

		if (served->config == NULL || pipeline_subscription(served->pipeline) != subscription ||
			!ops_may_see(caller, served->tenant))
			continue;
		captures[count++] = (char *)config_pipeline(served->config)->subscriber.capture_id;
	}
	list = captures != NULL ? namespaces_needed(captures, count) : json_array();
	free(captures);
	return list;
}

static json_t *seconds(uint64_t ms)
{
	return json_real((double)ms / 1000);
}

static json_t *last_message_age(const struct ring_counters *counters)
{
	int64_t age_ns = clock_boottime_ns() - (int64_t)counters->last_message_ns;

	return counters->last_message_ns == 0 ? json_null() : seconds((uint64_t)(age_ns > 0 ? age_ns / NS_PER_MS : 0));
}

int connection_put_gaps(json_t *object, struct serve *serve, const struct subscription *subscription, struct arena *arena,
	struct err *err)
{
	json_t *array = json_array();
	struct store_gap *gaps;
	size_t count = 0;
	int error = store_gaps_list(serve->store, subscription_key(subscription), STORE_GAPS, &gaps, &count, arena, err);

	for (size_t i = 0; error == 0 && i < count; i++)
		json_array_append_new(array, json_pack("{so so so ss}", "from", ops_time(gaps[i].from_ms), "to",
			ops_time(gaps[i].to_ms), "seconds", seconds((uint64_t)(gaps[i].to_ms - gaps[i].from_ms)), "reason",
			gaps[i].reason));
	json_object_set_new(object, "gaps", array);
	return error;
}

/* The newest sample, and the one of a minute before: of a younger connection its first. False: they are not there yet. */
static bool last_minute(const struct subscription *subscription, const struct subscription_sample **now,
	const struct subscription_sample **then)
{
	unsigned back = 60 / SAMPLE_S;

	while (back > 0 && subscription_sample_back(subscription, back) == NULL)
		back--;
	*now = subscription_sample_back(subscription, 0);
	*then = subscription_sample_back(subscription, back);
	return back > 0 && (*now)->at_ns > (*then)->at_ns;
}

static double seconds_between(const struct subscription_sample *now, const struct subscription_sample *then)
{
	return (double)(now->at_ns - then->at_ns) / NS_PER_S;
}

/* Null: not known yet. */
static json_t *rates(const struct subscription *subscription)
{
	const struct subscription_sample *now, *then;
	double span;

	if (!last_minute(subscription, &now, &then))
		return json_pack("{sn sn}", "messages", "flows");
	span = seconds_between(now, then);
	return json_pack("{sf sf}", "messages", (double)(now->messages - then->messages) / span, "flows",
		(double)(now->flows - then->flows) / span);
}

static json_t *samples(const struct subscription *subscription, unsigned most)
{
	uint64_t ever = subscription_sample_count(subscription);
	json_t *flows = json_array();

	for (unsigned i = ever < most ? (unsigned)ever : most; i-- > 0;)
		json_array_append_new(flows, json_integer((json_int_t)subscription_sample_back(subscription, i)->flows));
	return json_pack("{si sI so}", "interval_s", SAMPLE_S, "count", (json_int_t)ever, "flows", flows);
}

static void put_traffic(json_t *object, const struct subscription *subscription, const struct ring_counters *counters,
	unsigned most)
{
	json_object_set_new(object, "messages", json_integer((json_int_t)counters->messages));
	json_object_set_new(object, "message_bytes", json_integer((json_int_t)counters->message_bytes));
	json_object_set_new(object, "flows", json_integer((json_int_t)counters->flows));
	json_object_set_new(object, "malformed", json_integer((json_int_t)counters->malformed));
	json_object_set_new(object, "refused_messages", json_integer((json_int_t)counters->refused));
	json_object_set_new(object, "lost", json_integer((json_int_t)counters->probe_dropped));
	json_object_set_new(object, "rates", rates(subscription));
	json_object_set_new(object, "samples", samples(subscription, most));
}

static void put_problem(json_t *object, const struct subscription *subscription)
{
	const struct condition *problem = subscription_problem(subscription);

	json_object_set_new(object, "problem", problem == NULL ? json_null() :
		json_pack("{ss ss}", "reason", problem->reason, "message", problem->message));
}

/* What its subscriber said last, if it is still so. */
static const struct condition *told(const struct subscription *subscription)
{
	const struct condition *condition = subscription_told(subscription);
	bool up = strcmp(subscription_state(subscription), "connected") == 0;

	return condition != NULL && condition->status == up ? condition : NULL;
}

/* Since when it is so, and while it is down when it is tried again, where that is known. */
static void put_state(json_t *object, const struct subscription *subscription)
{
	const struct condition *condition = told(subscription);
	unsigned tries;
	int64_t next_ns = subscription_next_start(subscription, &tries);

	json_object_set_new(object, "state", json_string(subscription_state(subscription)));
	json_object_set_new(object, "since", ops_time(condition != NULL ? condition->since_ms : 0));
	if (next_ns == 0 && condition != NULL && !condition->status) {
		next_ns = condition->next_ns;
		tries = condition->tries;
	}
	if (next_ns == 0)
		return;
	json_object_set_new(object, "next_at", ops_time_due(next_ns));
	json_object_set_new(object, "tries", json_integer(tries));
}

/* Of the gaps that are kept; it is shown all the same when they cannot be read. */
static void put_last_day(json_t *object, const struct serve *serve, const struct subscription *subscription)
{
	uint64_t count, ms;

	if (store_gaps_since(serve->store, subscription_key(subscription), clock_wall_ms() - DAY_MS, &count, &ms, NULL) != 0)
		return;
	json_object_set_new(object, "reconnects_24h", json_integer((json_int_t)count));
	json_object_set_new(object, "gap_seconds_24h", seconds(ms));
}

/* Of those that the caller may see. */
static json_t *count_pipelines(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription)
{
	json_int_t count = 0;

	for (size_t i = 0; i < serve->served_count; i++)
		count += pipeline_subscription(serve->served[i]->pipeline) == subscription && ops_may_see(caller, serve->served[i]->tenant);
	return json_integer(count);
}

json_t *connection_show(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription,
	enum view view, unsigned most)
{
	json_t *object = json_object();
	struct ring_counters counters;

	subscription_counters(subscription, &counters);
	json_object_set_new(object, "url", json_string(subscription_url(subscription)));
	json_object_set_new(object, "number", json_integer(subscription_number(subscription)));
	put_state(object, subscription);
	if (caller->role == API_ROLE_ADMIN)
		json_object_set_new(object, "host_id", ops_text(subscription_host_id(subscription)));
	json_object_set_new(object, "pipelines", count_pipelines(serve, caller, subscription));
	json_object_set_new(object, "namespaces", view == VIEW_ALL ? subscription_namespaces(subscription)
		: own_namespaces(serve, caller, subscription));
	json_object_set_new(object, "last_message_age_seconds", last_message_age(&counters));
	json_object_set_new(object, "reconnects", json_integer((json_int_t)counters.reconnects));
	json_object_set_new(object, "gap_seconds", seconds(counters.gap_ms));
	put_last_day(object, serve, subscription);
	put_problem(object, subscription);
	if (view == VIEW_ALL)
		put_traffic(object, subscription, &counters, most);
	return object;
}

json_t *connection_ring(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription)
{
	size_t size = subscription_ring_size(subscription);
	const struct subscription_sample *now, *then;
	json_t *round = json_null();

	if (last_minute(subscription, &now, &then) && now->ring_bytes > then->ring_bytes &&
		view_subscription(serve, caller, subscription) == VIEW_ALL)
		round = json_real((double)size * seconds_between(now, then) / (double)(now->ring_bytes - then->ring_bytes));
	return json_pack("{sI so}", "bytes", (json_int_t)size, "seconds", round);
}
