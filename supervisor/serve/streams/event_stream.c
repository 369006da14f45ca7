/* GET /v1/events: first all pipelines as they are (events of type `snapshot`, some pipelines each), then what happens. One
 * that comes again with the last id it has seen goes on behind that, while it is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/streams/events.h"

enum { SNAPSHOT_PAGE = 50, FILL_BYTES = 16 * 1024, SNAPSHOT_MS = 250 };

struct onlooker {
	struct serve *serve;
	struct api_stream *stream;
	struct watch watch;
	struct api_caller caller;
	char tenant[API_NAME_SIZE], pipeline[API_NAME_SIZE];  /* what is wanted; "": all that may be seen */
	bool snapshot;                /* is still under way */
	char after[API_NEXT_SIZE];    /* of the snapshot */
	uint64_t next;                /* event to be sent next */
};

/* ---- the snapshot ---- */

/* The last one that was a single page, for those who come in the same moment and want and may see the same. */
struct event_snapshot {
	char *text;
	uint64_t next;                /* the event behind it */
	int64_t made_ns;
	enum api_role role;
	char own[API_NAME_SIZE], tenant[API_NAME_SIZE], pipeline[API_NAME_SIZE];
};

void event_snapshot_free(struct event_snapshot **kept)
{
	if (*kept == NULL)
		return;
	free((*kept)->text);
	free(*kept);
	*kept = NULL;
}

/* Takes the text over. What has no memory is not kept. */
static void keep_snapshot(const struct onlooker *onlooker, char *text)
{
	struct event_snapshot **kept = &onlooker->serve->snapshot;

	event_snapshot_free(kept);
	*kept = calloc(1, sizeof(**kept));
	if (*kept == NULL) {
		free(text);
		return;
	}
	**kept = (struct event_snapshot){ .text = text, .next = onlooker->next, .made_ns = loop_now(onlooker->serve->loop),
		.role = onlooker->caller.role };
	snprintf((*kept)->own, API_NAME_SIZE, "%s", onlooker->caller.tenant);
	snprintf((*kept)->tenant, API_NAME_SIZE, "%s", onlooker->tenant);
	snprintf((*kept)->pipeline, API_NAME_SIZE, "%s", onlooker->pipeline);
}

/* NULL: it is too old, something has happened since, or it is not this one's. */
static const char *kept_snapshot(const struct onlooker *onlooker)
{
	const struct serve *serve = onlooker->serve;
	const struct event_snapshot *kept = serve->snapshot;

	if (kept == NULL || kept->next != events_next(serve->events) || kept->next != onlooker->next ||
		loop_now(serve->loop) - kept->made_ns > SNAPSHOT_MS * NS_PER_MS || onlooker->after[0] != '\0')
		return NULL;
	return kept->role == onlooker->caller.role && strcmp(kept->own, onlooker->caller.tenant) == 0 &&
		strcmp(kept->tenant, onlooker->tenant) == 0 && strcmp(kept->pipeline, onlooker->pipeline) == 0 ? kept->text : NULL;
}

/* One page; *after becomes where the next one begins, "": there is none. */
static int snapshot_page(struct onlooker *onlooker, json_t *items, struct err *err)
{
	const struct store_filter filter = { .tenant = onlooker->tenant[0] != '\0' ? onlooker->tenant : NULL };
	struct store *store = onlooker->serve->store;
	struct store_pipelines page;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipelines_list(store, &filter, onlooker->after[0] != '\0' ? onlooker->after : NULL, SNAPSHOT_PAGE, false,
		&page, &arena, err);
	for (size_t i = 0; error == 0 && i < page.count; i++) {
		const struct store_pipeline *row = &page.items[i];

		if (onlooker->pipeline[0] == '\0' || strcmp(onlooker->pipeline, row->name) == 0)
			json_array_append_new(items, status_of(row, served_find(onlooker->serve, row->id), &onlooker->caller, false));
	}
	snprintf(onlooker->after, sizeof(onlooker->after), "%s", error == 0 && page.next != NULL ? page.next : "");
	arena_fini(&arena);
	return error;
}

/* The last page has the id of the event before those that follow: they may tell of what it shows already. */
static int put_page(const struct onlooker *onlooker, const char *text, struct buffer *out)
{
	char id[EVENT_ID_SIZE];

	event_id(onlooker->serve->events, onlooker->next - 1, id);
	return api_event_put(out, onlooker->snapshot ? NULL : id, "snapshot", text);
}

static int make_page(struct onlooker *onlooker, struct buffer *out)
{
	bool first = onlooker->after[0] == '\0';
	json_t *items = json_array(), *page;
	struct err err;
	int error = snapshot_page(onlooker, items, &err);
	char *text;

	onlooker->snapshot = onlooker->after[0] != '\0';
	page = json_pack("{so sb}", "pipelines", items, "last", (int)!onlooker->snapshot);
	text = json_dumps(page, JSON_COMPACT);
	json_decref(page);
	if (error == 0)
		error = text != NULL ? put_page(onlooker, text, out) : ERR_NO_MEMORY;
	if (error == 0 && first && !onlooker->snapshot)
		keep_snapshot(onlooker, text);
	else
		free(text);
	return error;
}

static int put_snapshot(struct onlooker *onlooker, struct buffer *out)
{
	const char *kept = kept_snapshot(onlooker);

	if (kept == NULL)
		return make_page(onlooker, out);
	onlooker->snapshot = false;
	return put_page(onlooker, kept, out);
}

/* ---- what happens ---- */

static bool is_wanted(const struct onlooker *onlooker, const struct event *event)
{
	if (!ops_may_see(&onlooker->caller, event->tenant))
		return false;
	if (onlooker->tenant[0] != '\0' && strcmp(onlooker->tenant, event->tenant) != 0)
		return false;
	return onlooker->pipeline[0] == '\0' || strcmp(onlooker->pipeline, event->pipeline) == 0;
}

static int put_events(struct onlooker *onlooker, struct buffer *out)
{
	const struct events *events = onlooker->serve->events;
	int error = 0;

	for (; error == 0 && onlooker->next < events_next(events) && out->length < FILL_BYTES; onlooker->next++) {
		const struct event *event = events_at(events, onlooker->next);
		char id[EVENT_ID_SIZE];

		/* it was too slow: better an end that it sees than an event that it misses */
		if (event == NULL)
			return ERR_LIMIT;
		event_id(events, onlooker->next, id);
		if (is_wanted(onlooker, event))
			error = api_event_put(out, id, event->type, event->data);
	}
	return error;
}

static int fill(void *owner, struct buffer *out)
{
	struct onlooker *onlooker = owner;

	return onlooker->snapshot ? put_snapshot(onlooker, out) : put_events(onlooker, out);
}

static void wake(struct watch *watch)
{
	struct onlooker *onlooker = loop_owner(watch, struct onlooker, watch);

	api_stream_wake(onlooker->stream);
}

static void closed(void *owner)
{
	struct onlooker *onlooker = owner;

	watch_remove(&onlooker->watch);
	free(onlooker);
}

/* ---- the beginning ---- */

/* Where one that has seen last_id goes on: behind it, or with a snapshot. */
static void place(struct onlooker *onlooker, const char *last_id)
{
	const struct events *events = onlooker->serve->events;
	uint64_t seen = last_id != NULL ? event_id_number(events, last_id) : 0;

	onlooker->next = events_next(events);
	onlooker->snapshot = true;
	if (seen != 0 && (seen + 1 == onlooker->next || events_at(events, seen + 1) != NULL)) {
		onlooker->next = seen + 1;
		onlooker->snapshot = false;
	}
}

static struct onlooker *onlooker_new(struct serve *serve, const struct api_request *request, const char *tenant,
	const char *last_id)
{
	struct onlooker *onlooker = calloc(1, sizeof(*onlooker));

	if (onlooker == NULL || api_stream_new(&onlooker->stream, NULL) != 0) {
		free(onlooker);
		return NULL;
	}
	onlooker->serve = serve;
	onlooker->caller = *request->caller;
	onlooker->watch.wake = wake;
	snprintf(onlooker->tenant, sizeof(onlooker->tenant), "%s", tenant != NULL ? tenant : "");
	snprintf(onlooker->pipeline, sizeof(onlooker->pipeline), "%s", request->name != NULL ? request->name : "");
	place(onlooker, last_id);
	events_watch(serve->events, &onlooker->watch);
	api_stream_owner(onlooker->stream, closed, onlooker);
	api_stream_source(onlooker->stream, fill);
	return onlooker;
}

/* What is asked for must be there: a name that was mistyped would be silent for ever. */
static int check(struct serve *serve, const struct api_request *request, const char *tenant, struct api_answer *answer)
{
	struct api_request asked = *request;
	struct store_pipeline row;
	struct arena arena;
	int error;

	if (request->name == NULL)
		return tenant != NULL ? ops_tenant_exists(serve, tenant, answer) : 0;
	if (tenant == NULL) {
		answer_error(answer, &(struct api_error){ "?tenant", "required", NULL, 0, 0 }, "is missing: whose pipeline?");
		return answer_refuse(answer, 400, "query.invalid", "A pipeline is named by its tenant as well.");
	}
	asked.tenant = tenant;
	arena_init(&arena, SERVE_ARENA);
	error = ops_find(serve, &asked, &row, &arena, answer);
	arena_fini(&arena);
	return error;
}

int ops_events(void *owner, const struct api_request *request, const char *last_id, struct api_answer *answer)
{
	struct serve *serve = owner;
	const char *own = request->caller->tenant[0] != '\0' ? request->caller->tenant : NULL;
	const char *tenant = request->tenant != NULL ? request->tenant : own;
	struct onlooker *onlooker;
	int error = check(serve, request, tenant, answer);

	if (error != 0)
		return error;
	onlooker = onlooker_new(serve, request, tenant, last_id);
	if (onlooker == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a stream");
	answer->stream = onlooker->stream;
	answer->content_type = "text/event-stream";
	return 0;
}
