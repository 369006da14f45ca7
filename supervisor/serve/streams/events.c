#include "supervisor/serve/streams/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/random.h"
#include "supervisor/handover.h"
#include "supervisor/serve/ops/ops.h"

struct entry {
	struct event event;
	size_t bytes;
	char texts[];                 /* data, tenant, pipeline, type */
};

struct events {
	struct entry *kept[EVENTS_KEPT];      /* number n at n % EVENTS_KEPT */
	uint64_t oldest, next;
	size_t bytes;
	uint32_t life;                /* tells this supervisor's numbers from another's */
	struct watch *watches;
};

int events_new(struct events **out, struct err *err)
{
	struct events *events = *out = calloc(1, sizeof(*events));

	if (events == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for events");
	events->oldest = events->next = 1;
	events->life = (uint32_t)random_u64();
	return 0;
}

static void forget_oldest(struct events *events)
{
	struct entry **place = &events->kept[events->oldest++ % EVENTS_KEPT];

	events->bytes -= (*place)->bytes;
	free(*place);
	*place = NULL;
}

void events_free(struct events **out)
{
	struct events *events = *out;

	if (events == NULL)
		return;
	*out = NULL;
	while (events->oldest < events->next)
		forget_oldest(events);
	while (events->watches != NULL)
		watch_remove(events->watches);
	free(events);
}

/* ---- adding ---- */

static char *event_text(const char *type, const char *tenant, const char *pipeline, json_t *members)
{
	json_t *object = json_pack("{so ss ss* ss*}", "at", ops_time(clock_wall_ms()), "type", type, "tenant",
		tenant[0] != '\0' ? tenant : NULL, "pipeline", pipeline[0] != '\0' ? pipeline : NULL);
	char *text;

	json_object_update(object, members);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

/* Copies a text to *place, which goes behind it. */
static const char *put_text(char **place, const char *text)
{
	const char *start = *place;
	size_t size = strlen(text) + 1;

	memcpy(*place, text, size);
	*place += size;
	return start;
}

static struct entry *entry_new(const char *type, const char *tenant, const char *pipeline, const char *data)
{
	size_t texts = strlen(data) + strlen(tenant) + strlen(pipeline) + strlen(type) + 4;
	struct entry *entry = malloc(sizeof(*entry) + texts);
	char *place;

	if (entry == NULL)
		return NULL;
	place = entry->texts;
	entry->bytes = sizeof(*entry) + texts;
	entry->event.data = put_text(&place, data);
	entry->event.tenant = put_text(&place, tenant);
	entry->event.pipeline = put_text(&place, pipeline);
	entry->event.type = put_text(&place, type);
	return entry;
}

static void keep(struct events *events, struct entry *entry)
{
	while (events->oldest < events->next && (events->next - events->oldest >= EVENTS_KEPT ||
		events->bytes + entry->bytes > EVENTS_BYTES))
		forget_oldest(events);
	entry->event.number = events->next;
	events->kept[events->next++ % EVENTS_KEPT] = entry;
	events->bytes += entry->bytes;
}

/* NULL: a number without an event, for want of memory: who looks on is disconnected, and looks at everything anew. */
static void keep_or_skip(struct events *events, struct entry *entry)
{
	if (entry != NULL) {
		keep(events, entry);
		return;
	}
	while (events->oldest < events->next)
		forget_oldest(events);
	events->oldest = ++events->next;
}

void events_add(struct events *events, const char *type, const char *tenant, const char *pipeline, json_t *members)
{
	char *data = event_text(type, tenant, pipeline, members);
	struct entry *entry = data != NULL ? entry_new(type, tenant, pipeline, data) : NULL;

	free(data);
	json_decref(members);
	keep_or_skip(events, entry);
	watch_wake_all(events->watches);
}

/* ---- looking on ---- */

uint64_t events_next(const struct events *events)
{
	return events->next;
}

uint64_t events_oldest(const struct events *events)
{
	return events->oldest;
}

const struct event *events_at(const struct events *events, uint64_t number)
{
	return number >= events->oldest && number < events->next ? &events->kept[number % EVENTS_KEPT]->event : NULL;
}

void event_id(const struct events *events, uint64_t number, char id[EVENT_ID_SIZE])
{
	snprintf(id, EVENT_ID_SIZE, "%08" PRIx32 "-%" PRIu64, events->life, number);
}

uint64_t event_id_number(const struct events *events, const char *id)
{
	char whole[EVENT_ID_SIZE];
	uint64_t number = strlen(id) > 9 ? strtoull(id + 9, NULL, 10) : 0;

	event_id(events, number, whole);
	return strcmp(id, whole) == 0 ? number : 0;
}

void events_watch(struct events *events, struct watch *watch)
{
	watch_add(&events->watches, watch);
}

/* ---- to the next image of this process ---- */

void events_hand_over(const struct events *events, struct handover *handover, json_t *object)
{
	json_t *list = handover_put(handover, object, "kept", json_array());

	handover_put(handover, object, "life", json_integer(events->life));
	handover_put(handover, object, "oldest", json_integer((json_int_t)events->oldest));
	for (uint64_t number = events->oldest; number < events->next; number++) {
		const struct event *event = events_at(events, number);

		handover_append(handover, list, json_pack("[ssss]", event->type, event->tenant, event->pipeline, event->data));
	}
}

void events_adopt(struct events *events, const json_t *object)
{
	const json_t *list = json_object_get(object, "kept");

	if (list == NULL)
		return;
	events->life = (uint32_t)json_integer_value(json_object_get(object, "life"));
	events->oldest = events->next = (uint64_t)json_integer_value(json_object_get(object, "oldest"));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *type, *tenant, *pipeline, *data;
		bool whole = json_unpack(json_array_get(list, i), "[ssss]", &type, &tenant, &pipeline, &data) == 0;

		keep_or_skip(events, whole ? entry_new(type, tenant, pipeline, data) : NULL);
	}
}
