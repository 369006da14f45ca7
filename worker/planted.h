/* Planted bugs, which the history checker must find (tests/integration/test_planted.py). They are in the tests' build
 * sluice-worker-planted alone; elsewhere planted() is a constant false, and what depends on it is not compiled in. */
#ifndef SLUICE_WORKER_PLANTED_H
#define SLUICE_WORKER_PLANTED_H

#include <stdbool.h>

enum planted_bug {
	PLANTED_BATCH_TWICE,          /* a slice is committed, and its position is not */
	PLANTED_FORGOTTEN_CUT,        /* a cut is missing from the commit record */
	PLANTED_SENT_EARLY,           /* an object is sent before its claim is durable */
	PLANTED_WRONG_LAP,            /* a lap is counted with one flow less than it lost */
	PLANTED_STREAM_AGAIN,         /* a new stream has the old one's name */
	PLANTED_BUGS
};

#ifdef SLUICE_PLANTED
bool planted(enum planted_bug bug);
/* The same, but only the first time that it is asked: once is enough, and all the harder to find. */
bool planted_once(enum planted_bug bug);
#else
static inline bool planted(enum planted_bug bug)
{
	(void)bug;
	return false;
}

static inline bool planted_once(enum planted_bug bug)
{
	(void)bug;
	return false;
}
#endif

#endif
