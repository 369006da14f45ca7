/* Changes that were refused, in the audit trail: who tried what, and why it was not done. Unlike a change's own row, one of these
 * can be made by whoever reaches the port: so many a minute are kept, and the next one says how many more there were. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/serve.h"
#include "supervisor/store/audit.h"

enum { KEPT_A_MINUTE = 30, MINUTE_S = 60 };

/* May one more be kept? *beyond: how many were not since the last one that was. */
static bool take_place(struct serve *serve, bool known, unsigned *beyond)
{
	struct refusals *refusals = &serve->refusals;
	int64_t now = loop_now(serve->loop);

	if (now - refusals->minute_ns[known] >= MINUTE_S * NS_PER_S || refusals->minute_ns[known] == 0) {
		refusals->minute_ns[known] = now;
		refusals->kept[known] = 0;
	}
	if (refusals->kept[known] == KEPT_A_MINUTE) {
		refusals->beyond[known]++;
		return false;
	}
	refusals->kept[known]++;
	*beyond = refusals->beyond[known];
	refusals->beyond[known] = 0;
	return true;
}

static char *detail_text(const struct api_refusal *refusal, unsigned beyond)
{
	json_t *detail = json_pack("{ss si ss so ss*}", "action", refusal->action, "status", refusal->status, "code", refusal->code,
		"detail", ops_text(refusal->detail), "tenant", refusal->foreign_tenant);
	char *text;

	if (beyond > 0)
		json_object_set_new(detail, "not_kept", json_integer(beyond));
	text = json_dumps(detail, JSON_COMPACT);
	json_decref(detail);
	return text;
}

/* What a row names: of a tenant's own change that is the tenant. */
static const char *target_of(const struct api_request *request, const struct api_refusal *refusal)
{
	if (request->name != NULL)
		return request->name;
	return strncmp(refusal->action, "tenant.", strlen("tenant.")) == 0 && request->tenant != NULL ? request->tenant : "";
}

static void refused(void *owner, const struct api_request *request, const struct api_refusal *refusal)
{
	struct serve *serve = owner;
	bool known = request->caller->role != API_ROLE_NONE;
	struct store_change change;
	unsigned beyond;
	struct err err;

	if (serve->stopping || !take_place(serve, known, &beyond))
		return;
	ops_change(request, &change);
	if (!known) {
		change.who = "nobody";
		change.role = "none";
	}
	change.detail = detail_text(refusal, beyond);
	if (change.detail == NULL || store_audit_add(serve->store, &change, request->tenant, "refused", target_of(request, refusal),
		&err) != 0)
		log_warn("audit: %s by %s was refused (%s), which could not be written down", refusal->action, change.who, refusal->code);
	free((char *)change.detail);
}

void ops_refusals_init(struct api_ops *ops)
{
	ops->refused = refused;
}
