/* What happens, as it happens: the last events are kept for those who look on (GET /v1/events), each with a number. Nobody
 * who looks on has a queue of their own: each has a place among the events, and one that falls behind by more than what is
 * kept is disconnected. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_EVENTS_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_EVENTS_H

#include <jansson.h>
#include <stdint.h>

#include "api/api_ops.h"
#include "supervisor/fleet.h"
#include "supervisor/serve/streams/watch.h"

struct events;
struct handover;
struct serve;

enum { EVENTS_KEPT = 4096, EVENTS_BYTES = 8 << 20, EVENT_ID_SIZE = 40 };

/* One that is kept. */
struct event {
	uint64_t number;              /* from 1 */
	const char *type;
	const char *tenant, *pipeline;        /* whom it is about; "": none */
	const char *data;             /* JSON */
};

int events_new(struct events **events, struct err *err);
void events_free(struct events **events);

/* Adds one, and wakes who looks on. members: of the event beside type, tenant and pipeline, `at` where that is
 * not now; taken over. */
void events_add(struct events *events, const char *type, const char *tenant, const char *pipeline, json_t *members);
/* To the next image of this process: all that is kept, under the numbers that it has. */
void events_hand_over(const struct events *events, struct handover *handover, json_t *object);
void events_adopt(struct events *events, const json_t *object);
/* The number of the next one. */
uint64_t events_next(const struct events *events);
/* That of the oldest one that is kept; the next one's when none is. */
uint64_t events_oldest(const struct events *events);
/* NULL: it is not kept any more, or has not come. Borrowed until the next events_add. */
const struct event *events_at(const struct events *events, uint64_t number);

/* "<of this life>-<number>" */
void event_id(const struct events *events, uint64_t number, char id[EVENT_ID_SIZE]);
/* The number in an id of this life; 0: it is none. */
uint64_t event_id_number(const struct events *events, const char *id);

/* One who looks on is woken by each event, until watch_remove(). */
void events_watch(struct events *events, struct watch *watch);

/* ---- event_sources.c: where they come from ---- */

/* The audit trail becomes events of type `change`; from here on. */
void event_sources_init(struct serve *serve);
/* Now and then: another process (`sluiced token`) may have written a row. */
void event_sources_look(struct serve *serve);
void event_sources_fini(struct serve *serve);
/* A pipeline is in another state: `state`; and where its flows do something else, as its samples say. */
struct served;
void event_of_state(struct served *served);
void event_of_flow_state(struct served *served);
/* For the fleet: a condition of a pipeline's has changed (`condition`), and something its worker says (`event`). */
void event_of_condition(struct fleet *fleet, struct pipeline *pipeline, const struct condition *condition);
void event_of_worker(struct fleet *fleet, struct pipeline *pipeline, const char *payload, size_t length);
/* A gap of a subscription, for each pipeline that reads from it: `gap`. */
struct ring_gap;
void event_of_gap(struct serve *serve, const char *key, const struct ring_gap *gap);

/* ---- event_snapshot.c ---- */

/* The snapshot that is kept for those who come together; NULL: none. */
struct event_snapshot;
void event_snapshot_free(struct event_snapshot **kept);

/* ---- event_stream.c ---- */

/* struct api_ops' events. */
int ops_events(void *owner, const struct api_request *request, const struct api_event_query *query,
	struct api_answer *answer);

#endif
