/* The connections to analyzers as the API shows them. Tenants share them: each sees how its own are, and what they carry
 * where nobody else uses them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/pipeline_config.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/served.h"
#include "supervisor/store/history.h"
#include "supervisor/subscription.h"

enum view view_subscription(const struct serve *serve, const struct api_caller *caller,
	const struct subscription *subscription)
{
	bool own = false, others = false;

	if (caller->role == API_ROLE_ADMIN)
		return VIEW_ALL;
	for (size_t i = 0; i < serve->served_count; i++) {
		if (pipeline_subscription(serve->served[i]->pipeline) != subscription)
			continue;
		own = own || ops_may_see(caller, serve->served[i]->tenant);
		others = others || !ops_may_see(caller, serve->served[i]->tenant);
	}
	return !own ? VIEW_NONE : others ? VIEW_STATE : VIEW_ALL;
}

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

/* Newest first. */
static int put_gaps(json_t *object, struct serve *serve, const struct subscription *subscription, struct arena *arena,
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

static void put_traffic(json_t *object, const struct ring_counters *counters)
{
	json_object_set_new(object, "messages", json_integer((json_int_t)counters->messages));
	json_object_set_new(object, "message_bytes", json_integer((json_int_t)counters->message_bytes));
	json_object_set_new(object, "flows", json_integer((json_int_t)counters->flows));
	json_object_set_new(object, "malformed", json_integer((json_int_t)counters->malformed));
	json_object_set_new(object, "refused_messages", json_integer((json_int_t)counters->refused));
	json_object_set_new(object, "lost", json_integer((json_int_t)counters->probe_dropped));
}

static void put_problem(json_t *object, const struct subscription *subscription)
{
	const struct condition *problem = subscription_problem(subscription);

	json_object_set_new(object, "problem", problem == NULL ? json_null() :
		json_pack("{ss ss}", "reason", problem->reason, "message", problem->message));
}

/* Without its gaps. */
static json_t *show(const struct serve *serve, const struct api_caller *caller, const struct subscription *subscription,
	enum view view)
{
	json_t *object = json_object();
	struct ring_counters counters;

	subscription_counters(subscription, &counters);
	json_object_set_new(object, "url", json_string(subscription_url(subscription)));
	json_object_set_new(object, "number", json_integer(subscription_number(subscription)));
	json_object_set_new(object, "state", json_string(subscription_state(subscription)));
	json_object_set_new(object, "namespaces", view == VIEW_ALL ? subscription_namespaces(subscription)
		: own_namespaces(serve, caller, subscription));
	json_object_set_new(object, "last_message_age_seconds", last_message_age(&counters));
	json_object_set_new(object, "reconnects", json_integer((json_int_t)counters.reconnects));
	json_object_set_new(object, "gap_seconds", seconds(counters.gap_ms));
	put_problem(object, subscription);
	if (view == VIEW_ALL)
		put_traffic(object, &counters);
	return object;
}

static int append(struct ops_list *list, const struct subscription *subscription, enum view view, struct err *err)
{
	json_t *object = show(list->serve, list->request->caller, subscription, view);

	json_array_append_new(list->items, object);
	return put_gaps(object, list->serve, subscription, list->arena, err);
}

/* The one with the lowest number above this one; NULL: there is none. */
static const struct subscription *next_of(const struct fleet *fleet, unsigned long behind)
{
	const struct subscription *found = NULL;

	for (size_t i = 0; i < fleet->subscription_count; i++) {
		const struct subscription *subscription = fleet->subscriptions[i];

		if (subscription_number(subscription) > behind &&
			(found == NULL || subscription_number(subscription) < subscription_number(found)))
			found = subscription;
	}
	return found;
}

/* In the order of their numbers, of which those that come may fill holes. */
static int subscription_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	unsigned long behind = strtoul(after, NULL, 10);
	const struct subscription *subscription;
	char number[16] = "";
	int error = 0;

	for (; error == 0 && (subscription = next_of(&list->serve->fleet, behind)) != NULL;
		behind = subscription_number(subscription)) {
		const char *const texts[] = { subscription_url(subscription) };
		enum view view = view_subscription(list->serve, list->request->caller, subscription);

		if (view == VIEW_NONE || !ops_list_fits(list, texts, 1))
			continue;
		if (json_array_size(list->items) == list->query->limit) {
			*next = arena_strdup(list->arena, number);
			break;
		}
		error = append(list, subscription, view, err);
		snprintf(number, sizeof(number), "%u", subscription_number(subscription));
	}
	return error;
}

int ops_subscription_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer)
{
	return ops_list_answer(owner, request, query, subscription_page, answer);
}

json_t *view_subscriptions(struct serve *serve, const struct api_caller *caller, bool gaps)
{
	const struct subscription *subscription = NULL;
	json_t *items = json_array();
	struct arena arena;

	arena_init(&arena, SERVE_ARENA);
	while ((subscription = next_of(&serve->fleet, subscription != NULL ? subscription_number(subscription) : 0)) != NULL) {
		enum view view = view_subscription(serve, caller, subscription);
		json_t *object;

		if (view == VIEW_NONE)
			continue;
		object = show(serve, caller, subscription, view);
		json_array_append_new(items, object);
		/* the connection is shown all the same */
		if (gaps)
			put_gaps(object, serve, subscription, &arena, NULL);
	}
	arena_fini(&arena);
	return items;
}
