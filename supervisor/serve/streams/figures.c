/* Who looks at figures, what is kept for them, and when it is made. */
#include "supervisor/serve/streams/figures.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/log.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"
#include "supervisor/serve/streams/figures_private.h"

/* ---- frames ---- */

static void forget_oldest(struct figures_group *group)
{
	struct frame *frame = &group->frames[group->oldest++ % FIGURES_KEPT];

	group->bytes -= frame->length;
	free(frame->text);
	*frame = (struct frame){ 0 };
}

static struct figures_seat *seat_of(struct watch *watch)
{
	return loop_owner(watch, struct figures_seat, watch);
}

/* What everybody has is not kept. */
static void forget_taken(struct figures_group *group)
{
	uint64_t needed = group->behind;

	for (struct watch *watch = group->watches; watch != NULL; watch = watch->next) {
		if (seat_of(watch)->next < needed)
			needed = seat_of(watch)->next;
	}
	while (group->oldest < needed)
		forget_oldest(group);
}

void figures_keep(struct figures_group *group, const struct buffer *text)
{
	forget_taken(group);
	while (group->oldest < group->behind && (group->behind - group->oldest >= FIGURES_KEPT ||
		group->bytes + text->length > FIGURES_BYTES))
		forget_oldest(group);
	group->frames[group->behind++ % FIGURES_KEPT] = (struct frame){ text->bytes, text->length,
		events_next(group->figures->serve->events) };
	group->bytes += text->length;
	watch_wake_all(group->watches);
}

void figures_give_up(struct figures_group *group)
{
	while (group->oldest < group->behind)
		forget_oldest(group);
	group->oldest = ++group->behind;
	log_warn("events: no memory for figures: those who look at them are disconnected");
	watch_wake_all(group->watches);
}

/* ---- when ---- */

static void all_told(struct figures *figures)
{
	for (size_t i = 0; i < figures->serve->served_count; i++)
		figures->serve->served[i]->touched = false;
	loop_timer_cancel(figures->serve->loop, &figures->soon);
}

static void on_soon(struct loop_timer *timer)
{
	struct figures *figures = timer->owner;

	for (struct figures_group *group = figures->groups; group != NULL; group = group->next)
		figures_tell_touched(group);
	all_told(figures);
}

static void on_regular(struct loop_timer *timer)
{
	struct figures *figures = timer->owner;
	struct loop *loop = figures->serve->loop;

	for (struct figures_group *group = figures->groups; group != NULL; group = group->next)
		figures_look(group, true);
	all_told(figures);
	loop_timer_set(loop, timer, loop_now(loop) + FIGURES_MS * NS_PER_MS, NULL);
}

void figures_touch(struct served *served)
{
	struct figures *figures = served->serve->figures;

	if (figures == NULL)
		return;
	served->touched = true;
	if (figures->soon.position == 0)
		loop_timer_set(served->serve->loop, &figures->soon, loop_now(served->serve->loop) + FIGURES_SOON_MS * NS_PER_MS, NULL);
}

void figures_touch_named(struct serve *serve, const char *tenant, const char *name)
{
	for (size_t i = 0; serve->figures != NULL && i < serve->served_count; i++) {
		struct served *served = serve->served[i];

		if (strcmp(served->name, name) == 0 && strcmp(served->tenant, tenant) == 0)
			figures_touch(served);
	}
}

/* ---- those who look ---- */

static bool is_same(const struct figures_view *left, const struct figures_view *right)
{
	return left->caller.role == right->caller.role && strcmp(left->caller.tenant, right->caller.tenant) == 0 &&
		strcmp(left->tenant, right->tenant) == 0 && strcmp(left->pipeline, right->pipeline) == 0;
}

static struct figures *figures_of(struct serve *serve)
{
	struct figures *figures = serve->figures;

	if (figures != NULL)
		return figures;
	figures = calloc(1, sizeof(*figures));
	if (figures == NULL)
		return NULL;
	figures->serve = serve;
	figures->soon = (struct loop_timer){ .fire = on_soon, .owner = figures };
	figures->regular = (struct loop_timer){ .fire = on_regular, .owner = figures };
	if (loop_timer_set(serve->loop, &figures->regular, loop_now(serve->loop) + FIGURES_MS * NS_PER_MS, NULL) != 0) {
		free(figures);
		return NULL;
	}
	serve->figures = figures;
	return figures;
}

static void group_free(struct figures_group *group)
{
	while (group->oldest < group->behind)
		forget_oldest(group);
	free(group->told);
	free(group);
}

static void close_figures(struct figures *figures)
{
	all_told(figures);
	loop_timer_cancel(figures->serve->loop, &figures->regular);
	figures->serve->figures = NULL;
	free(figures);
}

static struct figures_group *group_of(struct figures *figures, const struct figures_view *view)
{
	struct figures_group *group = figures->groups;

	while (group != NULL && !is_same(&group->view, view))
		group = group->next;
	if (group != NULL)
		return group;
	group = calloc(1, sizeof(*group));
	if (group == NULL)
		return NULL;
	group->figures = figures;
	group->view = *view;
	if (figures_look(group, false) != 0) {
		group_free(group);
		return NULL;
	}
	group->next = figures->groups;
	figures->groups = group;
	return group;
}

int figures_join(struct serve *serve, const struct figures_view *view, struct figures_seat *seat)
{
	struct figures *figures = figures_of(serve);
	struct figures_group *group = figures != NULL ? group_of(figures, view) : NULL;

	if (group == NULL) {
		if (figures != NULL && figures->groups == NULL)
			close_figures(figures);
		return ERR_NO_MEMORY;
	}
	seat->group = group;
	figures_skip(seat);
	watch_add(&group->watches, &seat->watch);
	return 0;
}

void figures_leave(struct figures_seat *seat)
{
	struct figures_group *group = seat->group, **link;
	struct figures *figures;

	if (group == NULL)
		return;
	seat->group = NULL;
	watch_remove(&seat->watch);
	if (group->watches != NULL)
		return;
	figures = group->figures;
	for (link = &figures->groups; *link != group; link = &(*link)->next)
		;
	*link = group->next;
	group_free(group);
	if (figures->groups == NULL)
		close_figures(figures);
}

void figures_skip(struct figures_seat *seat)
{
	seat->next = seat->group->behind;
	seat->sent = 0;
}

bool figures_begun(const struct figures_seat *seat)
{
	return seat->sent > 0;
}

bool figures_wait(const struct figures_seat *seat, uint64_t *event)
{
	const struct figures_group *group = seat->group;

	if (group == NULL || seat->next == group->behind)
		return false;
	*event = seat->next >= group->oldest ? group->frames[seat->next % FIGURES_KEPT].event : 0;
	return true;
}

int figures_put(struct figures_seat *seat, size_t most, struct buffer *out)
{
	const struct figures_group *group = seat->group;
	const struct frame *frame = &group->frames[seat->next % FIGURES_KEPT];
	size_t length;
	int error;

	if (seat->next < group->oldest)
		return ERR_LIMIT;
	length = frame->length - seat->sent < most ? frame->length - seat->sent : most;
	error = buffer_append(out, frame->text + seat->sent, length);
	seat->sent += length;
	if (seat->sent == frame->length) {
		seat->next++;
		seat->sent = 0;
	}
	return error;
}
