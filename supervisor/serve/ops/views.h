/* The list of subscriptions, and who may see how much of one that tenants share. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_VIEWS_H
#define SLUICE_SUPERVISOR_SERVE_OPS_VIEWS_H

#include "api/api_ops.h"

struct serve;
struct subscription;

enum view {
	VIEW_NONE,                    /* none of the caller's pipelines uses it */
	VIEW_STATE,                   /* others use it too: how it is, without what it carries */
	VIEW_ALL,
};

enum view view_subscription(const struct serve *serve, const struct api_caller *caller,
	const struct subscription *subscription);

/* All that the caller may see, as in the list; or without gaps, and with the newest sample alone. A new reference. */
json_t *view_subscriptions(struct serve *serve, const struct api_caller *caller, bool whole);

int ops_subscription_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer);

#endif
