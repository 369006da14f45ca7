/* The account of a pipeline: each flow that it passes falls into exactly one bin (docs/durability.md, "The account").
 *
 *     seen = excluded + lost + waiting + written
 *
 * It is part of the commit record and of the page that a worker shares with the supervisor. All figures are flows
 * unless named otherwise, and 64-bit unsigned. */
#ifndef SLUICE_COMMON_ACCOUNT_H
#define SLUICE_COMMON_ACCOUNT_H

#include <stdint.h>

struct account {
	uint64_t passed;              /* flows that the position has passed: seen without waiting.ring */
	uint64_t excluded_capture, excluded_tag, excluded_started, excluded_rule;
	uint64_t lost_ring, lost_error, lost_overflow, lost_spool;
	uint64_t waiting_state;       /* kept in stages' memory to be merged later */
	uint64_t waiting_spool;       /* in segments and objects */
	uint64_t written;
	/* beside the account: */
	uint64_t records_out;         /* encoded */
	uint64_t records_written;
	uint64_t records_unresolved;
	uint64_t objects_written;
	uint64_t bytes_written;       /* as stored, after compression */
	uint64_t gaps, gap_ms;        /* of the subscription, met in the stream */
	uint64_t probe_dropped;
};

/* Flows that will never be written. */
static inline uint64_t account_lost(const struct account *account)
{
	return account->lost_ring + account->lost_error + account->lost_overflow + account->lost_spool;
}

#endif
