/* The fleet: the subscriptions and pipelines that this supervisor keeps running, and what they share. */
#ifndef SLUICE_SUPERVISOR_FLEET_H
#define SLUICE_SUPERVISOR_FLEET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

struct pipeline;
struct memory;
struct subscription;

struct fleet_options {
	size_t ring_size;             /* bytes */
	int64_t drain_timeout_ns;
	const char *host_id;          /* of the shared subscriptions; NULL: drawn */
	const char *log_level;
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
	void (*log_line)(const char *line);   /* prints a child's line */
	int64_t began_ms, drained_ms;         /* wall clock: when it was started and told to end; 0: not yet */
	bool draining;
	bool closed;                          /* and all subscriptions have ended: the pipelines have been told */
	int64_t drain_deadline_ns;
	struct loop_timer deadline;
	/* Called when something happened that may end the run: all have ended, a pipeline has failed. */
	void (*changed)(struct fleet *fleet);
};

int fleet_init(struct fleet *fleet, struct loop *loop, const struct memory *memory, const struct fleet_options *options,
	struct err *err);
/* Kills what still runs. */
void fleet_fini(struct fleet *fleet);

/* Adds a pipeline and finds or makes its subscription; the arguments are kept by the caller for the fleet's life. */
struct config;
int fleet_add(struct fleet *fleet, const char *name, const char *id, const struct config *config, struct err *err);
/* Starts everything that was added: first the workers, and each subscriber when all of its workers read. */
int fleet_start(struct fleet *fleet, struct err *err);
/* Begins the orderly end: subscriptions publish what they have and close, pipelines read to that end, write out, end. */
void fleet_drain(struct fleet *fleet);
/* Ends the wait: kills what still runs. What is spooled stays. */
void fleet_kill(struct fleet *fleet);

/* Every child has ended (after fleet_drain). */
bool fleet_ended(const struct fleet *fleet);
/* Pipelines that have failed for good. */
size_t fleet_failed(const struct fleet *fleet);

/* For subscriptions: one of them has ended while draining. */
void fleet_subscription_ended(struct fleet *fleet);
/* For subscriptions: this one's configuration cannot work, and so cannot that of its pipelines. */
void fleet_subscription_failed(struct fleet *fleet, struct subscription *subscription, const char *reason);
/* For subscriptions: this one's connection has ended, which may have silenced the others. */
void fleet_check_others(struct fleet *fleet, const struct subscription *subscription);
/* For pipelines: one of this subscription's is no longer starting. When none is, flows may come. */
void fleet_pipeline_settled(struct fleet *fleet, struct subscription *subscription);

#endif
