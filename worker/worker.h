/* The worker process: one pipeline between a ring and a sink. This header is the process's own: what its parts share.
 *
 *     control  what the supervisor says          reader   ring → slices → transactions
 *     start    configuration, recovery, ready    sealing  segments → objects, durable commits (jobs of the sealer)
 *     drain    the ordered ways to end           outbox   objects → writer
 *
 * All of it runs on the loop thread. A part is called from one of the loop's callbacks, does at most whole transactions,
 * and the callback ends with worker_turn(), in which every part looks whether there is something to do for it. */
#ifndef SLUICE_WORKER_WORKER_H
#define SLUICE_WORKER_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/ring.h"
#include "common/worker_page.h"
#include "worker/drain.h"
#include "worker/outbox.h"
#include "worker/prometheus/connections.h"
#include "worker/reader.h"
#include "worker/sealing.h"
#include "worker/settings.h"
#include "worker/stage.h"
#include "worker/tap.h"
#include "worker/writer.h"

struct account_file;
struct config;
struct file_ops;
struct pipeline;
struct probing;
struct spool;
struct state;
struct topology;
struct topology_health;

/* So many tries in a row that fail for memory end the worker: a library may have kept the failure (OpenSSL does, where it
 * met it at its own start), and what was in pieces is whole again in another process. */
enum { MEMORY_TRIES = 4 };

/* How the process ends; the supervisor acts on it. */
enum worker_exit { WORKER_DONE = 0, WORKER_FAILED = 1, WORKER_CONFIG = 2 };

/* Where its descriptors are: those of enum child_fd, or a test's own. Borrowed, but for control. */
struct worker_fds {
	int control, ring, wake, page, state, spool, files;
};

enum worker_life {
	LIFE_UNCONFIGURED,           /* waits for IPC_CONFIG */
	LIFE_LOCKED_OUT,             /* another worker has the spool still */
	LIFE_NAMELESS,               /* recovered; the first durable commit is under way, or the stream has no name yet */
	LIFE_READY,                  /* reads */
	LIFE_ENDED,                  /* the loop is about to stop */
};

struct worker_condition {
	bool known, status;
	char reason[48];
	char message[ERR_MESSAGE_SIZE];
};

/* What a start found between the record's position and the present epoch. */
struct passage {
	uint64_t lost;                        /* flows that were published and never read */
	uint64_t gaps, gap_ms;                /* what cannot be numbered: ends of rings that nobody wrote down */
	struct ring_ends {
		unsigned count;
		uint64_t gap_ms;
	} killed, power;                      /* the same, by what ended the ring */
	bool unknown;                         /* and one ring is not on record at all */
};

enum worker_condition_type {
	CONDITION_WORKER, CONDITION_SINK, CONDITION_SPOOL,
	CONDITION_SUBSCRIPTION,      /* of a probe: otherwise the subscriber's */
	CONDITION_TOPOLOGY,
	CONDITION_COUNT
};

struct worker {
	struct worker_fds fds;
	const struct file_ops *files;         /* the system's; a test's own when set before IPC_CONFIG */
	struct loop *loop;
	struct ipc_channel *control;          /* NULL: the supervisor has gone */
	struct settings settings;
	struct config *config;
	const struct pipeline_config *pipeline_config;
	struct ipc_epoch *epochs;             /* of IPC_EPOCHS; owned */
	size_t epoch_count;
	struct state *state;
	struct topology *topology;            /* NULL: nothing in the configuration asks it */
	struct stage_context stage_context;
	struct connections connections;       /* of store prom_sky_con */
	struct pipeline *pipeline;
	struct spool *spool;
	struct ring_reader *ring;
	struct worker_page *page;
	struct sealer *sealer;
	struct writer_context writer_context;
	enum worker_life life;
	int exit_status;                      /* enum worker_exit */
	uint32_t stream_request;              /* id of the question under way; 0: none */
	uint32_t stream_requests;
	struct loop_timer stream_retry;       /* set: the last question was refused, to be asked again */
	struct loop_timer lock_retry;
	int64_t recovery_told_ns;             /* when the supervisor last heard that it gets on */
	struct loop_timer stage_timer;
	struct loop_timer spool_calm;         /* set: something failed, and then something worked */
	struct reader reader;
	struct sealing sealing;
	struct outbox outbox;
	struct account_file *account_file;    /* NULL: the configuration has none */
	struct drain drain;
	struct tap tap;
	struct probing *probing;              /* NULL: it runs a pipeline */
	struct worker_condition conditions[CONDITION_COUNT];
};

/* ---- worker.c ---- */

/* Readies the process: loop, page, control channel. */
int worker_init(struct worker *worker, const struct worker_fds *fds, struct err *err);
/* Runs until it has ended; returns an enum worker_exit. */
int worker_run(struct worker *worker);
void worker_fini(struct worker *worker);

/* Every part's turn: at the end of each of the loop's callbacks. */
void worker_turn(struct worker *worker);
/* Commits the transaction. ERR_NO_SPACE, ERR_IO: it has been undone, `SpoolWritable` says why; the caller tries again
 * later. Anything else has ended the worker. */
int worker_commit(struct worker *worker, struct err *err);
/* Undoes the transaction. */
void worker_undo(struct worker *worker);
/* Says that the spool cannot be written, until nothing has failed for a while. ERR_AGAIN: its quota is used up. */
void worker_spool_fails(struct worker *worker, const struct err *err);
/* Ends the process: logs err under `what` and raises it as an event. status: enum worker_exit. */
void worker_fail(struct worker *worker, int status, const char *what, const struct err *err);
void worker_end(struct worker *worker, int status);

/* ---- control.c ---- */

int control_init(struct worker *worker, struct err *err);
/* Says of a condition that is false that so many tries in a row have failed, and when another begins (CLOCK_BOOTTIME). */
void worker_retry(struct worker *worker, enum worker_condition_type type, unsigned tries, int64_t next_ns);
/* Says a condition to the supervisor when it is news. reason: one word; field: of the configuration, or NULL. */
void worker_condition(struct worker *worker, enum worker_condition_type type, bool status, const char *reason,
	const char *message, const char *field);
/* Says how the topology answers; owner is the worker. */
void worker_topology_health(void *owner, const struct topology_health *health);
/* Logs and tells the supervisor. severity: enum log_level; code: stable word such as "ring.lapped". */
void worker_event(struct worker *worker, int severity, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Asks for a stream name if the spool wants one and no question is under way. */
void control_stream_name(struct worker *worker);
void control_ready(struct worker *worker);
void control_drained(struct worker *worker, const struct ipc_drained *drained);
/* Sends a message; owner is the worker. False: there is no supervisor, or it does not hear; said in the log. */
bool control_say(void *owner, uint16_t type, uint32_t id, const void *payload, size_t length);
/* For the writer: the condition of the sink; owner is the worker. */
void control_sink(void *owner, bool status, const char *reason, const char *message, const char *field);
/* Shows a record that was tapped; false when the supervisor does not keep up. For tap_commit(): owner is the worker. */
bool control_tap(void *owner, uint32_t session, const void *payload, size_t length);

/* ---- start.c ---- */

/* IPC_CONFIG has come. What does not work ends the worker. */
void worker_start(struct worker *worker, const char *text, size_t length);
/* Ready as soon as what it waits for is there. */
void worker_start_step(struct worker *worker);

/* ---- epochs.c ---- */

/* Recovery step 5, inside the recovery's transaction: the position in the present epoch, and the account of what lies
 * between it and the record's. fresh: the record is new. */
void epochs_settle(struct worker *worker, bool fresh, struct passage *passage);
/* Raises the events of it: when that has been committed, or a start that fails would raise them again. */
void epochs_tell(struct worker *worker, const struct passage *passage);

#endif
