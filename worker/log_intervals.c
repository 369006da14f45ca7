#include "worker/log_intervals.h"

#include "common/account.h"

void intervals_begin(struct intervals *intervals, int64_t interval_ns, int64_t now_ns)
{
	if (intervals->end_ns != 0)
		return;
	intervals->number++;
	intervals->start_ns = now_ns;
	intervals->end_ns = now_ns + interval_ns;
}

/* CLOCK_BOOTTIME of another boot, or a longer interval was configured before. */
static void mend(struct intervals *intervals, int64_t interval_ns, int64_t now_ns)
{
	if (intervals->end_ns <= now_ns + interval_ns)
		return;
	intervals->end_ns = now_ns + interval_ns;
	if (intervals->start_ns > now_ns)
		intervals->start_ns = now_ns;
}

bool intervals_end(struct intervals *intervals, int64_t interval_ns, int64_t now_ns)
{
	mend(intervals, interval_ns, now_ns);
	if (intervals->end_ns == 0 || intervals->end_ns > now_ns)
		return false;
	intervals->told_start_ns = intervals->start_ns;
	intervals->start_ns = intervals->end_ns;
	intervals->end_ns += interval_ns;
	intervals->number++;
	intervals->cursor = 0;
	intervals->telling = 1;
	return true;
}

void intervals_leave(struct intervals *intervals)
{
	intervals->end_ns = 0;
	intervals->telling = 0;
	if (intervals->lossy > intervals->number)
		intervals->lossy = intervals->number;
}

uint32_t intervals_number_at(const struct intervals *intervals, int64_t interval_ns, int64_t now_ns)
{
	if (intervals->end_ns == 0 || now_ns < intervals->end_ns)
		return intervals->number;
	return intervals->number + 1 + (uint32_t)((now_ns - intervals->end_ns) / interval_ns);
}

bool intervals_find_losses(struct intervals *intervals, const struct account *account, uint32_t number)
{
	uint64_t losses = account->lost_ring + account->lost_error + account->gaps + account->probe_dropped;
	bool found = intervals->looked && losses != intervals->losses;

	if (found)
		intervals->lossy = number;
	intervals->losses = losses;
	intervals->looked = 1;
	return found;
}
