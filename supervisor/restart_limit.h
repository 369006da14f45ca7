/* limits.restarts, such as 5/60s: how often a worker may end unasked within a time before its pipeline has failed. */
#ifndef SLUICE_SUPERVISOR_RESTART_LIMIT_H
#define SLUICE_SUPERVISOR_RESTART_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { RESTARTS_MAX = 9999 };

struct restart_limit {
	bool given;
	unsigned max;                 /* starts again; one end more is too many */
	int64_t within_ns;
	int64_t *ended_ns;            /* of the last max + 1 ends, CLOCK_BOOTTIME, a ring; owned */
	uint64_t count;               /* ends since the limit was given or forgiven */
};

void restart_limit_fini(struct restart_limit *limit);
/* "5/60s" (units ms, s, m, h); NULL or what is no limit: none. The same text again changes nothing. False: no memory. */
bool restart_limit_set(struct restart_limit *limit, const char *text);
/* It has ended unasked; true: once too often. */
bool restart_limit_ended(struct restart_limit *limit, int64_t now_ns);
/* To the next image of this process; "restart_ends" of the object. */
struct handover;
struct json_t;
void restart_limit_hand_over(const struct restart_limit *limit, struct handover *handover, struct json_t *object);
/* Behind restart_limit_set; another limit than before counts anew. */
void restart_limit_adopt(struct restart_limit *limit, const struct json_t *object);
/* Somebody starts it by hand: the count begins anew. */
void restart_limit_forgive(struct restart_limit *limit);

#endif
