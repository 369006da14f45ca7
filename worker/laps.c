#include "worker/laps.h"

#include <inttypes.h>

#include "common/clock.h"
#include "worker/worker.h"

enum {
	EVENT_S = 10,
	CALM_S = 30,                          /* overtaken is over when nothing was lost for so long */
};

static void tell(struct laps *laps)
{
	loop_timer_cancel(laps->worker->loop, &laps->due);
	if (laps->lost == 0)
		return;
	worker_event(laps->worker, LOG_WARN, "ring.lapped", "%" PRIu64 " flows were overwritten before they were read",
		laps->lost);
	laps->told_ns = loop_now(laps->worker->loop);
	laps->lost = 0;
}

static void told_due(struct loop_timer *timer)
{
	tell(timer->owner);
}

static void is_calm(struct loop_timer *timer)
{
	laps_say_ready(timer->owner);
}

void laps_init(struct laps *laps, struct worker *worker)
{
	*laps = (struct laps){ .worker = worker };
	laps->due = (struct loop_timer){ .fire = told_due, .owner = laps };
	laps->calm = (struct loop_timer){ .fire = is_calm, .owner = laps };
}

void laps_fini(struct laps *laps)
{
	loop_timer_cancel(laps->worker->loop, &laps->due);
	loop_timer_cancel(laps->worker->loop, &laps->calm);
}

void laps_say_ready(struct laps *laps)
{
	if (laps->calm.position == 0)
		worker_condition(laps->worker, CONDITION_WORKER, true, "Ready", "", NULL);
	else
		worker_condition(laps->worker, CONDITION_WORKER, false, "Overtaken",
			"flows come faster than they are read: some were overwritten in the ring, and are counted as lost (ring)",
			NULL);
}

void laps_note(struct laps *laps, uint64_t lost)
{
	struct loop *loop = laps->worker->loop;
	int64_t now = loop_now(loop), due = laps->told_ns + EVENT_S * NS_PER_S;

	laps->count++;
	laps->lost += lost;
	if (laps->told_ns == 0 || now >= due)
		tell(laps);
	else
		loop_timer_set(loop, &laps->due, due, NULL);
	if (!laps->kept_up)
		return;
	loop_timer_set(loop, &laps->calm, now + CALM_S * NS_PER_S, NULL);
	laps_say_ready(laps);
}

void laps_end(struct laps *laps)
{
	tell(laps);
	if (laps->calm.position == 0)
		return;
	loop_timer_cancel(laps->worker->loop, &laps->calm);
	laps_say_ready(laps);
}
