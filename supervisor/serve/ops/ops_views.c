/* What is only looked at: host ids, the audit trail, readiness, metrics. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "supervisor/serve/figures/metrics.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_list.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/log_stream.h"
#include "supervisor/serve/streams/tap.h"
#include "supervisor/store/audit.h"
#include "supervisor/store/pipelines.h"

enum { METRICS_MAX = 64 << 20 };

/* ---- host ids ---- */

static int host_id_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	struct store_helds page;
	int error = store_claims_list(list->serve->store, "host_id", after, list->query->limit, &page, list->arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; i < page.count; i++) {
		const struct store_held *held = &page.items[i];
		const char *const texts[] = { held->value, held->tenant, held->name };

		if (ops_list_fits(list, texts, 3))
			json_array_append_new(list->items, json_pack("{ss ss ss sb}", "host_id", held->value, "tenant",
				held->tenant, "name", held->name, "current", held->current));
	}
	*next = page.next;
	return 0;
}

static int host_id_list(void *owner, const struct api_request *request, const struct api_list *query,
	struct api_answer *answer)
{
	return ops_list_answer(owner, request, query, host_id_page, answer);
}

/* ---- the audit trail ---- */

/* Somebody at the Unix socket or the command line, and the supervisor itself, have no token, nor has whoever was not
 * authenticated. */
static const char *token_of(const struct store_audit *row)
{
	return strcmp(row->who, "local") == 0 || strcmp(row->who, "sluiced") == 0 || strcmp(row->who, "nobody") == 0 ? NULL : row->who;
}

static json_t *audit_json(const struct store_audit *row)
{
	return json_pack("{so ss ss ss ss? ss ss? ss ss ss so}", "at", ops_time(row->at_ms), "action", row->action, "who", row->who,
		"who_description", row->who_description, "token_id", token_of(row), "role", row->role, "tenant", row->tenant[0] != '\0' ? row->tenant : NULL, "name",
		row->target, "address", row->address, "request_id", row->request_id, "detail", ops_json(row->detail));
}

static int audit_page(struct ops_list *list, const char *after, const char **next, struct err *err)
{
	struct store_audits page;
	char number[24];
	int error = store_audit_list(list->serve->store, list->filter, strtoll(after, NULL, 10), list->query->limit, &page,
		list->arena, err);

	if (error != 0)
		return error;
	for (size_t i = 0; i < page.count; i++) {
		const struct store_audit *row = &page.items[i];
		const char *const texts[] = { row->tenant, row->target, row->action, row->who };

		if (ops_list_fits(list, texts, 4))
			json_array_append_new(list->items, audit_json(row));
	}
	if (page.next == 0)
		return 0;
	snprintf(number, sizeof(number), "%" PRId64, page.next);
	*next = arena_strdup(list->arena, number);
	return *next != NULL ? 0 : err_set(err, ERR_LIMIT, "the page is too large: give a smaller limit");
}

static int audit_list(void *owner, const struct api_request *request, const struct api_list *query,
	const struct api_audit_query *audit, struct api_answer *answer)
{
	const struct store_audit_filter filter = { .tenant = request->tenant, .action = audit->action, .who = audit->who,
		.pipeline = request->name, .since_ms = audit->since_ms };

	return ops_list_filtered(owner, request, query, audit_page, &filter, answer);
}

/* ---- readiness ---- */

static void put_reason(json_t *reasons, const char *what, const char *message)
{
	json_array_append_new(reasons, json_pack("{ss ss}", "what", what, "message", message));
}

/* Whoever asks needs no token: the lock of a transaction that writes nothing is all that this costs. Messages of the store
 * name paths, and go no further. */
static void check_store(struct serve *serve, json_t *reasons)
{
	struct statvfs disk;
	struct err err;
	int error = store_group_begin(serve->store, &err);

	if (error == 0)
		store_group_end(serve->store, false, NULL);
	/* another process writes, for a moment */
	if (error != 0 && error != ERR_AGAIN)
		put_reason(reasons, "store", "The database cannot be written.");
	else if (fstatvfs(store_dirfd(serve->store), &disk) != 0)
		put_reason(reasons, "store", "The data folder cannot be read.");
	else if (disk.f_flag & ST_RDONLY)
		put_reason(reasons, "store", "The data folder's file system is read-only.");
	else if (disk.f_bavail == 0)
		put_reason(reasons, "store", "The data folder's disk is full.");
}

static int ready(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct serve *serve = owner;
	json_t *reasons = json_array();

	(void)request;
	if (serve->stopping)
		put_reason(reasons, "sluiced", "It is ending.");
	check_store(serve, reasons);
	if (json_array_size(reasons) == 0) {
		json_decref(reasons);
		answer->body = json_pack("{sb}", "ready", 1);
		return 0;
	}
	answer->status = 503;
	answer->body = json_pack("{sb so}", "ready", 0, "not_ready", reasons);
	return 0;
}

/* ---- metrics ---- */

static int metrics(void *owner, const struct api_request *request, struct api_answer *answer)
{
	struct buffer out;

	buffer_init(&out, METRICS_MAX);
	if (metrics_write(owner, request->caller, &out) != 0) {
		buffer_fini(&out);
		return answer_unavailable(answer, "memory", 1, "There is no memory for the answer.");
	}
	answer->text = out.bytes;
	answer->text_length = out.length;
	return 0;
}

void ops_views_init(struct api_ops *ops)
{
	ops->subscription_list = ops_subscription_list;
	ops->host_id_list = host_id_list;
	ops->audit_list = audit_list;
	ops->ready = ready;
	ops->events = ops_events;
	ops->logs = ops_logs;
	ops->log_level_get = ops_log_level_get;
	ops->log_level = ops_log_level;
	ops->tap = ops_tap;
	ops->metrics = metrics;
}
