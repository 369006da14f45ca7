/* The aggregation intervals of mangle logstatus: one behind the other, numbered from 1 on, and up to which of them flows
 * were lost. They follow the time of arrival (CLOCK_BOOTTIME); there is none as long as there is nothing to watch.
 *
 * One slot of the stages' memory; all zero: nothing has happened yet. */
#ifndef SLUICE_WORKER_LOG_INTERVALS_H
#define SLUICE_WORKER_LOG_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

struct account;

struct intervals {
	int64_t start_ns, end_ns;             /* of the present one; end 0: there is none */
	int64_t told_start_ns;                /* of the one before, which ended at start_ns */
	uint64_t losses;                      /* the account's, when it was last looked at */
	uint32_t number;                      /* of the present or last one */
	uint32_t lossy;                       /* flows were lost up to the interval of this number */
	uint32_t cursor;                      /* how far the one before has been told: the caller's */
	uint8_t looked, telling;              /* telling: the one before has not been told to its end */
	uint8_t reserved[2];
};

/* Makes the present interval, when there is none. */
void intervals_begin(struct intervals *intervals, int64_t interval_ns, int64_t now_ns);
/* Ends the present interval if it is over: it is the one to be told now. False: it goes on, or there is none. Not while
 * the one before is being told. */
bool intervals_end(struct intervals *intervals, int64_t interval_ns, int64_t now_ns);
/* There is none any longer, and nothing to be told. */
void intervals_leave(struct intervals *intervals);
/* The number of the interval that a time lies in, present or to come. */
uint32_t intervals_number_at(const struct intervals *intervals, int64_t interval_ns, int64_t now_ns);
/* Looks for flows that were lost since the last time: in one of the intervals up to `number`. The first time nothing is
 * known of before. */
bool intervals_find_losses(struct intervals *intervals, const struct account *account, uint32_t number);

static inline bool intervals_is_lossy(const struct intervals *intervals, uint32_t number)
{
	return number <= intervals->lossy;
}

#endif
