/* What pipeline*.c share; nobody else looks inside a pipeline. */
#ifndef SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H
#define SLUICE_SUPERVISOR_PIPELINE_PRIVATE_H

#include "common/ipc.h"
#include "supervisor/keeper.h"
#include "supervisor/pipeline.h"
#include "supervisor/restart_limit.h"

struct pipeline {
	struct fleet *fleet;
	char *tenant, *name, *id;             /* owned */
	char *label;                          /* as people are told: "tenant/name"; owned */
	const struct config *config;          /* of the next start; borrowed */
	struct pipeline_settings settings;
	struct subscription *subscription;    /* NULL: it has none now */
	char *capture;                        /* with which it has joined that; owned */
	enum pipeline_state state;
	bool wanted;                          /* somebody desires that it runs */
	int spool_fd, files_fd, state_fd, page_fd;
	struct worker_page *page;
	struct worker_figures kept;           /* from its spool: what the page does not tell yet */
	struct keeper keeper;
	struct loop_timer ready_deadline, hard_end;
	int64_t ready_s;                      /* what the ready deadline was set to */
	int64_t since_ms;                     /* wall clock: in this state */
	int64_t started_ms;                   /* wall clock: the worker that runs, or ran last */
	struct conditions conditions;
	struct pipeline_stop stop;            /* ordered and not yet carried out; epoch 0: none */
	struct pipeline_stop told_stop;       /* the one that its worker was started with */
	uint64_t told_quota;                  /* bytes of its spool, with which its worker was started; 0: no limit, or none was */
	struct ipc_drain order;               /* to be given if what is about to happen leads to an order; deadline_ns 0: none */
	struct ipc_drain drain;               /* as ordered; deadline_ns 0: not ordered */
	struct ipc_drained drained;           /* as told */
	bool told_drained, killed;
	bool ended_starting;                  /* what ended last was a worker that had not been ready */
	bool held;                            /* it starts when a subscription has ended */
	bool failing;                         /* its end will be a failure */
	char last_error[256];                 /* "": it is over */
	struct pipeline_error past_error;     /* the same, kept */
	char last_exit[128];
	struct restart_limit restarts;
	struct ipc_tap tap;                   /* records_s 0: nobody looks at its records */
	uint32_t tap_session;                 /* grows with each tap: what was shown for another is none of this one's */
	struct iam_key *iam;                  /* of its worker's configuration; NULL: it has no API key. Users are counted */
	bool iam_asked;                       /* its worker waits for a token */
	bool adopted;                         /* it was handed over by the image of before */
	bool lost;                            /* it was handed over with a worker that is none of ours */
};

/* ---- pipeline.c ---- */

/* What goes wrong with it, and when: last_error and past_error. */
void pipeline_note_error(struct pipeline *pipeline, const char *code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Its worker ends now, if it has one; what is to follow is decided at its end. */
void pipeline_end_now(struct pipeline *pipeline);
/* Something has happened to it. */
void pipeline_event(struct pipeline *pipeline, enum life_event event);

/* What happens to its worker; owner is the pipeline. */
extern const struct keeper_handler pipeline_keeper_handler;
void pipeline_not_ready(struct loop_timer *timer);
void pipeline_not_ended(struct loop_timer *timer);

/* ---- pipeline_spawn.c ---- */

/* Starts its worker, with what pipeline_use() has given. */
int pipeline_spawn(struct pipeline *pipeline, struct err *err);
/* struct keeper_handler's options; owner is the pipeline. */
void pipeline_worker_options(void *owner, struct child_options *options);

/* ---- pipeline_messages.c ---- */

/* struct keeper_handler's configure and message; owner is the pipeline. */
int pipeline_configure(void *owner, struct child *child, struct err *err);
void pipeline_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length);
/* To a worker that runs. */
void pipeline_order_drain(struct pipeline *pipeline);

/* ---- pipeline_tap.c ---- */

/* To a worker that has been configured, where somebody looks at its records. */
int pipeline_tell_tap(struct pipeline *pipeline, struct child *child, struct err *err);
/* IPC_TAP_RECORD */
void pipeline_take_tapped(struct pipeline *pipeline, uint32_t session, const char *payload, size_t length);

#endif
