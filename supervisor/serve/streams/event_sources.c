/* Where events come from: the audit trail, and what happens to pipelines. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_parse.h"
#include "common/log.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/figures.h"
#include "supervisor/store/audit.h"
#include "supervisor/subscription.h"

/* Mostly one row is new, at every write: what is read beyond it is for nothing. */
enum { PAGE = 16 };

/* ---- changes, whoever makes them, and those that were refused ---- */

static void add_change(struct serve *serve, const struct store_audit *row)
{
	const char *tenant = row->tenant;
	bool is_refused = strcmp(row->action, "refused") == 0;
	json_t *detail = ops_json(row->detail);
	const char *asked = json_string_value(json_object_get(detail, "action"));
	const char *action = is_refused && asked != NULL ? asked : row->action;
	bool is_pipeline = strncmp(action, "pipeline.", strlen("pipeline.")) == 0;
	json_t *members = json_pack("{so ss ss ss ss so}", "at", ops_time(row->at_ms), "action", action, "who", row->who,
		"who_description", row->who_description, "request_id", row->request_id, "detail", detail);

	if (!is_pipeline)
		json_object_set_new(members, "target", json_string(row->target));
	else
		figures_touch_named(serve, tenant, row->target);
	events_add(serve->events, is_refused ? "refused" : "change", tenant, is_pipeline ? row->target : "", members);
}

/* Rows that have come since, oldest first: pages come newest first. */
static int read_changes(struct serve *serve, int64_t before, int64_t *newest, struct err *err)
{
	struct store_audits page;
	struct arena arena;
	size_t fresh = 0;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_audit_list(serve->store, NULL, before, PAGE, &page, &arena, err);
	while (error == 0 && fresh < page.count && page.items[fresh].id > serve->last_change)
		fresh++;
	if (error == 0 && fresh > 0 && *newest == 0)
		*newest = page.items[0].id;
	if (error == 0 && fresh == page.count && page.next != 0)
		error = read_changes(serve, page.next, newest, err);
	for (size_t i = fresh; error == 0 && i-- > 0;)
		add_change(serve, &page.items[i]);
	arena_fini(&arena);
	return error;
}

static void changes_written(struct loop_timer *timer)
{
	struct serve *serve = timer->owner;
	int64_t newest = 0;
	struct err err;

	if (read_changes(serve, 0, &newest, &err) != 0) {
		log_warn("events: reading what was changed: %s", err.message);
		loop_timer_set(serve->loop, timer, loop_now(serve->loop) + NS_PER_S, NULL);
	} else if (newest != 0) {
		serve->last_change = newest;
	}
}

/* From within a call of the store: it is looked at in the loop's next round. */
static void audited(void *owner)
{
	struct serve *serve = owner;

	loop_timer_set(serve->loop, &serve->changes, 0, NULL);
}

void event_sources_look(struct serve *serve)
{
	audited(serve);
}

void event_sources_init(struct serve *serve)
{
	struct store_audits newest;
	struct arena arena;

	arena_init(&arena, SERVE_ARENA);
	if (store_audit_list(serve->store, NULL, 0, 1, &newest, &arena, NULL) == 0 && newest.count > 0)
		serve->last_change = newest.items[0].id;
	arena_fini(&arena);
	serve->changes = (struct loop_timer){ .fire = changes_written, .owner = serve };
	store_audit_watch(serve->store, audited, serve);
	serve->fleet.condition = event_of_condition;
	serve->fleet.worker_event = event_of_worker;
}

void event_sources_fini(struct serve *serve)
{
	if (serve->store != NULL)
		store_audit_watch(serve->store, NULL, NULL);
	if (serve->loop != NULL)
		loop_timer_cancel(serve->loop, &serve->changes);
}

/* ---- what happens to pipelines ---- */

/* "": not known yet, or none. */
static const char *flow_state_of(const struct served *served)
{
	const char *state = status_flow_state(served);

	return state != NULL ? state : "";
}

void event_of_flow_state(struct served *served)
{
	if (!served->serve->stopping && strcmp(flow_state_of(served), served->told_flow_state) != 0)
		event_of_state(served);
}

void event_of_state(struct served *served)
{
	enum pipeline_state state = pipeline_state(served->pipeline);
	const char *flow_state = flow_state_of(served);
	char reason[512];
	json_t *members;

	if ((int)state == served->told_state && served->revision == served->told_revision &&
		strcmp(flow_state, served->told_flow_state) == 0)
		return;
	served->told_state = (int)state;
	served->told_revision = served->revision;
	snprintf(served->told_flow_state, sizeof(served->told_flow_state), "%s", flow_state);
	figures_touch(served);
	members = json_pack("{ss so sI ss ss?}", "state", pipeline_state_name(state), "since",
		ops_time(pipeline_since(served->pipeline)), "revision", (json_int_t)served->revision, "desired_state",
		pipeline_wanted(served->pipeline) ? "running" : "stopped", "flow_state", flow_state[0] != '\0' ? flow_state : NULL);
	if (status_problem(served, reason, sizeof(reason)))
		json_object_set_new(members, "reason", ops_text(reason));
	events_add(served->serve->events, "state", served->tenant, served->name, members);
}

void event_of_condition(struct fleet *fleet, struct pipeline *pipeline, const struct condition *condition)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	struct served *served = served_find(serve, pipeline_id(pipeline));

	if (served == NULL)
		return;
	figures_touch(served);
	events_add(serve->events, "condition", served->tenant, served->name, json_pack("{ss sb ss so so}", "condition",
		condition->type, "status", (int)condition->status, "reason", condition->reason, "message",
		ops_text(condition->message), "since", ops_time(condition->since_ms)));
}

void event_of_worker(struct fleet *fleet, struct pipeline *pipeline, const char *payload, size_t length)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	const struct served *served = served_find(serve, pipeline_id(pipeline));
	json_t *said = json_parse(payload, length, 0, NULL);
	const char *severity = "", *code = "", *message = "";

	if (served != NULL && said != NULL && json_unpack(said, "{ss ss ss}", "severity", &severity, "code", &code, "message",
		&message) == 0)
		events_add(serve->events, "event", served->tenant, served->name, json_pack("{ss ss ss}", "severity", severity,
			"code", code, "message", message));
	json_decref(said);
}

void event_of_gap(struct serve *serve, const char *key, const struct ring_gap *gap)
{
	for (size_t i = 0; i < serve->served_count; i++) {
		const struct served *served = serve->served[i];
		const struct subscription *subscription = pipeline_subscription(served->pipeline);

		if (subscription != NULL && strcmp(subscription_key(subscription), key) == 0)
			events_add(serve->events, "gap", served->tenant, served->name, json_pack("{so so ss}", "from",
				ops_time(gap->from_ms), "to", ops_time(gap->to_ms), "reason", ring_gap_reason_name(gap->reason)));
	}
}
