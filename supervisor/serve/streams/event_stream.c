/* GET /v1/events: first all pipelines as they are (event_snapshot.c), then what happens, and where it is wanted what each status
 * is (figures.h). One that comes again with the last id it has seen goes on behind that, while it is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/onlooker.h"

enum { FILL_BYTES = 16 * 1024 };

/* ---- what happens ---- */

static bool is_wanted(const struct onlooker *onlooker, const struct event *event)
{
	if (!ops_may_see(&onlooker->view.caller, event->tenant))
		return false;
	if (onlooker->view.tenant[0] != '\0' && strcmp(onlooker->view.tenant, event->tenant) != 0)
		return false;
	return onlooker->view.pipeline[0] == '\0' || strcmp(onlooker->view.pipeline, event->pipeline) == 0;
}

/* Those before `until`, as far as there is room. */
static int put_events(struct onlooker *onlooker, uint64_t until, struct buffer *out)
{
	const struct events *events = onlooker->serve->events;
	int error = 0;

	for (; error == 0 && onlooker->next < until && out->length < FILL_BYTES; onlooker->next++) {
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

static int put_piece(struct onlooker *onlooker, struct buffer *out)
{
	struct buffer *page = &onlooker->page;
	size_t left = page->length - onlooker->sent, length = left < FILL_BYTES ? left : FILL_BYTES;
	int error = buffer_append(out, page->bytes + onlooker->sent, length);

	onlooker->sent += length;
	if (length == left) {
		buffer_fini(page);
		onlooker->sent = 0;
	}
	return error;
}

static int put_snapshot(struct onlooker *onlooker, struct buffer *out)
{
	int error = event_snapshot_page(onlooker);

	return error == 0 ? put_piece(onlooker, out) : error;
}

/* In the order in which things were; what is larger than one piece is not torn by anything else. */
static int fill(void *owner, struct buffer *out)
{
	struct onlooker *onlooker = owner;
	uint64_t until = events_next(onlooker->serve->events);
	bool figures;
	int error;

	if (onlooker->page.length > 0)
		return put_piece(onlooker, out);
	if (figures_begun(&onlooker->seat))
		return figures_put(&onlooker->seat, FILL_BYTES, out);
	figures = !onlooker->snapshot && figures_wait(&onlooker->seat, &until);
	if (onlooker->snapshot)
		until = onlooker->until;
	error = put_events(onlooker, until, out);
	if (error != 0 || onlooker->next < until || out->length >= FILL_BYTES)
		return error;
	if (onlooker->snapshot)
		return put_snapshot(onlooker, out);
	return figures ? figures_put(&onlooker->seat, FILL_BYTES, out) : 0;
}

static void wake(struct watch *watch)
{
	struct onlooker *onlooker = loop_owner(watch, struct onlooker, watch);

	api_stream_wake(onlooker->stream);
}

static void wake_by_figures(struct watch *watch)
{
	struct onlooker *onlooker = loop_owner(loop_owner(watch, struct figures_seat, watch), struct onlooker, seat);

	api_stream_wake(onlooker->stream);
}

static void onlooker_free(struct onlooker *onlooker)
{
	watch_remove(&onlooker->watch);
	figures_leave(&onlooker->seat);
	buffer_fini(&onlooker->page);
	free(onlooker);
}

static void closed(void *owner)
{
	onlooker_free(owner);
}

/* ---- the beginning ---- */

/* Where it goes on: behind what it has seen, with all that is kept, or with a snapshot. Figures always begin with one. */
static void place(struct onlooker *onlooker, const struct api_event_query *query)
{
	const struct events *events = onlooker->serve->events;
	uint64_t seen = query->last_id != NULL ? event_id_number(events, query->last_id) : 0;

	onlooker->until = onlooker->next = events_next(events);
	onlooker->snapshot = true;
	if (seen != 0 && (seen + 1 == onlooker->next || events_at(events, seen + 1) != NULL))
		onlooker->next = seen + 1;
	else if (query->replay)
		onlooker->next = events_oldest(events);
	else
		return;
	onlooker->snapshot = onlooker->figures;
}

static struct onlooker *onlooker_new(struct serve *serve, const struct api_request *request, const char *tenant,
	const struct api_event_query *query)
{
	struct onlooker *onlooker = calloc(1, sizeof(*onlooker));

	if (onlooker == NULL)
		return NULL;
	onlooker->serve = serve;
	onlooker->view.caller = *request->caller;
	onlooker->watch.wake = wake;
	onlooker->seat.watch.wake = wake_by_figures;
	onlooker->figures = query->figures;
	buffer_init(&onlooker->page, SNAPSHOT_MAX);
	snprintf(onlooker->view.tenant, sizeof(onlooker->view.tenant), "%s", tenant != NULL ? tenant : "");
	snprintf(onlooker->view.pipeline, sizeof(onlooker->view.pipeline), "%s", request->name != NULL ? request->name : "");
	place(onlooker, query);
	if ((query->figures && figures_join(serve, &onlooker->view, &onlooker->seat) != 0) ||
		api_stream_new(&onlooker->stream, NULL) != 0) {
		onlooker_free(onlooker);
		return NULL;
	}
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

int ops_events(void *owner, const struct api_request *request, const struct api_event_query *query,
	struct api_answer *answer)
{
	struct serve *serve = owner;
	const char *own = request->caller->tenant[0] != '\0' ? request->caller->tenant : NULL;
	const char *tenant = request->tenant != NULL ? request->tenant : own;
	struct onlooker *onlooker;
	int error = check(serve, request, tenant, answer);

	if (error != 0)
		return error;
	onlooker = onlooker_new(serve, request, tenant, query);
	if (onlooker == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a stream");
	answer->stream = onlooker->stream;
	answer->content_type = "text/event-stream";
	return 0;
}
