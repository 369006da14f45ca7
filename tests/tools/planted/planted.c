/* Which bug sluice-worker-planted has: the environment variable PLANTED_BUG, as fault-launcher sets it. */
#include "worker/planted.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[PLANTED_BUGS] = { "batch-twice", "forgotten-cut", "sent-early", "wrong-lap", "stream-again" };

bool planted(enum planted_bug bug)
{
	const char *wanted = getenv("PLANTED_BUG");

	return wanted != NULL && strcmp(wanted, names[bug]) == 0;
}

bool planted_once(enum planted_bug bug)
{
	static bool asked[PLANTED_BUGS];
	bool first = !asked[bug];

	asked[bug] = true;
	return first && planted(bug);
}
