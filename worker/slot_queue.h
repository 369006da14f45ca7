/* Queues through the entries of a slot table: first in, first out, and out of the middle at once. What waits for times
 * that are all equally far away stands in a queue in the order in which it is due, so that the next is found without
 * looking at the others. As undoable as the table (worker/state.h).
 *
 * The table must keep its hands off entries that are in a queue: their expires_ns is SLOT_QUEUED, whoever makes one asks
 * slot_table_has_room first, and they leave the queue before they are removed. */
#ifndef SLUICE_WORKER_SLOT_QUEUE_H
#define SLUICE_WORKER_SLOT_QUEUE_H

#include "worker/state.h"

#define SLOT_QUEUED INT64_MAX

/* The table's entries begin with these. */
struct slot_queued {
	struct slot_entry entry;
	uint32_t before, behind;      /* its neighbours' slots, 0: none. The queue's: never written by the stage */
};

struct slot_queues;

/* `count` empty queues for the entries of a table (borrowed); claims a region called name. */
int slot_queues_new(struct slot_queues **queues, struct state *state, const struct slot_table *table, const char *name,
	uint32_t count, struct err *err);
void slot_queues_free(struct slot_queues **queues);
/* The entry that was appended before all others of the queue; NULL: it is empty. */
const void *slot_queue_first(const struct slot_queues *queues, uint32_t queue);
/* Puts an entry that is in no queue behind all others. Changes up to 3 slots, as does remove. False: the undo log is
 * full. */
bool slot_queue_append(struct slot_queues *queues, uint32_t queue, const void *entry);
/* Takes an entry out of the queue that it is in. */
bool slot_queue_remove(struct slot_queues *queues, uint32_t queue, const void *entry);

#endif
