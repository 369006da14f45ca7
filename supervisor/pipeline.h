/* A pipeline as the supervisor sees it: its worker process, which may come and go, and what outlives the worker: the
 * spool folder, the stages' memory, the shared page, the conditions. */
#ifndef SLUICE_SUPERVISOR_PIPELINE_H
#define SLUICE_SUPERVISOR_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/ipc.h"
#include "common/worker_page.h"
#include "supervisor/conditions.h"
#include "supervisor/lifecycle.h"
#include "supervisor/log_json.h"

struct config;
struct fleet;
struct handover;
struct json_t;
struct pipeline;
struct pipeline_config;
struct subscription;

/* All copied. */
struct pipeline_identity {
	const char *tenant;           /* "": of none */
	const char *name;             /* shown to people, with the tenant before it */
	const char *id;               /* its folder in the spool */
};

/* How its worker is treated; the rest is its configuration. */
struct pipeline_settings {
	uint64_t quota_bytes;         /* of its spool; 0: none */
	uint64_t memory_bytes;        /* private data of its worker, without ring and spool; 0: no limit */
	const char *files_parent;     /* its files are confined to the folder of its tenant below; NULL: not confined.
	                               * Borrowed */
	const char *log_level;        /* NULL: the fleet's. Borrowed */
	bool misapplied;              /* it is not what was wanted: it is degraded while it runs */
	const char *restarts;         /* "5/60s": ends unasked that are endured (restart_limit.h); NULL: all. Copied */
};

struct pipeline_error {
	char code[32];                /* dotted; "": nothing has gone wrong yet */
	char message[256];
	int64_t at_ms;                /* wall clock */
	bool current;                 /* nothing has come of it yet */
};

/* Where a stop ends: what the pipeline has not read by then is none of its any more. */
struct pipeline_stop {
	uint64_t epoch, sequence;     /* epoch 0: there is none */
};

int pipeline_new(struct pipeline **pipeline, struct fleet *fleet, const struct pipeline_identity *identity,
	struct err *err);
/* Its worker is killed if it still runs. */
void pipeline_free(struct pipeline **pipeline);

/* What its next worker gets; config is borrowed until another is given. The worker that runs goes on with what it has. */
void pipeline_use(struct pipeline *pipeline, const struct config *config, const struct pipeline_settings *settings);
/* Reads from its spool what earlier workers have done. */
void pipeline_recall(struct pipeline *pipeline, int spool_fd);
/* A stop that was ordered before this supervisor, or this start, and of which it is not known that it was carried out. */
void pipeline_owe_stop(struct pipeline *pipeline, const struct pipeline_stop *stop);

/* ---- pipeline_handover.c: to the next image of this process ---- */

bool pipeline_settled(const struct pipeline *pipeline);
/* Without its configuration and settings; which subscription it has is the caller's to write. */
void pipeline_hand_over(struct pipeline *pipeline, struct handover *handover, struct json_t *object);
/* Of one that is new and has got its configuration, if that can be used (pipeline_use). subscription: that it had, or NULL.
 * An error: nothing is adopted. */
int pipeline_adopt(struct pipeline *pipeline, struct handover *handover, const struct json_t *object,
	struct subscription *subscription, struct err *err);
bool pipeline_adopted(const struct pipeline *pipeline);
/* All have been adopted that could be: one whose worker is none of ours goes on with another. */
void pipeline_settle(struct pipeline *pipeline);

/* It is wanted: a worker is started, at once where one was waited for. An error says that the first attempt failed; more
 * follow. */
int pipeline_start(struct pipeline *pipeline, struct err *err);
/* It is not: drained up to the ring's head of now, position cleared, ended at the latest some seconds behind
 * deadline_ns. *stop: that head; to be kept before this call (pipeline_stop_point). */
void pipeline_stop(struct pipeline *pipeline, const struct pipeline_stop *stop, int64_t deadline_ns);
/* Where a stop would end now; epoch 0: no worker has anything to read. */
void pipeline_stop_point(const struct pipeline *pipeline, struct pipeline_stop *stop);
/* Another worker, with what pipeline_use() has given, goes on where this one is; when it is to read from elsewhere, this
 * one is stopped at *stop (as pipeline_stop) first. */
void pipeline_replace(struct pipeline *pipeline, const struct pipeline_stop *stop, int64_t deadline_ns);
/* Whether a worker with this configuration reads from where the present one does. */
bool pipeline_stays(const struct pipeline *pipeline, const struct pipeline_config *config);
/* Its worker logs at the fleet's level from now on, unless it has one of its own. */
void pipeline_tell_log_level(struct pipeline *pipeline);
/* It has a level of its own from now on; level: static, NULL: the fleet's again. */
void pipeline_set_log_level(struct pipeline *pipeline, const char *level);
/* Its worker, and each one after it, shows a sample of its records (fleet->tapped); rates->records_s 0: no more. */
void pipeline_tap(struct pipeline *pipeline, const struct ipc_tap *rates);
/* The supervisor ends: reads up to `sequence` of the epoch, writes out until deadline_ns, keeps its position. In a fleet
 * that is final: is stopped there. */
void pipeline_drain(struct pipeline *pipeline, uint64_t epoch, uint64_t sequence, int64_t deadline_ns);
/* It cannot go on, says reason: writes out what there is until deadline_ns, then it has failed. */
void pipeline_fail(struct pipeline *pipeline, const char *reason, int64_t deadline_ns);
/* It is wanted, and nothing can be started for it: it has failed. */
void pipeline_refuse(struct pipeline *pipeline, const char *reason);
/* Ends its worker now; none is started again until pipeline_start. */
void pipeline_kill(struct pipeline *pipeline);

enum pipeline_state pipeline_state(const struct pipeline *pipeline);
/* Wall clock in ms: since when it is in this state. */
int64_t pipeline_since(const struct pipeline *pipeline);
/* No worker runs and none will be started. */
bool pipeline_over(const struct pipeline *pipeline);
/* A stop was ordered, and it is not known that it was carried out. */
bool pipeline_owes_stop(const struct pipeline *pipeline);
bool pipeline_wanted(const struct pipeline *pipeline);
/* What ended last was a worker that had not been ready; false when none could be started, which is not its
 * configuration's fault. */
bool pipeline_ended_starting(const struct pipeline *pipeline);
/* "tenant/name", or the name alone. */
const char *pipeline_name(const struct pipeline *pipeline);
/* Whose lines of the log are, of its worker ("worker") or of ours about it ("sluiced"); borrowed. */
struct log_origin pipeline_log_origin(const struct pipeline *pipeline, const char *component);
const char *pipeline_id(const struct pipeline *pipeline);
/* NULL: it has none now. */
const struct subscription *pipeline_subscription(const struct pipeline *pipeline);
/* What its next worker gets; NULL: it has none that can be used. */
const struct pipeline_config *pipeline_configuration(const struct pipeline *pipeline);
const struct conditions *pipeline_conditions(const struct pipeline *pipeline);
/* 0: no worker runs. started_ms: of the one that runs or ran last; 0: none yet. */
pid_t pipeline_worker(const struct pipeline *pipeline, int64_t *started_ms);
/* What went wrong last; "" when nothing did since it was ready. */
const char *pipeline_last_error(const struct pipeline *pipeline);
/* From the shared page, of the last worker when none runs; before that what the spool has (pipeline_recall). */
void pipeline_figures(const struct pipeline *pipeline, struct worker_figures *figures);
/* What went wrong last, also when that is over. */
void pipeline_error(const struct pipeline *pipeline, struct pipeline_error *error);
/* How its last worker has ended: "ended unasked (signal 9 (Killed))"; "": none has. */
const char *pipeline_last_exit(const struct pipeline *pipeline);
/* CLOCK_BOOTTIME of its next start, while it waits for that; 0: it does not. tries: since it was last healthy. */
int64_t pipeline_next_start(const struct pipeline *pipeline, unsigned *tries);
/* For the fleet: it is over, and needs its subscription no more. Harmless without one. */
void pipeline_leave_subscription(struct pipeline *pipeline);
/* For the fleet: if it waits for a subscription to end (fleet_closes), it looks again. */
void pipeline_go_on(struct pipeline *pipeline);
/* Its subscription has got better or worse. */
void pipeline_judge(struct pipeline *pipeline);
/* Flows published and not yet passed. */
uint64_t pipeline_lag(const struct pipeline *pipeline, const struct worker_figures *figures);
/* Objects and flows that the last worker left in the spool. */
void pipeline_unsent(const struct pipeline *pipeline, uint64_t *objects, uint64_t *flows);
/* Flows that its stages keep, to merge them later. */
uint64_t pipeline_held(const struct pipeline *pipeline);
/* Flows that a worker which did not end in order has left in the ring. */
uint64_t pipeline_unread(const struct pipeline *pipeline);
/* What is wrong now; false: nothing. */
bool pipeline_problem(const struct pipeline *pipeline, char *text, size_t size);
/* Bytes that the spool may hold of the worker that runs or ran last; 0: any number, or there was no worker. */
uint64_t pipeline_quota(const struct pipeline *pipeline);
/* CPU and restarts of its workers that have ended. */
void pipeline_usage(const struct pipeline *pipeline, struct rusage *usage, unsigned *restarts);

#endif
