/* The records that a worker shows are kept for a moment, each with a number. Nobody who looks has a queue of their own: each
 * has a place among them. One that reads too slowly for what is kept misses some, and is told how many. */
#include "supervisor/serve/streams/tap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/stream.h"
#include "api/text.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/tag.h"
#include "supervisor/serve/ops/ops_pipelines.h"

/* Waking somebody costs more than a record: those that come in a row are told together. */
enum { TELL_MS = 100, FILL_BYTES = 16 * 1024, LINE_BYTES = IPC_TAP_TEXT_MAX + 256 };

struct kept {
	int64_t wall_ms;
	uint64_t passed;              /* records since the tap began, this one included */
	uint32_t tag;
	size_t bytes;
	char text[];
};

struct tap {
	struct served *served;
	struct onlooker *onlookers;
	struct kept *kept[TAP_KEPT];  /* number n at n % TAP_KEPT */
	uint64_t oldest, next;
	size_t bytes;
	uint64_t passed;              /* of the newest one */
	struct loop_timer tell;
	int64_t told_ns;              /* when they were woken last */
};

struct onlooker {
	struct tap *tap;              /* NULL: it is over, but for its client */
	struct onlooker *before, *behind;
	struct api_stream *stream;
	struct loop_timer end;
	bool events;                  /* server-sent events; else JSON lines */
	uint64_t next;                /* record to be sent next */
	uint64_t passed;              /* of the one before */
	unsigned left;                /* records to be sent at most */
};

/* ---- the tap ---- */

static void forget_oldest(struct tap *tap)
{
	struct kept **place = &tap->kept[tap->oldest++ % TAP_KEPT];

	tap->bytes -= (*place)->bytes;
	free(*place);
	*place = NULL;
}

static void tell(struct loop_timer *timer)
{
	struct tap *tap = timer->owner;

	tap->told_ns = loop_now(tap->served->serve->loop);
	for (struct onlooker *onlooker = tap->onlookers; onlooker != NULL; onlooker = onlooker->behind)
		api_stream_wake(onlooker->stream);
}

static struct tap *tap_of(struct served *served)
{
	static const struct ipc_tap rates = { TAP_RECORDS_S, TAP_BYTES_S };

	if (served->tap != NULL)
		return served->tap;
	served->tap = calloc(1, sizeof(*served->tap));
	if (served->tap == NULL)
		return NULL;
	served->tap->served = served;
	served->tap->tell = (struct loop_timer){ .fire = tell, .owner = served->tap };
	pipeline_tap(served->pipeline, &rates);
	return served->tap;
}

static void close_tap(struct tap *tap)
{
	pipeline_tap(tap->served->pipeline, &(struct ipc_tap){ 0 });
	tap->served->tap = NULL;
	loop_timer_cancel(tap->served->serve->loop, &tap->tell);
	while (tap->oldest < tap->next)
		forget_oldest(tap);
	free(tap);
}

static bool keep(struct tap *tap, const struct ipc_tap_record *record, const char *text)
{
	size_t size = strlen(text) + 1, bytes = sizeof(struct kept) + size;
	struct kept *kept = malloc(bytes);

	/* one that is not kept is one more that passed unseen */
	tap->passed += record->skipped + 1;
	if (kept == NULL)
		return false;
	*kept = (struct kept){ .wall_ms = record->wall_ms, .passed = tap->passed, .tag = record->tag, .bytes = bytes };
	memcpy(kept->text, text, size);
	while (tap->oldest < tap->next && (tap->next - tap->oldest >= TAP_KEPT || tap->bytes + bytes > TAP_KEPT_BYTES))
		forget_oldest(tap);
	tap->kept[tap->next++ % TAP_KEPT] = kept;
	tap->bytes += bytes;
	return true;
}

void tap_record(struct fleet *fleet, struct pipeline *pipeline, const struct ipc_tap_record *record, const char *text)
{
	struct serve *serve = loop_owner(fleet, struct serve, fleet);
	struct served *served = served_find(serve, pipeline_id(pipeline));

	if (served != NULL && served->tap != NULL && keep(served->tap, record, text) && served->tap->tell.position == 0)
		loop_timer_set(serve->loop, &served->tap->tell, served->tap->told_ns + TELL_MS * NS_PER_MS, NULL);
}

/* ---- those who look ---- */

static void join(struct onlooker *onlooker, struct tap *tap)
{
	onlooker->tap = tap;
	onlooker->next = tap->next;
	onlooker->passed = tap->passed;
	onlooker->behind = tap->onlookers;
	if (onlooker->behind != NULL)
		onlooker->behind->before = onlooker;
	tap->onlookers = onlooker;
}

/* Harmless when it has left already. The last one takes the tap with it. */
static void leave(struct onlooker *onlooker)
{
	struct tap *tap = onlooker->tap;

	if (tap == NULL)
		return;
	onlooker->tap = NULL;
	loop_timer_cancel(tap->served->serve->loop, &onlooker->end);
	if (onlooker->behind != NULL)
		onlooker->behind->before = onlooker->before;
	if (onlooker->before != NULL)
		onlooker->before->behind = onlooker->behind;
	else
		tap->onlookers = onlooker->behind;
	if (tap->onlookers == NULL)
		close_tap(tap);
}

static int put_line(struct buffer *line, const struct kept *kept, uint64_t skipped)
{
	char at[TEXT_TIME_SIZE];

	text_print_time(kept->wall_ms, at);
	return buffer_printf(line, "{\"tag\":\"%s\",\"skipped\":%" PRIu64 ",\"at\":\"%s\",\"record\":%s}",
		flow_tag_names[kept->tag], skipped, at, kept->text);
}

static int put_record(const struct onlooker *onlooker, const struct kept *kept, struct buffer *out)
{
	struct buffer line;
	int error;

	buffer_init(&line, LINE_BYTES);
	error = put_line(&line, kept, kept->passed - onlooker->passed - 1);
	if (error == 0)
		error = onlooker->events ? api_event_put(out, NULL, "record", line.bytes) : buffer_printf(out, "%s\n", line.bytes);
	buffer_fini(&line);
	return error;
}

static int fill(void *owner, struct buffer *out)
{
	struct onlooker *onlooker = owner;
	struct tap *tap = onlooker->tap;
	int error = 0;

	if (tap == NULL)
		return STREAM_DONE;
	if (onlooker->next < tap->oldest)
		onlooker->next = tap->oldest;
	for (; error == 0 && onlooker->left > 0 && onlooker->next < tap->next && out->length < FILL_BYTES; onlooker->next++) {
		const struct kept *kept = tap->kept[onlooker->next % TAP_KEPT];

		error = put_record(onlooker, kept, out);
		onlooker->passed = kept->passed;
		onlooker->left--;
	}
	if (error != 0 || onlooker->left > 0)
		return error;
	leave(onlooker);
	return STREAM_DONE;
}

static void closed(void *owner)
{
	struct onlooker *onlooker = owner;

	leave(onlooker);
	free(onlooker);
}

/* A client that has not taken what there is keeps nothing of ours but its connection. */
static void finish(struct onlooker *onlooker)
{
	leave(onlooker);
	api_stream_end(onlooker->stream);
	free(onlooker);
}

static void time_over(struct loop_timer *timer)
{
	finish(timer->owner);
}

void tap_end(struct served *served)
{
	/* the last one takes the tap with it */
	while (served->tap != NULL)
		finish(served->tap->onlookers);
}

/* ---- the beginning ---- */

static struct onlooker *onlooker_new(struct served *served, const struct api_tap_query *query)
{
	struct onlooker *onlooker = calloc(1, sizeof(*onlooker));
	struct loop *loop = served->serve->loop;
	struct tap *tap;

	tap = onlooker != NULL ? tap_of(served) : NULL;
	if (tap == NULL) {
		free(onlooker);
		return NULL;
	}
	*onlooker = (struct onlooker){ .events = query->events, .left = query->limit };
	onlooker->end = (struct loop_timer){ .fire = time_over, .owner = onlooker };
	join(onlooker, tap);
	if (api_stream_new(&onlooker->stream, NULL) == 0 &&
		loop_timer_set(loop, &onlooker->end, loop_now(loop) + query->duration_ms * NS_PER_MS, NULL) == 0) {
		api_stream_owner(onlooker->stream, closed, onlooker);
		api_stream_source(onlooker->stream, fill);
		return onlooker;
	}
	leave(onlooker);
	free(onlooker->stream);
	free(onlooker);
	return NULL;
}

static int find(struct serve *serve, const struct api_request *request, struct served **served, struct api_answer *answer)
{
	int error = ops_find_served(serve, request, served, answer);

	return error == 0 && *served == NULL ? answer_not_found(answer) : error;
}

int ops_tap(void *owner, const struct api_request *request, const struct api_tap_query *query, struct api_answer *answer)
{
	struct onlooker *onlooker;
	struct served *served;
	int error = find(owner, request, &served, answer);

	if (error != 0)
		return error;
	onlooker = onlooker_new(served, query);
	if (onlooker == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a stream");
	answer->stream = onlooker->stream;
	answer->content_type = query->events ? "text/event-stream" : "application/x-ndjson";
	return 0;
}
