/* All pipelines as they are, for one who begins to look on: events of type `snapshot`, some pipelines each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "common/clock.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/onlooker.h"

enum { SNAPSHOT_PAGE = 50, SNAPSHOT_MS = 250 };

/* The last one that was a single page, for those who come in the same moment and want and may see the same. */
struct event_snapshot {
	char *text;
	uint64_t next;                /* the event behind it */
	int64_t made_ns;
	enum api_role role;
	bool figures;
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
		.role = onlooker->view.caller.role, .figures = onlooker->figures };
	snprintf((*kept)->own, API_NAME_SIZE, "%s", onlooker->view.caller.tenant);
	snprintf((*kept)->tenant, API_NAME_SIZE, "%s", onlooker->view.tenant);
	snprintf((*kept)->pipeline, API_NAME_SIZE, "%s", onlooker->view.pipeline);
}

/* NULL: it is too old, something has happened since, or it is not this one's. */
static const char *kept_snapshot(const struct onlooker *onlooker)
{
	const struct serve *serve = onlooker->serve;
	const struct event_snapshot *kept = serve->snapshot;

	if (kept == NULL || kept->next != events_next(serve->events) || kept->next != onlooker->next ||
		loop_now(serve->loop) - kept->made_ns > SNAPSHOT_MS * NS_PER_MS || onlooker->after[0] != '\0')
		return NULL;
	if (kept->role != onlooker->view.caller.role || kept->figures != onlooker->figures)
		return NULL;
	return strcmp(kept->own, onlooker->view.caller.tenant) == 0 && strcmp(kept->tenant, onlooker->view.tenant) == 0 &&
		strcmp(kept->pipeline, onlooker->view.pipeline) == 0 ? kept->text : NULL;
}

/* One page; *after becomes where the next one begins, "": there is none. */
static int snapshot_page(struct onlooker *onlooker, json_t *items, struct err *err)
{
	const struct store_filter filter = { .tenant = onlooker->view.tenant[0] != '\0' ? onlooker->view.tenant : NULL };
	struct store *store = onlooker->serve->store;
	struct store_pipelines page;
	struct arena arena;
	int error;

	arena_init(&arena, SERVE_ARENA);
	error = store_pipelines_list(store, &filter, onlooker->after[0] != '\0' ? onlooker->after : NULL, SNAPSHOT_PAGE, false,
		&page, &arena, err);
	for (size_t i = 0; error == 0 && i < page.count; i++) {
		const struct store_pipeline *row = &page.items[i];

		if (onlooker->view.pipeline[0] == '\0' || strcmp(onlooker->view.pipeline, row->name) == 0)
			json_array_append_new(items, status_of(row, served_find(onlooker->serve, row->id), &onlooker->view.caller,
				onlooker->figures ? STATUS_WHOLE : STATUS_SHORT));
	}
	snprintf(onlooker->after, sizeof(onlooker->after), "%s", error == 0 && page.next != NULL ? page.next : "");
	arena_fini(&arena);
	return error;
}

/* The last page has the id of the event before those that follow: they may tell of what it shows already. */
static int put_page(struct onlooker *onlooker, const char *text)
{
	char id[EVENT_ID_SIZE];

	event_id(onlooker->serve->events, onlooker->next - 1, id);
	return api_event_put(&onlooker->page, onlooker->snapshot ? NULL : id, "snapshot", text);
}

/* Of the last page, for one who looks at figures. */
static void put_rest(const struct onlooker *onlooker, json_t *page)
{
	char at[CLOCK_TEXT_SIZE];

	clock_text(clock_wall_ms(), at);
	json_object_set_new(page, "subscriptions", view_subscriptions(onlooker->serve, &onlooker->view.caller, true));
	json_object_set_new(page, "at", json_string(at));
}

static int make_page(struct onlooker *onlooker)
{
	bool first = onlooker->after[0] == '\0';
	json_t *items = json_array(), *page;
	struct err err;
	int error = snapshot_page(onlooker, items, &err);
	char *text;

	onlooker->snapshot = onlooker->after[0] != '\0';
	page = json_pack("{so sb}", "pipelines", items, "last", (int)!onlooker->snapshot);
	if (onlooker->figures && !onlooker->snapshot)
		put_rest(onlooker, page);
	text = json_dumps(page, JSON_COMPACT);
	json_decref(page);
	if (error == 0)
		error = text != NULL ? put_page(onlooker, text) : ERR_NO_MEMORY;
	if (error == 0 && first && !onlooker->snapshot)
		keep_snapshot(onlooker, text);
	else
		free(text);
	return error;
}

int event_snapshot_page(struct onlooker *onlooker)
{
	const char *kept;

	/* what was told before is in it, or older than it */
	if (onlooker->figures && onlooker->after[0] == '\0')
		figures_skip(&onlooker->seat);
	kept = kept_snapshot(onlooker);
	if (kept == NULL)
		return make_page(onlooker);
	onlooker->snapshot = false;
	return put_page(onlooker, kept);
}
