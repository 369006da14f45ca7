/* One event of figures: the pipelines whose status is not as it was told last, and all subscriptions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/fnv.h"
#include "supervisor/serve/figures/status.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/views.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/figures_private.h"

enum { PAGE = 500 };

/* ---- a frame's pipelines ---- */

/* On its way. */
struct draft {
	struct figures_group *group;
	struct buffer text;           /* of the pipelines, with commas between them */
	bool any;                     /* also what is as it was */
	struct told *told;            /* all that were looked at; NULL: nobody asks */
	size_t told_count;
	int error;                    /* the first */
};

static int compare_told(const void *left, const void *right)
{
	return strcmp(((const struct told *)left)->id, ((const struct told *)right)->id);
}

static struct told *find_told(const struct figures_group *group, const char *id)
{
	struct told key;

	if (group->told_count == 0)
		return NULL;
	memcpy(key.id, id, sizeof(key.id));
	return bsearch(&key, group->told, group->told_count, sizeof(key), compare_told);
}

static bool is_seen(const struct figures_view *view, const struct served *served)
{
	return ops_may_see(&view->caller, served->tenant) &&
		(view->tenant[0] == '\0' || strcmp(view->tenant, served->tenant) == 0) &&
		(view->pipeline[0] == '\0' || strcmp(view->pipeline, served->name) == 0);
}

static void append(struct draft *draft, const char *text)
{
	if (draft->error == 0 && draft->text.length > 0)
		draft->error = buffer_append(&draft->text, ",", 1);
	if (draft->error == 0)
		draft->error = buffer_append_text(&draft->text, text);
}

/* Goes into the frame, unless it is as it was. */
static void add(struct draft *draft, const struct store_pipeline *row, struct served *served)
{
	json_t *status = status_of(row, served, &draft->group->view.caller, STATUS_FIGURES);
	char *text = json_dumps(status, JSON_COMPACT);
	struct told *told = find_told(draft->group, served->id);
	uint64_t hash;

	json_decref(status);
	if (text == NULL) {
		draft->error = ERR_NO_MEMORY;
		return;
	}
	hash = fnv_hash(FNV_BASE, text, strlen(text));
	if (draft->any || told == NULL || told->hash != hash)
		append(draft, text);
	if (told != NULL)
		told->hash = hash;
	if (draft->told != NULL) {
		memcpy(draft->told[draft->told_count].id, served->id, sizeof(served->id));
		draft->told[draft->told_count++].hash = hash;
	}
	free(text);
}

static void add_page(struct draft *draft, const struct store_pipelines *page)
{
	struct serve *serve = draft->group->figures->serve;

	for (size_t i = 0; i < page->count && draft->error == 0; i++) {
		struct served *served = served_find(serve, page->items[i].id);

		if (served != NULL && is_seen(&draft->group->view, served) && draft->told_count < serve->served_count)
			add(draft, &page->items[i], served);
	}
}

/* All that are seen. */
static void add_all(struct draft *draft)
{
	const char *tenant = draft->group->view.tenant;
	const struct store_filter filter = { .tenant = tenant[0] != '\0' ? tenant : NULL };
	char after[API_NEXT_SIZE] = "";

	do {
		struct store_pipelines page;
		struct arena arena;

		arena_init(&arena, SERVE_ARENA);
		draft->error = store_pipelines_list(draft->group->figures->serve->store, &filter, after[0] != '\0' ? after : NULL, PAGE,
			false, &page, &arena, NULL);
		if (draft->error == 0)
			add_page(draft, &page);
		snprintf(after, sizeof(after), "%s", draft->error == 0 && page.next != NULL ? page.next : "");
		arena_fini(&arena);
	} while (after[0] != '\0');
}

/* Those to which something has happened. */
static void add_touched(struct draft *draft)
{
	struct serve *serve = draft->group->figures->serve;

	for (size_t i = 0; i < serve->served_count && draft->error == 0; i++) {
		struct served *served = serve->served[i];
		struct store_pipeline row;
		struct arena arena;

		if (!served->touched || !is_seen(&draft->group->view, served))
			continue;
		arena_init(&arena, SERVE_ARENA);
		if (store_pipeline_get_id(serve->store, served->id, &row, &arena, NULL) == 0)
			add(draft, &row, served);
		arena_fini(&arena);
	}
}

/* ---- a frame ---- */

static char *subscriptions_text(const struct figures_group *group)
{
	json_t *list = view_subscriptions(group->figures->serve, &group->view.caller, false);
	char *text = json_dumps(list, JSON_COMPACT);

	json_decref(list);
	return text;
}

static int print_frame(const struct draft *draft, struct buffer *out)
{
	char *subscriptions = subscriptions_text(draft->group);
	char at[CLOCK_TEXT_SIZE];
	int error;

	if (subscriptions == NULL)
		return ERR_NO_MEMORY;
	clock_text(clock_wall_ms(), at);
	error = buffer_printf(out, "event: figures\ndata: {\"at\":\"%s\",\"pipelines\":[", at);
	if (error == 0)
		error = buffer_append(out, draft->text.bytes, draft->text.length);
	if (error == 0)
		error = buffer_printf(out, "],\"subscriptions\":%s}\n\n", subscriptions);
	free(subscriptions);
	return error;
}

static void finish(struct draft *draft)
{
	struct buffer out;

	buffer_init(&out, FIGURES_MAX);
	if (draft->error == 0)
		draft->error = print_frame(draft, &out);
	if (draft->error == 0) {
		figures_keep(draft->group, &out);
		return;
	}
	buffer_fini(&out);
	figures_give_up(draft->group);
}

/* The next frames tell what differs from this one: nobody begins with an older snapshot from here on. */
static void begin(struct draft *draft, struct figures_group *group, bool any)
{
	*draft = (struct draft){ .group = group, .any = any };
	buffer_init(&draft->text, FIGURES_MAX);
	event_snapshot_free(&group->figures->serve->snapshot);
}

int figures_look(struct figures_group *group, bool tell)
{
	struct draft draft;

	begin(&draft, group, false);
	draft.told = calloc(group->figures->serve->served_count + 1, sizeof(*draft.told));
	if (draft.told == NULL)
		draft.error = ERR_NO_MEMORY;
	else
		add_all(&draft);
	if (draft.error == 0) {
		qsort(draft.told, draft.told_count, sizeof(*draft.told), compare_told);
		free(group->told);
		group->told = draft.told;
		group->told_count = draft.told_count;
	} else {
		free(draft.told);
	}
	if (tell)
		finish(&draft);
	buffer_fini(&draft.text);
	return draft.error;
}

static bool sees_touched(const struct figures_group *group)
{
	const struct serve *serve = group->figures->serve;

	for (size_t i = 0; i < serve->served_count; i++) {
		if (serve->served[i]->touched && is_seen(&group->view, serve->served[i]))
			return true;
	}
	return false;
}

void figures_tell_touched(struct figures_group *group)
{
	struct draft draft;

	if (!sees_touched(group))
		return;
	begin(&draft, group, true);
	add_touched(&draft);
	if (draft.text.length > 0 || draft.error != 0)
		finish(&draft);
	buffer_fini(&draft.text);
}
