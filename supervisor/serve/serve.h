/* `sluiced serve`: the store's pipelines kept running, and what the API may do with them. One process, one loop.
 *
 *     serve, reload   start, signals, end         compose   a stored configuration and its secrets → struct config
 *     served     the store's pipelines as they run, and what follows from what happens to them
 *     upgrade*   SIGUSR2: another image of this process goes on (supervisor/handover.h)
 *     ops_*      struct api_ops                   status    a pipeline as JSON; metrics: all as Prometheus text
 *     transfer_* export and import (transfer.h) */
#ifndef SLUICE_SUPERVISOR_SERVE_SERVE_H
#define SLUICE_SUPERVISOR_SERVE_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/api_ops.h"
#include "api/server.h"
#include "common/config/config.h"
#include "common/config/endpoint.h"
#include "common/ipc.h"
#include "common/loop.h"
#include "supervisor/fleet.h"
#include "supervisor/memory.h"
#include "supervisor/notify.h"
#include "supervisor/serve/serve_options.h"
#include "supervisor/store/pipelines.h"
#include "supervisor/store/store.h"

enum { SERVE_ARENA = 64 << 20 };

struct events;
struct export;
struct handover;
struct import;
struct served;
struct ticket;
struct upgrade;

/* How many refused changes the audit trail has of this minute (ops/ops_refusals.c). [0]: of nobody in particular, [1]: of tokens. */
struct refusals {
	int64_t minute_ns[2];
	unsigned kept[2], beyond[2];
};

struct serve {
	struct serve_options options;
	struct loop *loop;
	struct store *store;
	struct memory memory;                 /* the store as the fleet's memory */
	struct ipc_epoch *epochs;             /* of the last question; owned */
	int spool_fd;                         /* <data-dir>/spool */
	int logs_fd;                          /* <data-dir>/logs */
	char file_root[4096];
	struct config_confinement confinement;
	struct endpoint_rules endpoints;      /* of tenants' objects */
	struct json_t *endpoints_message;     /* the same, as workers are told; owned */
	struct fleet fleet;
	struct api_server *api;
	struct api_ops ops;
	struct served **served;               /* owned; sorted by nothing */
	struct served **by_id;                /* the same, sorted by id */
	size_t served_count;
	struct events *events;
	struct event_snapshot *snapshot;      /* of event_snapshot.c */
	struct figures *figures;              /* NULL: nobody looks at them */
	struct loop_timer changes;            /* the audit trail has new rows */
	int64_t last_change;                  /* id of the last row that became an event */
	struct ticket *tickets;
	uint64_t last_ticket;
	struct loop_timer sampling, deletes;
	uint64_t sample_rounds;
	struct notify notify;                 /* to the service manager */
	struct loop_timer beat;
	char announced[160];                  /* as it was told last how the pipelines are */
	struct import *import;                /* the one that is under way; owned */
	struct export *exports;               /* each is its stream's */
	char program[PATH_MAX];               /* where this program was started from */
	struct handover *handover;            /* from the image before; NULL once all of it is taken */
	bool orphaned;                        /* what that has left was damaged: its children are nobody's */
	struct upgrade *upgrade;              /* to the next; NULL: none is under way */
	size_t to_replace;                    /* workers of another version that were handed over; 0: none, or none is left */
	char replaced[STORE_ID_LENGTH + 1];   /* the pipeline whose turn it is, or was; "": none's */
	bool replaced_failed;                 /* and it is not ready, which was said */
	struct loop_timer replacing;
	struct refusals refusals;
	bool stopping;
};

/* ---- serve.c ---- */

/* Opens everything and starts what is to run. */
int serve_start(struct serve *serve, struct err *err);
/* SIGHUP: everything is read again (serve_reload), if an upgrade is under way by whoever goes on. */
void serve_hang_up(struct serve *serve);
/* Hands all pipelines over and ends the loop when that is done. */
void serve_stop(struct serve *serve);
void serve_fini(struct serve *serve);

/* ---- reload.c ---- */

/* Reads the file of --config and the TLS files again: applies what can be changed while it runs, and says of the rest that
 * it takes a restart. What cannot be used changes nothing. why: as the log calls it; kept. True: everything is as these
 * files say. */
bool serve_reload(struct serve *serve, const char *why);

/* ---- upgrade*.c: SIGUSR2 ---- */

/* Begins to hand everything over to the file that stands where this program was started from. What goes wrong is logged, and
 * everything goes on as it was. */
void upgrade_begin(struct serve *serve);
/* The command line of this process with another word in front of its options; the array is the caller's. NULL: no memory. */
char **upgrade_arguments(const struct serve *serve, const char *before);
/* While one is under way. */
void upgrade_note_hang_up(struct serve *serve);
/* It ends: no upgrade any more. */
void upgrade_cancel(struct serve *serve);
/* In a process of the new program that was asked: whether it could go on here, with its own programs and its database. */
int upgrade_check(const struct serve_options *options, struct err *err);
/* In the next image: takes what was handed over; nothing when this is a start like any other. Before anything is opened:
 * of what is damaged nothing stays open. */
int upgrade_receive(struct serve *serve, struct err *err);
/* The data folder's lock, for the store; 0: none. */
int upgrade_adopt_lock(struct serve *serve);
/* Events, behind event_sources_init(): who follows them goes on behind the last one. */
void upgrade_adopt_events(struct serve *serve);
/* This image cannot start: the one before goes on, with everything as it was. Returns where there is no way back, which is
 * logged, or nothing was handed over. */
void upgrade_turn_back(struct serve *serve, const struct err *why);
/* The API's sessions, and the sockets that listen; 0 too when none was handed over: *any says. */
int upgrade_adopt_api(struct serve *serve, bool *any, struct err *err);
/* The pipelines, behind served_load(): those that ran on go on, the others start. */
void upgrade_adopt_served(struct serve *serve);
/* All is taken over: what was handed over and not taken is given up. Workers of another version are replaced from here on. */
void upgrade_finish(struct serve *serve);
/* A pipeline has changed: the next one's worker may be replaced. */
void upgrade_go_on(struct serve *serve);

/* ---- announce.c: to the service manager, where there is one ---- */

void announce_open(struct serve *serve);
void announce_close(struct serve *serve);
/* Everything is open: it is told from the loop's first round. */
void announce_ready(struct serve *serve);
void announce_reload(struct serve *serve, bool begins);
/* Another image is executed now, or could not be: how long it may be silent. */
void announce_exec(struct serve *serve, bool begins);
void announce_stop(struct serve *serve);

/* ---- recall.c ---- */

/* Fills serve->memory. */
int recall_init(struct serve *serve, struct err *err);
void recall_fini(struct serve *serve);

/* ---- ops.c and the other ops_*.c ---- */

/* Fills serve->ops. */
void ops_init(struct serve *serve);
void ops_tenants_init(struct api_ops *ops);
void ops_tokens_init(struct api_ops *ops);
void ops_pipelines_init(struct api_ops *ops);
void ops_verbs_init(struct api_ops *ops);
void ops_views_init(struct api_ops *ops);
void ops_revisions_init(struct api_ops *ops);
void ops_refusals_init(struct api_ops *ops);
/* transfer_export.c, transfer_import.c */
int ops_export(void *owner, const struct api_request *request, struct api_answer *answer);
int ops_import(void *owner, const struct api_request *request, const struct api_import_input *input,
	struct api_answer *answer);

#endif
