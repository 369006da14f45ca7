#include "worker/action_table.h"

#include <stdlib.h>

/* Makes a key of its own for the second connection of a key. */
#define TWIN_KEY 0x9fb21c651e98df25ull

struct twins {
	uint64_t count;                       /* second connections that there are: mostly none, and no look is wasted */
};

struct action_table {
	struct state *state;                  /* borrowed */
	struct slot_table *connections;
	struct slot_queues *queues;
	int twins;                            /* region */
};

int action_table_new(struct action_table **table, struct state *state, struct err *err)
{
	struct action_table *made = calloc(1, sizeof(*made));
	int error;

	if (made == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the connections");
	made->state = state;
	error = slot_table_new(&made->connections, state, "action.connections", sizeof(struct action_connection),
		ACTION_CONNECTIONS_MAX, err);
	if (error == 0)
		error = slot_queues_new(&made->queues, state, made->connections, "action.queues", ACTION_QUEUES, err);
	if (error == 0)
		error = made->twins = state_claim(state, "action.twins", sizeof(struct twins), 1, err);
	if (error < 0) {
		action_table_free(&made);
		return error;
	}
	*table = made;
	return 0;
}

void action_table_free(struct action_table **table)
{
	if (*table == NULL)
		return;
	slot_queues_free(&(*table)->queues);
	slot_table_free(&(*table)->connections);
	free(*table);
	*table = NULL;
}

static void key_of(const uint64_t key[2], unsigned twin, uint64_t own[2])
{
	own[0] = twin == 0 ? key[0] : key[0] ^ TWIN_KEY;
	own[1] = key[1];
}

void action_table_expect(const struct action_table *table, const uint64_t key[2], bool soon)
{
	if (soon)
		slot_table_fetch_entry(table->connections, key);
	else
		slot_table_fetch_index(table->connections, key);
}

void action_table_find(const struct action_table *table, const uint64_t key[2],
	const struct action_connection *found[static ACTION_TWINS])
{
	const struct twins *twins = state_slots(table->state, table->twins);
	uint64_t own[2];

	key_of(key, 1, own);
	found[0] = slot_table_find(table->connections, key, 0);
	found[1] = twins->count == 0 ? NULL : slot_table_find(table->connections, own, 0);
}

bool action_table_has_room(const struct action_table *table, const uint64_t key[2], unsigned twin)
{
	uint64_t own[2];

	key_of(key, twin, own);
	return slot_table_has_room(table->connections, own);
}

static bool count_twin(struct action_table *table, int change)
{
	struct twins *twins = state_change(table->state, table->twins, 0);

	if (twins != NULL)
		twins->count += (uint64_t)change;
	return twins != NULL;
}

struct action_connection *action_table_make(struct action_table *table, const uint64_t key[2], unsigned twin)
{
	struct action_connection *made;
	bool fresh, evicted;
	uint64_t own[2];

	key_of(key, twin, own);
	made = slot_table_change(table->connections, own, 0, &fresh, &evicted);
	if (made == NULL || (twin != 0 && !count_twin(table, 1)))
		return NULL;
	made->queued.entry.expires_ns = SLOT_QUEUED;
	made->twin = (uint8_t)twin;
	made->queue = ACTION_IDLE;
	return slot_queue_append(table->queues, ACTION_IDLE, made) ? made : NULL;
}

struct action_connection *action_table_change(struct action_table *table, const struct action_connection *connection)
{
	return slot_table_write(table->connections, connection);
}

bool action_table_queue(struct action_table *table, struct action_connection *connection, enum action_queue queue,
	int64_t now_ns)
{
	if (!slot_queue_remove(table->queues, connection->queue, connection))
		return false;
	connection->queue = (uint8_t)queue;
	connection->since_ns = now_ns;
	return slot_queue_append(table->queues, queue, connection);
}

bool action_table_drop(struct action_table *table, const struct action_connection *connection)
{
	if (connection->twin != 0 && !count_twin(table, -1))
		return false;
	return slot_queue_remove(table->queues, connection->queue, connection) &&
		slot_table_remove(table->connections, connection->queued.entry.key);
}

const struct action_connection *action_table_first(const struct action_table *table, enum action_queue queue)
{
	return slot_queue_first(table->queues, queue);
}
