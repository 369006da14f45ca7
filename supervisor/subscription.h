/* A subscription: one connection to an analyzer, shared by all pipelines with the same URL, credentials and TLS files.
 * It owns the flow ring; the subscriber process that fills it may come and go. */
#ifndef SLUICE_SUPERVISOR_SUBSCRIPTION_H
#define SLUICE_SUPERVISOR_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/ring.h"
#include "supervisor/conditions.h"

struct fleet;
struct gap_list;
struct handover;
struct json_t;
struct pipeline_config;
struct subscription;

enum { SUBSCRIPTION_SAMPLES = 60 };

/* Its figures at one moment, all since its ring was made. */
struct subscription_sample {
	int64_t at_ns;                /* CLOCK_BOOTTIME */
	uint64_t messages, flows;
	uint64_t ring_bytes;          /* published */
};

struct subscription_samples {
	struct subscription_sample items[SUBSCRIPTION_SAMPLES];       /* the n-th ever at n % SUBSCRIPTION_SAMPLES */
	uint64_t count;
};

/* config: of the first pipeline that needs it; copied. suffix: of its key, from 1, as no subscription_twin() has it;
 * number: its own among the fleet's, from 1. */
int subscription_new(struct subscription **subscription, struct fleet *fleet, const struct pipeline_config *config,
	unsigned suffix, unsigned number, struct err *err);
void subscription_free(struct subscription **subscription);

/* Whether a pipeline with this configuration can share it. */
bool subscription_fits(const struct subscription *subscription, const struct pipeline_config *config);
/* Whether it ends, and a pipeline with this configuration would need another. */
bool subscription_closes(const struct subscription *subscription, const struct pipeline_config *config);
/* Where its destination is this configuration's, the secrets left aside, the two need keys that differ: the suffix of
 * its own; 0: they may have one. */
unsigned subscription_twin(const struct subscription *subscription, const struct pipeline_config *config);
/* Whether one that has joined it may stay with this configuration, also while it ends. */
bool subscription_serves(const struct subscription *subscription, const struct pipeline_config *config);
/* Another pipeline needs it: what it subscribes to is widened where that is necessary, by one reconnect. */
int subscription_join(struct subscription *subscription, const struct pipeline_config *config, struct err *err);
/* One of those that have joined with this capture needs it no more. Returns how many still do. */
size_t subscription_leave(struct subscription *subscription, const char *capture);
/* What it shows to the analyzer as X-Host-ID, and the field or option to name when that is refused. Copied. */
void subscription_set_host_id(struct subscription *subscription, const char *host_id, const char *field);

/* ---- subscription_handover.c: to the next image of this process ---- */

bool subscription_settled(const struct subscription *subscription);
void subscription_hand_over(struct subscription *subscription, struct handover *handover, struct json_t *object);
/* Who has joined it is not part of that. An error: what was handed over cannot be used. */
int subscription_adopt(struct subscription **subscription, struct fleet *fleet, struct handover *handover,
	const struct json_t *object, struct err *err);
/* One that has joined it with this capture, as it was. */
int subscription_adopt_reader(struct subscription *subscription, const char *capture, struct err *err);
/* Its password is that of this configuration, if that goes where it does; true: so it is, or it has one already. */
bool subscription_complete(struct subscription *subscription, const struct pipeline_config *config);
/* All have been adopted that could be. */
void subscription_settle(struct subscription *subscription);

/* Makes the ring and enters its epoch: workers can be started. */
int subscription_open(struct subscription *subscription, struct err *err);
/* Starts the subscriber; nothing when it was started before. What goes wrong is tried again. It starts by itself 10 s
 * behind subscription_open: workers that take longer to begin must not keep the others waiting. */
void subscription_start(struct subscription *subscription);
/* Another connection to the same analyzer has ended: reconnects unless flows come soon. */
void subscription_check(struct subscription *subscription);
/* Its subscriber logs at the fleet's level from now on. */
void subscription_tell_log_level(struct subscription *subscription);
/* Orders the subscriber to publish what it has, to close the epoch and to end; after wait_ns it is killed. Where none
 * runs it is over at once, and fleet_subscription_ended is not called. */
void subscription_shutdown(struct subscription *subscription, int64_t wait_ns);
void subscription_kill(struct subscription *subscription);
/* Its process has ended and is not to come back; the end of its epoch is known. */
bool subscription_over(const struct subscription *subscription);
bool subscription_started(const struct subscription *subscription);
size_t subscription_readers(const struct subscription *subscription);
unsigned subscription_number(const struct subscription *subscription);

/* Descriptors for workers, borrowed. */
int subscription_ring_fd(const struct subscription *subscription);
int subscription_wake_fd(const struct subscription *subscription);
/* The key of its epochs in the store. */
const char *subscription_key(const struct subscription *subscription);
const char *subscription_url(const struct subscription *subscription);
uint64_t subscription_epoch(const struct subscription *subscription);
/* Sequence behind the last published flow. */
uint64_t subscription_head(const struct subscription *subscription);
void subscription_counters(const struct subscription *subscription, struct ring_counters *counters);
/* Takes one, at now_ns; whoever looks at them says how often. */
void subscription_sample(struct subscription *subscription, int64_t now_ns);
/* The one that is `back` behind the newest; NULL: there is none. */
const struct subscription_sample *subscription_sample_back(const struct subscription *subscription, unsigned back);
uint64_t subscription_sample_count(const struct subscription *subscription);
/* Bytes of its ring; 0: it has none. */
size_t subscription_ring_size(const struct subscription *subscription);
/* What it shows as X-Host-ID; borrowed. */
const char *subscription_host_id(const struct subscription *subscription);
/* The gaps of this run. */
const struct gap_list *subscription_gaps(const struct subscription *subscription);
/* What is wrong with it now; NULL: nothing. */
const struct condition *subscription_problem(const struct subscription *subscription);
/* What it said last of SubscriptionUp; NULL: nothing yet. */
const struct condition *subscription_told(const struct subscription *subscription);
/* CLOCK_BOOTTIME of its subscriber's next start, where that is waited for; 0: it is not. tries: since it was last healthy. */
int64_t subscription_next_start(const struct subscription *subscription, unsigned *tries);
/* What it asks the analyzer for: "flow", or "flow/CAPTURE" of each pipeline that has joined; "stats". A new reference. */
struct json_t *subscription_namespaces(const struct subscription *subscription);
/* What its pipelines need: one line for each of their captures, or the one that carries all flows. A new reference; NULL:
 * no memory. */
struct json_t *namespaces_needed(char *const *captures, size_t count);
/* "waiting" (for its workers), "connecting", "connected", "closing", "closed" or "failed". */
const char *subscription_state(const struct subscription *subscription);
/* 0: no subscriber runs. */
pid_t subscription_process(const struct subscription *subscription);
/* CPU of its ended processes and restarts so far. */
void subscription_usage(const struct subscription *subscription, struct rusage *usage, unsigned *restarts);

#endif
