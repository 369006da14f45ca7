/* Which segments cover a time in which flows were lost: a bit of each in the record, so that an object says it however
 * often it is sealed. */
#include "worker/spool_internal.h"

uint64_t spool_losses(const struct account *account)
{
	return account_lost(account) + account->gaps + account->probe_dropped;
}

void spool_note_losses(struct spool *spool)
{
	struct commit *record = &spool->next.record;
	uint64_t losses = spool_losses(&record->account);

	if (losses == spool->next.losses)
		return;
	/* nobody knows which tag they would have had */
	for (unsigned i = 0; i < SPOOL_LANES; i++)
		record->lossy[i] |= commit_lossy_bit(record->lanes[i].open);
	spool->next.losses = losses;
}

void spool_clear_losses(struct spool *spool, unsigned lane, uint64_t number)
{
	uint16_t *lossy = &spool->next.record.lossy[lane];

	*lossy = (uint16_t)(*lossy & ~commit_lossy_bit(number));
}
