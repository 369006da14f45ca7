/* Keeps a child running: starts it, notices its end, starts it again after a delay that grows. Whether it is to come
 * back is its owner's decision. */
#ifndef SLUICE_SUPERVISOR_KEEPER_H
#define SLUICE_SUPERVISOR_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "common/err.h"
#include "common/loop.h"
#include "supervisor/backoff.h"
#include "supervisor/child.h"

struct keeper;

struct keeper_handler {
	/* What the child is made of; loop, ended and owner are the keeper's to fill in. */
	void (*options)(void *owner, struct child_options *options);
	/* It runs: its first messages. On error it is ended again. */
	int (*configure)(void *owner, struct child *child, struct err *err);
	void (*message)(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length);
	/* It has ended and is gone. status as of wait(2); reason: "ended unasked (signal 9 (Killed))". Calls keeper_again()
	 * when it is to come back. */
	void (*ended)(void *owner, int status, const char *reason);
	/* It could not be started now. As ended, without a status. */
	void (*failed)(void *owner, const char *reason);
	/* The delay is over; the owner starts it. NULL: the keeper does. */
	void (*due)(void *owner);
};

struct keeper {
	struct loop *loop;
	const struct keeper_handler *handler;
	void *owner;
	struct child *child;          /* NULL: none runs */
	struct backoff backoff;
	struct loop_timer restart;
	struct rusage usage;          /* of those that have ended */
	unsigned restarts;
};

void keeper_init(struct keeper *keeper, struct loop *loop, const struct keeper_handler *handler, void *owner);
/* Kills it if it still runs. */
void keeper_fini(struct keeper *keeper);

/* All that it is, for the next image of this process. */
void keeper_hand_over(struct keeper *keeper, struct handover *handover, struct json_t *object);
/* Behind keeper_init. An error: the child that it had is none of ours, handler->failed is not called. */
int keeper_adopt(struct keeper *keeper, struct handover *handover, const struct json_t *object, struct err *err);
/* Nothing is on its way between it and its child. */
bool keeper_settled(const struct keeper *keeper);

/* Starts it now; handler->failed is not called. */
int keeper_start(struct keeper *keeper, struct err *err);
/* Starts it after the backoff's delay, but after `most_ns` at the latest; returns the delay in ns. */
int64_t keeper_again(struct keeper *keeper, int64_t most_ns);
/* Starts it from the loop, at this CLOCK_BOOTTIME. */
void keeper_at(struct keeper *keeper, int64_t at_ns);
/* No start any more; what runs goes on. */
void keeper_forget(struct keeper *keeper);
/* Sends SIGKILL; its end follows. */
void keeper_kill(struct keeper *keeper);

#endif
