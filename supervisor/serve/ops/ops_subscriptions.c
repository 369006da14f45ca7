/* The connections to analyzers as the API shows them. Tenants share them: each sees how its own are, and what they carry
 * where nobody else uses them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/serve/figures/connection.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/served.h"
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

static int append(struct ops_list *list, const struct subscription *subscription, enum view view, struct err *err)
{
	json_t *object = connection_show(list->serve, list->request->caller, subscription, view, SAMPLES);

	json_array_append_new(list->items, object);
	return connection_put_gaps(object, list->serve, subscription, list->arena, err);
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

json_t *view_subscriptions(struct serve *serve, const struct api_caller *caller, bool whole)
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
		object = connection_show(serve, caller, subscription, view, whole ? SAMPLES : 1);
		json_array_append_new(items, object);
		/* the connection is shown all the same */
		if (whole)
			connection_put_gaps(object, serve, subscription, &arena, NULL);
	}
	arena_fini(&arena);
	return items;
}
