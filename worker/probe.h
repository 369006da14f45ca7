/* Trying what a configuration names, before anything runs: a worker that is started for this alone, told so by IPC_PROBE
 * instead of IPC_CONFIG, says what it has found as the conditions SubscriptionUp, SinkReachable and (when the configuration asks it)
 * TopologyReachable, and ends. */
#ifndef SLUICE_WORKER_PROBE_H
#define SLUICE_WORKER_PROBE_H

#include "common/err.h"

struct http;
struct pipeline_config;
struct worker;

/* A server that takes longer says nothing that helps; the supervisor waits a little longer than that. */
enum { PROBE_STALL_MS = 5000 };

/* One thing that is tried. */
struct probe {
	/* The result, filled in by whoever calls done. */
	int result;                   /* 0: it would work */
	struct err err;
	const char *field;            /* of the configuration, that would mend it; static text or NULL */
	char reason[48];              /* one word */
	void (*done)(struct probe *probe);
	void *owner;
};

struct probing;

/* IPC_PROBE has come. */
void probe_start(struct worker *worker, const char *text, size_t length);
void probing_free(struct probing **probing);

/* Does the analyzer's websocket take these credentials? Asked without becoming a subscriber, whose end would silence all
 * others (the analyzer forgets everybody's subscriptions when one connection ends). */
struct analyzer_probe;
/* probe->done follows, never from inside. *analyzer is freed with analyzer_probe_free. */
int analyzer_probe_new(struct analyzer_probe **analyzer, struct worker *worker, struct probe *probe, struct err *err);
void analyzer_probe_free(struct analyzer_probe **analyzer);

#endif
