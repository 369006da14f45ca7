/* The life of a pipeline as a table: what state follows from what happens, and what is to be done on the way. Pure; the
 * one place in which desired and observed state are brought together.
 *
 * A pipeline is `wanted` when somebody desires that it runs. Whoever calls lifecycle_next() keeps that, and says at a
 * worker's end whether it is (LIFE_DRAINED_WANTED) or not (LIFE_DRAINED). */
#ifndef SLUICE_SUPERVISOR_LIFECYCLE_H
#define SLUICE_SUPERVISOR_LIFECYCLE_H

enum pipeline_state {
	PIPELINE_STOPPED, PIPELINE_STARTING, PIPELINE_RUNNING, PIPELINE_DEGRADED, PIPELINE_DRAINING, PIPELINE_BACKOFF,
	PIPELINE_FAILED, PIPELINE_STATES
};

enum life_event {
	LIFE_START,                   /* it is wanted */
	LIFE_STOP,                    /* it is not: drained to the ring's head of this moment, position cleared */
	LIFE_REPLACE,                 /* another worker is to go on where this one is: changed, or restarted */
	LIFE_HAND_OVER,               /* the supervisor ends: drained, position kept */
	LIFE_READY,                   /* the worker has said so */
	LIFE_TOO_LATE,                /* it has not, in time */
	LIFE_HURT,                    /* a condition is false */
	LIFE_WELL,                    /* none is */
	LIFE_ENDED,                   /* the worker has ended unasked */
	LIFE_REFUSED,                 /* it has ended and said that its configuration cannot work */
	LIFE_DRAINED,                 /* it has ended as ordered, and is not wanted */
	LIFE_DRAINED_WANTED,          /* it has ended as ordered, and another is to follow */
	LIFE_DRAINED_FAILED,          /* it has ended as ordered, because it could not go on */
	LIFE_GIVEN_UP,                /* it has ended unasked more often than its limit allows */
	LIFE_DUE,                     /* the delay before the next start is over, or what it waited for */
	LIFE_EVENTS
};

enum life_action {
	DO_NOTHING,
	DO_SPAWN,                     /* start a worker now */
	DO_STOP,                      /* order the worker to drain and to clear its position */
	DO_HAND_OVER,                 /* order it to drain and to keep its position, unless another reads elsewhere */
	DO_WAIT,                      /* start one after the backoff's delay */
	DO_FORGET,                    /* no start any more */
	DO_KILL,                      /* end the worker at once */
	DO_RESPAWN,                   /* start one soon that gets the order of the one that died */
};

struct life_step {
	enum pipeline_state state;
	enum life_action action;
};

struct life_step lifecycle_next(enum pipeline_state state, enum life_event event);

/* "running" … as the API says it. */
const char *pipeline_state_name(enum pipeline_state state);
/* The state of that name; -1: there is none. */
int pipeline_state_find(const char *name);

#endif
