/* When a child that ended unasked is started again: at once the first time, then after 1 s doubling to 60 s with jitter;
 * 60 s of health begin the count anew. */
#ifndef SLUICE_SUPERVISOR_BACKOFF_H
#define SLUICE_SUPERVISOR_BACKOFF_H

#include <stdint.h>

struct backoff {
	unsigned tries;               /* restarts since it was last healthy */
	int64_t started_ns;           /* CLOCK_BOOTTIME of the last start */
};

/* It was started now. */
void backoff_started(struct backoff *backoff, int64_t now_ns);
/* It ended now: the delay in ns before the next start; 0 for at once. */
int64_t backoff_delay(struct backoff *backoff, int64_t now_ns);

#endif
