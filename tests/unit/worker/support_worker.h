/* A stand for one worker: plays the supervisor (descriptors, stream names, orders) and the subscriber (a ring that is
 * fed with numbered flows), and reads what the worker's file writer has stored.
 *
 * The worker runs in this process, on the stand's own loop, or as the real executable in one of its own. */
#ifndef SLUICE_TESTS_SUPPORT_WORKER_H
#define SLUICE_TESTS_SUPPORT_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/ipc.h"
#include "common/ring.h"
#include "common/worker_page.h"
#include "worker/worker.h"

enum { STAND_FLOWS = 1 << 20 };       /* numbers that a stand can tell apart */

struct stand {
	char folder[64];
	int spool_fd, files_fd, ring_fd, ring_read_fd, wake_fd, page_fd, state_fd;
	uint64_t epoch;
	struct ring_writer *writer;
	struct worker_page *page;
	uint64_t published;                   /* flows so far; the next one's number */
	const char *settings;                 /* more of IPC_CONFIG: ",\"quota_bytes\":…" */
	struct ipc_epoch epochs[4];
	unsigned epoch_count;

	bool inside;                          /* the worker runs in this process */
	struct worker worker;
	pid_t pid;                            /* else its process */
	struct loop *loop;
	struct ipc_channel *peer;
	int64_t last_name_ms;
	bool silent;                          /* stream names are not answered */
	bool silent_ring;                     /* what is published wakes nobody */
	bool refusing;                        /* they are refused */
	unsigned asked;                       /* for stream names */
	struct worker_figures figures;        /* of the page, as last read */

	/* what the worker said */
	bool ready, told_drained, closed;
	struct ipc_drained drained;
	char not_ready[512];                  /* WorkerReady's reasons, each with a space behind */
	char conditions[3][512];              /* last one of each: "SinkReachable" … as JSON */
	char retry[128];                      /* last IPC_RETRY, as JSON */
	unsigned retries;
	char events[16384];                   /* as JSON, each with a line break behind */
	unsigned tapped;                      /* IPC_TAP_RECORDs; of the last one: */
	uint32_t tap_session;
	struct ipc_tap_record tapped_record;
	char tapped_text[128];
	uint64_t tap_passed;                  /* records shown and skipped */
};

/* ring_size: bytes. */
void stand_init(struct stand *stand, size_t ring_size);
void stand_fini(struct stand *stand);

/* Pipeline configuration (JSON), the usual one with max_flows_per_object flows an object into <folder>/out. */
const char *stand_config(unsigned max_flows_per_object);

/* Starts a worker in this process, or the executable, with config. */
void stand_start(struct stand *stand, const char *config);
void stand_spawn(struct stand *stand, const char *config);
/* Starts a worker in this process with the usual configuration, and waits until it is ready. */
void stand_begin(struct stand *stand, unsigned max_flows_per_object);
/* Ends the worker of this process as kill -9 would: nothing is told, nothing is saved. */
void stand_drop(struct stand *stand);
/* Kills the process and takes its end. */
void stand_kill(struct stand *stand);
/* Waits for the process's end; returns its exit status. */
int stand_wait(struct stand *stand);

/* Publishes one message of `count` flows, numbered on, tags in turn other, internal, ingress, egress; wakes. */
void stand_publish(struct stand *stand, uint32_t count);

/* Runs the loop until the condition holds; fails the test after 20 s. */
#define stand_until(stand, condition) \
	do { \
		int64_t stand_deadline = clock_boottime_ns() + 20 * NS_PER_S; \
		while (!(condition)) { \
			assert_true(clock_boottime_ns() < stand_deadline); \
			loop_run_once((stand)->loop, 50, NULL); \
		} \
	} while (0)

/* Runs the loop for a while: for the tests of what must not happen. */
void stand_run_ms(struct stand *stand, int64_t ms);

/* Reads the page into stand->figures. */
void stand_figures(struct stand *stand);
/* The same; the account in it. */
const struct account *stand_account(struct stand *stand);
/* Orders a drain: up to everything that is published (epoch given) or at once. */
void stand_drain(struct stand *stand, uint32_t mode, bool read_all, int64_t ms);
/* The account adds up (seen = excluded + lost + waiting + written). */
void stand_check_account(struct stand *stand);

/* Numbers of the flows found in the stored files; fails the test when one is there twice. *flows: how many. */
void stand_stored(const struct stand *stand, uint64_t *flows);

#endif
