/* The fleet: the subscriptions and pipelines that this supervisor keeps running, and what they share. */
#ifndef SLUICE_SUPERVISOR_FLEET_H
#define SLUICE_SUPERVISOR_FLEET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/sandbox.h"
#include "supervisor/pipeline.h"

struct condition;
struct handover;
struct iam_key;
struct json_t;
struct pipeline;
struct pipeline_config;
struct memory;
struct subscription;

struct fleet_options {
	size_t ring_size;             /* bytes */
	int64_t drain_timeout_ns;
	const char *host_id;          /* what subscriptions show to the analyzer; the second and later ones with a number */
	const char *host_id_field;    /* where that is written, to be named when it is refused */
	const char *page_address;     /* where pages of store prom_sky_con are served; NULL: at all addresses */
	const char *log_level;        /* static */
	struct sandbox_means sandbox; /* of all children */
	struct json_t *endpoints;     /* where objects may be sent to (worker/README.md); borrowed. NULL: anywhere */
	bool final;                   /* nobody goes on with it: what stages hold is given out at its end (DRAIN_STOP) */
	bool dynamic;                 /* a pipeline that is stopped leaves its subscription, which ends with its last one */
};

struct fleet {
	struct loop *loop;
	const struct memory *memory;
	struct fleet_options options;
	char subscriber_program[PATH_MAX], worker_program[PATH_MAX];
	struct subscription **subscriptions;
	size_t subscription_count;
	struct pipeline **pipelines;
	size_t pipeline_count;
	struct iam_key *iam_keys;             /* supervisor/iam.h; owned by its users, the pipelines */
	void (*log_line)(const char *line);   /* prints a child's line, as the format has it */
	/* A line that a pipeline's worker has logged, beside its printing; NULL: nobody asks. */
	void (*pipeline_line)(struct fleet *fleet, const struct pipeline *pipeline, const char *line);
	struct loop_timer sweep;              /* what is over is let go */
	int64_t began_ms, drained_ms;         /* wall clock: when it was started and told to end; 0: not yet */
	bool files_synced;                    /* the names of all folders of files that were there before */
	bool resuming;                        /* what starts now is to have run until the last supervisor ended */
	bool draining;
	bool closed;                          /* and all subscriptions have ended: the pipelines have been told */
	int64_t drain_deadline_ns;
	/* Called when something happened that may end the run: all have ended, a pipeline has failed. */
	void (*changed)(struct fleet *fleet);
	/* Bytes that the spool of one that starts may hold, 0: any number; NULL: as its settings say. */
	uint64_t (*quota)(const struct fleet *fleet, const struct pipeline *pipeline);
	/* One is about to get a worker: time to give it its configuration anew; NULL: nobody does. */
	int (*prepare)(struct fleet *fleet, struct pipeline *pipeline, struct err *err);
	/* A condition of one of its pipelines has changed, and what a worker says in an IPC_EVENT; NULL: nobody asks. */
	void (*condition)(struct fleet *fleet, struct pipeline *pipeline, const struct condition *condition);
	void (*worker_event)(struct fleet *fleet, struct pipeline *pipeline, const char *payload, size_t length);
	/* A record of a pipeline that is tapped, and its text, NUL-terminated: one line of UTF-8; NULL: nobody asks. */
	void (*tapped)(struct fleet *fleet, struct pipeline *pipeline, const struct ipc_tap_record *record, const char *text);
	/* What happened to one of its pipelines; NULL: nobody asks. */
	void (*pipeline_changed)(struct fleet *fleet, struct pipeline *pipeline, enum life_event event);
};

int fleet_init(struct fleet *fleet, struct loop *loop, const struct memory *memory, const struct fleet_options *options,
	struct err *err);
/* Kills what still runs. */
void fleet_fini(struct fleet *fleet);

/* Adds a pipeline, stopped, that pipeline_use() and pipeline_start() are for. It is the fleet's. */
int fleet_add(struct fleet *fleet, const struct pipeline_identity *identity, struct pipeline **pipeline, struct err *err);
/* Takes it out and frees it; its worker is killed if it still runs. */
void fleet_remove(struct fleet *fleet, struct pipeline **pipeline);
/* Starts everything that was added: first the workers, and each subscriber when all of its workers read. The first
 * error ends it. */
int fleet_start(struct fleet *fleet, struct err *err);
/* What all children log from now on, those that run too. level: a static name. */
void fleet_set_log_level(struct fleet *fleet, const char *level);
/* Begins the orderly end: subscriptions publish what they have and close, pipelines read to that end, write out, end. */
void fleet_drain(struct fleet *fleet);
/* Ends the wait: kills what still runs. What is spooled stays. */
void fleet_kill(struct fleet *fleet);

/* Every child has ended (after fleet_drain). */
bool fleet_ended(const struct fleet *fleet);
/* Pipelines that have failed for good. */
size_t fleet_failed(const struct fleet *fleet);

/* ---- fleet_handover.c: to the next image of this process ---- */

/* Nothing is on its way between it and its children. */
bool fleet_settled(const struct fleet *fleet);
/* Subscriptions and pipelines, the latter as "pipelines" by their ids. */
void fleet_hand_over(struct fleet *fleet, struct handover *handover);
/* Of those that were handed over the subscriptions, and the pipelines that have been added; their callbacks are not called
 * yet. What cannot be adopted is as if it had not been handed over, its children end as they do without a supervisor. */
void fleet_adopt(struct fleet *fleet, struct handover *handover);
/* Behind fleet_adopt, when all that is to run has been started: from here on the fleet lives. */
void fleet_settle(struct fleet *fleet);

/* For subscriptions: one of them has ended while draining. */
void fleet_subscription_ended(struct fleet *fleet);
/* For subscriptions: this one's configuration cannot work, and so cannot that of its pipelines. */
void fleet_subscription_failed(struct fleet *fleet, struct subscription *subscription, const char *reason);
/* For subscriptions: what is wrong with this one has changed. */
void fleet_subscription_told(struct fleet *fleet, const struct subscription *subscription);
/* For subscriptions: this one's connection has ended, which may have silenced the others. */
void fleet_check_others(struct fleet *fleet, const struct subscription *subscription);
/* For pipelines: finds or makes the subscription that the configuration needs, and joins it. */
int fleet_join(struct fleet *fleet, const struct pipeline_config *config, struct subscription **subscription,
	struct err *err);
/* A subscription to the same destination is about to end: one that starts now waits for that, so that the end of that
 * epoch is known, and the analyzer does not see one X-Host-ID twice. */
bool fleet_closes(const struct fleet *fleet, const struct pipeline_config *config);
/* From the loop: pipelines that are over leave their subscriptions, those that wait for an end start. */
void fleet_settle_soon(struct fleet *fleet);
/* One that has joined with this capture needs it no more. */
void fleet_leave(struct fleet *fleet, struct subscription *subscription, const char *capture);
/* For pipelines: one's condition has changed. */
void fleet_pipeline_told(struct fleet *fleet, struct pipeline *pipeline, const struct condition *condition);
/* For pipelines: something has happened to one. When none of a subscription's is starting, flows may come. */
void fleet_pipeline_changed(struct fleet *fleet, struct pipeline *pipeline, enum life_event event);

#endif
