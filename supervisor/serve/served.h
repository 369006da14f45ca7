/* The store's pipelines as they run here: each with its process, the configuration that it has, and samples of its
 * figures. What is desired is the store's; what is observed is struct pipeline's; they are brought together here. */
#ifndef SLUICE_SUPERVISOR_SERVE_SERVED_H
#define SLUICE_SUPERVISOR_SERVE_SERVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "supervisor/pipeline.h"
#include "supervisor/process.h"
#include "supervisor/serve/figures/memory_use.h"
#include "supervisor/serve/serve.h"
#include "supervisor/serve/streams/log_files.h"

enum { SAMPLES = 60, SAMPLE_S = 15 };

/* Flows, all since the beginning. */
struct sample {
	int64_t at_ns;                /* CLOCK_BOOTTIME */
	uint64_t passed, lag;         /* read, excluded_capture included; published and not read */
	uint64_t written, lost;
	uint64_t capture;             /* excluded by capture */
	uint64_t left;                /* written, lost or excluded: done with */
	uint64_t records;             /* encoded */
};

/* What memory a worker used when it was looked at last. */
struct memory_look {
	pid_t pid;                    /* 0: it was not, or that worker has gone */
	int64_t at_ns;                /* CLOCK_BOOTTIME */
	struct memory_use use;
};

struct served {
	struct serve *serve;
	struct pipeline *pipeline;    /* the fleet's */
	char *tenant, *name;          /* owned */
	char id[STORE_ID_LENGTH + 1];
	struct config *config;        /* of the revision; owned. NULL: it cannot be used, config_error says why */
	int64_t revision;
	int64_t composed_ns;          /* CLOCK_BOOTTIME: when config was made, secrets resolved */
	bool proven;                  /* this revision was ready once */
	bool judged;                  /* it never was, and that is noted */
	bool stop_kept;               /* the store has a stop of it */
	unsigned failed_starts;       /* of this revision, before it was ready */
	char config_error[256];
	char fallback[400];           /* why another revision than the wanted one runs; "": the wanted one does */
	int64_t applied_ms;           /* wall clock: when that was so, or its configuration was found to be unusable */
	int64_t ready_ns;             /* CLOCK_BOOTTIME: since when its worker is ready; 0: it is not */
	int64_t ready_revision;       /* what that worker runs */
	int told_state;               /* enum pipeline_state of the last event; -1: none yet */
	int64_t told_revision;
	char told_flow_state[8];      /* "": none */
	struct log_file log;
	const char *log_level;        /* static; NULL: as all others */
	bool to_start;                /* it is to run, and whether it does already is still to be seen: it was handed over */
	pid_t old_worker;             /* a worker of another version that it was handed over with; 0: none */
	uint64_t own_quota;           /* limits.spool_bytes; 0: none */
	struct tap *tap;              /* NULL: nobody looks at its records */
	struct process_meter meter;           /* of its worker, looked at with each sample */
	struct memory_look memory;
	bool touched;                 /* those who look on are to be told of it soon */
	struct sample samples[SAMPLES];       /* the n-th ever at n % SAMPLES */
	uint64_t sample_count;
};

/* All of the store, those that are desired to run started. */
int served_load(struct serve *serve, struct err *err);
void served_fini(struct serve *serve);

struct served *served_find(struct serve *serve, const char *id);
/* A new one, stopped. */
int served_add(struct serve *serve, const struct store_pipeline *row, struct served **served, struct err *err);
/* Takes over the row's revision: what the next worker gets. An error is a configuration that cannot be used (any more);
 * it is kept as the condition ConfigApplied. */
int served_apply(struct served *served, const struct store_pipeline *row, struct err *err);
/* Reads from its spool what its workers have done, those of an earlier supervisor too. */
void served_recall(struct served *served);
/* For the fleet: secrets are resolved when a worker starts. */
int served_prepare(struct fleet *fleet, struct pipeline *pipeline, struct err *err);
/* Its process is ended at once, its spool is deleted, who waits for it is told. */
void served_remove(struct served **served);
/* All of a tenant's. */
void served_remove_tenant(struct serve *serve, const char *tenant);

/* Until when one that ends may go on writing; timeout_ms -1: as configured. */
int64_t served_deadline(const struct serve *serve, int64_t timeout_ms);

/* served_handover.c: to the next image of this process, beside what its pipeline is; */
void served_hand_over(const struct served *served, struct handover *handover, json_t *object);
/* before served_apply(): what that needs; */
void served_adopt_settings(struct served *served, const json_t *object);
/* and behind it. */
void served_adopt(struct served *served, const json_t *object);

/* For the fleet. */
void served_changed(struct fleet *fleet, struct pipeline *pipeline, enum life_event event);
/* Bytes that its spool may hold: its own limit, its share of its tenant's and of all. */
uint64_t served_quota(const struct fleet *fleet, const struct pipeline *pipeline);
/* Bytes that its worker may take: the lower of its own limit (the limits of its row) and its tenant's; 0: no limit. */
uint64_t served_memory(const struct served *served, const json_t *limits);
/* served_time.c: how long each revision has run. What happens to its pipeline; */
void served_time_event(struct served *served, enum life_event event);
/* what a revision has run that the store does not know yet, in ms; */
int64_t served_time_unkept(const struct served *served, int64_t revision);
/* and into the store with it, of all: now and then, and at the end. */
void served_time_keep(struct serve *serve);
/* Every SAMPLE_S seconds. */
void served_sample(struct loop_timer *timer);

#endif
