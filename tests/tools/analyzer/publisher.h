/* The broadcast: which message is sent next, when, and to whom. */
#ifndef SLUICE_ANALYZER_PUBLISHER_H
#define SLUICE_ANALYZER_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"

struct server;
struct connection;

enum { KNOWN_MAX = 64 };

struct publisher {
	struct server *server;
	struct loop_timer due;        /* the next paced message */
	struct loop_timer deadline;   /* --seconds */
	struct loop_timer wipe;       /* forgetting the namespaces after a disconnect */
	const char *known[KNOWN_MAX]; /* namespaces that somebody has subscribed to since the last disconnect; owned */
	unsigned known_count;
	size_t position;              /* in the recording */
	uint32_t loop;
	uint64_t serial;              /* of the next flow = flows published */
	uint64_t number;              /* messages published */
	uint64_t garbage;             /* of them: none of their flows is counted */
	uint64_t random;
	int64_t next_ns;
	bool started;
	bool paused;
	bool stalled;                 /* a paced message waits for room or for a listener */
	bool ended;
	bool told;                    /* the event `finished` was written */
};

void publisher_init(struct publisher *publisher, struct server *server);
void publisher_fini(struct publisher *publisher);
/* Begins to publish, if it has not. */
void publisher_start(struct publisher *publisher);
void publisher_pause(struct publisher *publisher, bool paused);
/* A subscription was accepted: its namespaces are known from now on. */
void publisher_subscribed(struct publisher *publisher, const struct connection *connection);
/* A subscriber is gone: a moment later every namespace is forgotten, also those that came in the meantime. */
void publisher_disconnected(struct publisher *publisher);
/* A queue has room again: publishes what waits for it. */
void publisher_poke(struct publisher *publisher);
/* Tells once that everything is published and written. */
void publisher_check_finished(struct publisher *publisher);
/* Sends a text to the subscribers of a namespace; no serial is spent. */
int publisher_send_raw(struct publisher *publisher, const char *namespace, const void *text, size_t length);
/* One message of garbage, another kind each time. */
int publisher_send_garbage(struct publisher *publisher);

#endif
