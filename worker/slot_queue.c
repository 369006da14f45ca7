#include "worker/slot_queue.h"

#include <stdlib.h>

#include "worker/slot_chain.h"

struct slot_queues {
	struct state *state;                  /* both borrowed */
	const struct slot_table *table;
	int region;                           /* a struct ends for each queue */
};

/* Slots of the table's entries, 0: the queue is empty. */
struct ends {
	uint32_t first, last;
};

int slot_queues_new(struct slot_queues **queues, struct state *state, const struct slot_table *table, const char *name,
	uint32_t count, struct err *err)
{
	struct slot_queues *made = calloc(1, sizeof(*made));
	int region;

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for queues %s", name);
	region = state_claim(state, name, sizeof(struct ends), count, err);
	if (region < 0) {
		free(made);
		return region;
	}
	*made = (struct slot_queues){ .state = state, .table = table, .region = region };
	*queues = made;
	return 0;
}

void slot_queues_free(struct slot_queues **queues)
{
	free(*queues);
	*queues = NULL;
}

static const struct ends *ends_of(const struct slot_queues *queues, uint32_t queue)
{
	return (const struct ends *)state_slots(queues->state, queues->region) + queue;
}

const void *slot_queue_first(const struct slot_queues *queues, uint32_t queue)
{
	uint32_t first = ends_of(queues, queue)->first;

	return first == 0 ? NULL : slot_entry_at(queues->table, first);
}

bool slot_queue_append(struct slot_queues *queues, uint32_t queue, const void *entry)
{
	uint32_t slot = slot_of(queues->table, entry), last = ends_of(queues, queue)->last;
	struct ends *ends = state_change(queues->state, queues->region, queue);
	struct slot_queued *queued = slot_entry_change(queues->table, slot);
	struct slot_queued *before = last == 0 ? NULL : slot_entry_change(queues->table, last);

	if (ends == NULL || queued == NULL || (before == NULL && last != 0))
		return false;
	queued->before = last;
	queued->behind = 0;
	if (before != NULL)
		before->behind = slot;
	else
		ends->first = slot;
	ends->last = slot;
	return true;
}

bool slot_queue_remove(struct slot_queues *queues, uint32_t queue, const void *entry)
{
	const struct slot_queued *queued = entry;
	uint32_t slots[2] = { queued->before, queued->behind };
	struct slot_queued *before = slots[0] == 0 ? NULL : slot_entry_change(queues->table, slots[0]);
	struct slot_queued *behind = slots[1] == 0 ? NULL : slot_entry_change(queues->table, slots[1]);
	struct ends *ends = NULL;

	if ((before == NULL && slots[0] != 0) || (behind == NULL && slots[1] != 0))
		return false;
	if (before == NULL || behind == NULL) {
		ends = state_change(queues->state, queues->region, queue);
		if (ends == NULL)
			return false;
	}
	if (before != NULL)
		before->behind = slots[1];
	else
		ends->first = slots[1];
	if (behind != NULL)
		behind->before = slots[0];
	else
		ends->last = slots[0];
	return true;
}
