#include "supervisor/serve/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/random.h"
#include "supervisor/serve/ops.h"

struct entry {
	struct event event;
	size_t bytes;
	char texts[];                 /* data, tenant, pipeline */
};

struct events {
	struct entry *kept[EVENTS_KEPT];      /* number n at n % EVENTS_KEPT */
	uint64_t oldest, next;
	size_t bytes;
	uint32_t life;                /* tells this supervisor's numbers from another's */
	struct event_watch *watches;
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
		events_unwatch(events->watches);
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

static struct entry *entry_new(const char *type, const char *tenant, const char *pipeline, const char *data)
{
	size_t length = strlen(data) + 1, tenant_length = strlen(tenant) + 1, pipeline_length = strlen(pipeline) + 1;
	size_t bytes = sizeof(struct entry) + length + tenant_length + pipeline_length;
	struct entry *entry = malloc(bytes);

	if (entry == NULL)
		return NULL;
	entry->bytes = bytes;
	memcpy(entry->texts, data, length);
	memcpy(entry->texts + length, tenant, tenant_length);
	memcpy(entry->texts + length + tenant_length, pipeline, pipeline_length);
	entry->event = (struct event){ .type = type, .data = entry->texts, .tenant = entry->texts + length,
		.pipeline = entry->texts + length + tenant_length };
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

void events_add(struct events *events, const char *type, const char *tenant, const char *pipeline, json_t *members)
{
	char *data = event_text(type, tenant, pipeline, members);
	struct entry *entry = data != NULL ? entry_new(type, tenant, pipeline, data) : NULL;

	free(data);
	json_decref(members);
	if (entry == NULL) {
		/* a number without an event: who looks on is disconnected, and looks at everything anew */
		while (events->oldest < events->next)
			forget_oldest(events);
		events->oldest = ++events->next;
	} else {
		keep(events, entry);
	}
	for (struct event_watch *watch = events->watches, *next; watch != NULL; watch = next) {
		next = watch->next;
		watch->wake(watch);
	}
}

/* ---- looking on ---- */

uint64_t events_next(const struct events *events)
{
	return events->next;
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

void events_watch(struct events *events, struct event_watch *watch)
{
	watch->next = events->watches;
	watch->link = &events->watches;
	if (watch->next != NULL)
		watch->next->link = &watch->next;
	events->watches = watch;
}

void events_unwatch(struct event_watch *watch)
{
	if (watch->link == NULL)
		return;
	*watch->link = watch->next;
	if (watch->next != NULL)
		watch->next->link = watch->link;
	watch->link = NULL;
}
