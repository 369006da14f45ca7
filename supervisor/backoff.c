#include "supervisor/backoff.h"

#include "common/clock.h"
#include "common/random.h"

enum { HEALTHY_S = 60, DELAY_MAX_S = 60, JITTER_PERCENT = 20 };

void backoff_started(struct backoff *backoff, int64_t now_ns)
{
	backoff->started_ns = now_ns;
}

int64_t backoff_delay(struct backoff *backoff, int64_t now_ns)
{
	int64_t seconds = DELAY_MAX_S;

	if (now_ns - backoff->started_ns >= HEALTHY_S * NS_PER_S)
		backoff->tries = 0;
	if (backoff->tries++ == 0)
		return 0;
	if (backoff->tries < 8)
		seconds = 1LL << (backoff->tries - 2);
	return random_jitter((seconds < DELAY_MAX_S ? seconds : DELAY_MAX_S) * NS_PER_S, JITTER_PERCENT);
}
