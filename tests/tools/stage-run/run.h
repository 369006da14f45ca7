/* A pipeline's stages on a real spool and a real memory, without ring and loop. */
#ifndef SLUICE_TESTS_STAGE_RUN_H
#define SLUICE_TESTS_STAGE_RUN_H

#include <jansson.h>

#include "common/arena.h"
#include "common/config/config.h"
#include "subscriber/decode.h"
#include "worker/file_ops.h"
#include "worker/pipeline.h"
#include "worker/stage.h"

enum run_end { RUN_COMMIT, RUN_UNDO, RUN_KILL };
enum run_restart { RESTART_KILL, RESTART_LOST, RESTART_STOP };

struct run {
	const struct pipeline_config *config; /* borrowed */
	struct stage_context context;
	struct pipeline *pipeline;
	struct state *state;
	struct spool *spool;
	struct decoder *decoder;
	struct decoded decoded;
	const char *text;                     /* of the message that is pushed */
	struct arena arena;
	struct file_ops files;                /* the system's, but that nothing is synced */
	int memory, dirfd;                    /* the stages' memfd, the spool's folder */
	char folder[64];
	int64_t unread_ns;                    /* arrival of what was not read yet; 0: all was */
	int64_t base_ns;                      /* CLOCK_BOOTTIME at which the schedule is at 0 */
	json_t *records, *events;             /* of this line; records of the transaction are in `pending` */
	json_t *pending;
};

/* Before run_begin: the stages that stand in front of the registry's. flow_log: the tool's own transform. */
void registry_fill(bool flow_log);
/* What the printing store hands its records to. */
void run_take_record(struct run *run, unsigned tag, uint32_t flows, const char *text, size_t length);

void run_begin(struct run *run, const struct pipeline_config *config);
void run_end(struct run *run);
/* Another worker, with this configuration; see README.md. */
void run_restart(struct run *run, enum run_restart how, const struct pipeline_config *config);
/* Sends a message's flows through at `at_ms`. Returns what the stages returned. */
int run_push(struct run *run, const char *message, size_t length, int64_t at_ms, enum run_end end, struct err *err);
/* The stream tells of a gap: flows were lost. */
void run_gap(struct run *run);
/* Lets stages' timers fire that are due by then; late: all of them at `at_ms`. */
int run_timers(struct run *run, int64_t at_ms, bool late, struct err *err);
/* From now on something waits to be read that arrived at at_ms; negative: nothing does. */
void run_unread(struct run *run, int64_t at_ms);
int run_flush(struct run *run, int64_t at_ms, struct err *err);
/* When the next timer is due, ms of the schedule; INT64_MAX: none is. */
int64_t run_due(const struct run *run);

/* Ends the program when error is not 0. */
void must(int error, const struct err *err);

#endif
