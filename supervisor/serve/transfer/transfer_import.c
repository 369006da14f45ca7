/* POST /v1/import: an import from its request to its answer. It works for some milliseconds, then others have their turn: a
 * thousand documents take a second. What others write meanwhile is noticed before anything is stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/serve/transfer/transfer.h"

enum {
	SLICE_MS = 2,
	LOOK_MS = 500,
	LIMIT_MS = 10 * 60 * 1000,    /* of the answer */
	DRAIN_MARGIN_S = 10,          /* behind the drain timeout: workers end by then, in one way or another */
};

struct api_request import_request(const struct import *import, const struct import_item *item)
{
	return (struct api_request){ .caller = &import->caller, .id = import->request_id, .address = import->address,
		.tenant = item->tenant, .name = item->name };
}

/* ---- items ---- */

struct import_item *import_items_add(struct import_items *items)
{
	size_t size = items->size > 0 ? items->size * 2 : 64;
	struct import_item *list;

	if (items->count == items->size) {
		list = realloc(items->list, size * sizeof(*list));
		if (list == NULL)
			return NULL;
		items->list = list;
		items->size = size;
	}
	items->list[items->count] = (struct import_item){ 0 };
	return &items->list[items->count++];
}

void import_item_fini(struct import_item *item)
{
	for (size_t i = 0; i < item->secret_count; i++) {
		char *value = (char *)item->secrets[i].value;

		if (value != NULL)
			explicit_bzero(value, strlen(value));
		free(value);
	}
	free(item->display_name);
	free(item->description);
	free(item->labels);
	free(item->limits);
	free(item->config);
	free(item->host_id);
	free(item->auto_host_id);
	free(item->summary);
	demands_fini(&item->demands);
	free(item->old_host_id);
	json_decref(item->missing);
	json_decref(item->discarded);
	*item = (struct import_item){ 0 };
}

void import_items_fini(struct import_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		import_item_fini(&items->list[i]);
	free(items->list);
	*items = (struct import_items){ 0 };
}

void import_free(struct serve *serve)
{
	struct import *import = serve->import;

	if (import == NULL)
		return;
	serve->import = NULL;
	loop_timer_cancel(serve->loop, &import->timer);
	buffer_cleanse(&import->body);
	import_items_fini(&import->items);
	import_items_fini(&import->gone);
	import_items_fini(&import->ended);
	json_decref(import->names);
	answer_fini(&import->answer);
	free(import);
}

/* ---- its end ---- */

void import_end(struct import *import, int result)
{
	import->phase = IMPORT_OVER;
	import->result = result;
	if (!import->stored)
		import_resume(import);
	api_server_changed(import->serve->api);
}

static void fail(struct import *import, int error)
{
	/* what was found wrong is no part of an answer that something else has failed */
	json_decref(import->answer.problem.errors);
	json_decref(import->answer.problem.warnings);
	import->answer.problem.errors = import->answer.problem.warnings = NULL;
	import_end(import, error);
}

/* ---- phases: each does one step, and says whether another can follow at once ---- */

static void enter(struct import *import, enum import_phase phase)
{
	import->phase = phase;
	import->next = 0;
}

static int refuse_count(struct import *import)
{
	answer_error(&import->answer, &(struct api_error){ .pointer = "", .code = "limit" }, "a body can have %d documents",
		TRANSFER_DOCUMENTS_MAX);
	import->errors++;
	return import_refuse(import);
}

static int refuse_empty(struct import *import)
{
	return answer_refuse(&import->answer, 422, "import.empty", "There is no document in the body.");
}

static bool read_next(struct import *import)
{
	struct transfer_place place;
	struct import_item *item;
	int error;

	if (!transfer_next(&import->reader, &place)) {
		if (transfer_too_many(&import->reader))
			import_end(import, refuse_count(import));
		else if (import->items.count == 0)
			import_end(import, refuse_empty(import));
		else
			enter(import, IMPORT_STORE);
		return true;
	}
	item = import_items_add(&import->items);
	error = item != NULL ? import_check(import, &place, item)
		: answer_unavailable(&import->answer, "memory", 1, "no memory for an import");
	if (error != 0)
		fail(import, error);
	return true;
}

static bool check_next(struct import *import)
{
	struct import_item *item = &import->items.list[import->next++];
	int error = 0;

	if (strcmp(item->etag, "?") == 0)
		error = import_check_again(import, item);
	if (error != 0)
		fail(import, error);
	else if (import->next == import->items.count)
		enter(import, IMPORT_STORE);
	return true;
}

static bool stored(struct import *import)
{
	import_serve(import);
	/* nothing is looked up in it any more */
	buffer_cleanse(&import->body);
	import->result = import_answer(import);
	enter(import, IMPORT_FOLLOW);
	return true;
}

/* What is to drain first is tried before: nothing ends for an import that is refused anyway. */
static bool store(struct import *import)
{
	int error = import_store(import);

	if (error == ERR_BUSY) {
		import->rounds++;
		enter(import, IMPORT_RECHECK);
	} else if (error != 0) {
		fail(import, error);
	} else if (import->errors > 0) {
		import_end(import, import_refuse(import));
	} else if (import->dry_run) {
		import_end(import, import_answer(import));
	} else if (import->stored) {
		return stored(import);
	} else {
		enter(import, IMPORT_DRAIN);
		import->drain_until_ns = loop_now(import->serve->loop) +
			(import->serve->options.drain_timeout_s + DRAIN_MARGIN_S) * NS_PER_S;
	}
	return true;
}

static bool drain_next(struct import *import)
{
	if (import_drain_next(import))
		return true;
	if (!import_drained(import) && loop_now(import->serve->loop) < import->drain_until_ns)
		return false;
	enter(import, IMPORT_STORE);
	return true;
}

static bool follow_next(struct import *import)
{
	size_t gone = import->gone.count;
	size_t next = import->next++;

	/* what goes first, for it makes room */
	if (next < gone)
		import_follow(import, &import->gone.list[next]);
	else if (next < gone + import->items.count)
		import_follow(import, &import->items.list[next - gone]);
	else
		import_end(import, import->result);
	return true;
}

static bool (*const phases[])(struct import *import) = {
	[IMPORT_READ] = read_next, [IMPORT_RECHECK] = check_next, [IMPORT_STORE] = store, [IMPORT_DRAIN] = drain_next,
	[IMPORT_FOLLOW] = follow_next,
};

static void end_with_server(struct import *import)
{
	if (import->stored)
		import_end(import, import->result);
	else
		fail(import, answer_unavailable(&import->answer, "server.ending", 5, "The supervisor ends; nothing was changed."));
}

/* Others have been faster twice: now they wait, or it would never come to an end. */
static bool is_urgent(const struct import *import)
{
	return import->rounds > 1 && (import->phase == IMPORT_RECHECK || import->phase == IMPORT_STORE);
}

static void on_turn(struct loop_timer *timer)
{
	struct import *import = timer->owner;
	struct serve *serve = import->serve;
	int64_t until_ns = clock_boottime_ns() + SLICE_MS * NS_PER_MS;
	bool more = true;

	if (serve->stopping && import->phase != IMPORT_OVER)
		end_with_server(import);
	while (import->phase != IMPORT_OVER && more && (is_urgent(import) || clock_boottime_ns() < until_ns))
		more = phases[import->phase](import);
	if (import->phase == IMPORT_OVER && import->ticket == 0)
		import_free(serve);
	else if (import->phase != IMPORT_OVER)
		/* behind what is due now; a drain is looked at when something has ended, and now and then: that a worker of an
		 * earlier supervisor lets go of a spool is no event */
		loop_timer_set(serve->loop, timer, loop_now(serve->loop) + (more ? 1 : LOOK_MS * NS_PER_MS), NULL);
}

/* ---- the request ---- */

static struct import *begin(struct serve *serve, const struct api_request *request, const struct api_import_input *input)
{
	struct import *import = calloc(1, sizeof(*import));

	if (import == NULL)
		return NULL;
	*import = (struct import){ .serve = serve, .caller = *request->caller, .dry_run = request->dry_run,
		.prune = input->prune, .discard = request->discard, .secrets_later = input->secrets_later,
		.names = json_object() };
	snprintf(import->request_id, sizeof(import->request_id), "%s", request->id);
	snprintf(import->address, sizeof(import->address), "%s", request->address);
	import->body = *input->body;
	buffer_init(input->body, import->body.cap);
	transfer_reader_init(&import->reader, import->body.bytes, import->body.length);
	import->timer = (struct loop_timer){ .fire = on_turn, .owner = import };
	return import;
}

int ops_import(void *owner, const struct api_request *request, const struct api_import_input *input,
	struct api_answer *answer)
{
	struct serve *serve = owner;
	struct ticket *ticket;

	if (serve->import != NULL)
		return answer_unavailable(answer, "import.running", 1, "Another import is under way: ask again.");
	ticket = ticket_new(serve, WAIT_IMPORTED, "", request);
	if (ticket != NULL)
		serve->import = begin(serve, request, input);
	if (serve->import == NULL || loop_timer_set(serve->loop, &serve->import->timer, 0, NULL) != 0) {
		import_free(serve);
		if (ticket != NULL)
			ticket_free(serve, ticket);
		return answer_unavailable(answer, "memory", 1, "no memory for an import");
	}
	serve->import->ticket = ticket->number;
	answer->limit_ms = LIMIT_MS;
	return ticket_pending(ticket, answer);
}

int import_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer)
{
	struct import *import = serve->import;
	int result;

	if (import->phase == IMPORT_DRAIN && !time_up)
		loop_timer_set(serve->loop, &import->timer, 0, NULL);
	if (import->phase != IMPORT_OVER && !time_up)
		return ticket_pending(ticket, answer);
	if (import->phase != IMPORT_OVER && !import->stored)
		fail(import, answer_unavailable(&import->answer, "import.timeout", 60, "It took too long; nothing was changed."));
	result = import->result;
	*answer = import->answer;
	import->answer = (struct api_answer){ 0 };
	import->ticket = 0;
	ticket_free(serve, ticket);
	if (import->phase == IMPORT_OVER)
		import_free(serve);
	return result;
}

void import_cancel(struct serve *serve, struct ticket *ticket)
{
	struct import *import = serve->import;

	ticket_free(serve, ticket);
	import->ticket = 0;
	if (!import->stored && import->phase != IMPORT_OVER)
		import_end(import, ERR_CLOSED);
	if (import->phase == IMPORT_OVER)
		import_free(serve);
}
