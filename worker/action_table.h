/* mangle action: the connections in the stages' memory, by L3TrackingID and by the time at which something is due. */
#ifndef SLUICE_WORKER_ACTION_TABLE_H
#define SLUICE_WORKER_ACTION_TABLE_H

#include "worker/action.h"

/* Connections at a time; each takes about 640 bytes while there are so many, 670 MB together. */
enum { ACTION_CONNECTIONS_MAX = 1 << 20 };
/* Connections under one L3TrackingID: a five-tuple is used again before the end of its first use was told. */
enum { ACTION_TWINS = 2 };

struct action_table;

/* Claims its regions. */
int action_table_new(struct action_table **table, struct state *state, struct err *err);
void action_table_free(struct action_table **table);

/* Only a matter of speed: key will be looked for; soon: after a few others. First called without soon. */
void action_table_expect(const struct action_table *table, const uint64_t key[2], bool soon);
/* The connections of key, NULL where there is none. */
void action_table_find(const struct action_table *table, const uint64_t key[2],
	const struct action_connection *found[static ACTION_TWINS]);
/* A connection can be made under key as the first or second one of it. */
bool action_table_has_room(const struct action_table *table, const uint64_t key[2], unsigned twin);
/* Makes an empty one that is in queue ACTION_IDLE. NULL: the undo log is full. */
struct action_connection *action_table_make(struct action_table *table, const uint64_t key[2], unsigned twin);
/* For writing, until the transaction ends. NULL: the undo log is full. */
struct action_connection *action_table_change(struct action_table *table, const struct action_connection *connection);
/* Puts it behind all others of the queue, into which it comes now. False: the undo log is full. */
bool action_table_queue(struct action_table *table, struct action_connection *connection, enum action_queue queue,
	int64_t now_ns);
/* False: the undo log is full. */
bool action_table_drop(struct action_table *table, const struct action_connection *connection);
/* The one of the queue that is due first; NULL: none is in it. */
const struct action_connection *action_table_first(const struct action_table *table, enum action_queue queue);

#endif
