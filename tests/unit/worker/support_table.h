/* The hash table in the stages' memory, and a model of it that the same operations are done to. */
#ifndef TESTS_WORKER_SUPPORT_TABLE_H
#define TESTS_WORKER_SUPPORT_TABLE_H

#include "support_state.h"
#include "worker/slot_chain.h"

enum { KEYS = 3000, LIFE = 1000 };

struct item {
	struct slot_entry entry;
	uint64_t value;
	char rest[20];
};

/* What each key should have; value 0: nothing was ever put in, or it was removed. */
struct table_model {
	struct { int64_t expires_ns; uint64_t value; } keys[KEYS];
};

struct table_fixture {
	int fd;
	struct state *state;
	struct slot_table *table;
	uint32_t capacity;
};

/* Opens the memory as a worker with this record does. Aborts where it cannot: it may run in a child. */
void table_open(struct table_fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin);
/* The process ends: the memory stays. */
void table_close(struct table_fixture *fixture);
/* New memory with an empty table, opened. */
struct table_fixture *table_new(uint32_t capacity);
void table_free(struct table_fixture *fixture);
/* The key of that number. */
void table_key(uint64_t number, uint64_t key[2]);
/* Changes the entry of that number, made if need be. NULL: no room in the undo log. */
struct item *table_put(struct table_fixture *fixture, uint64_t number, int64_t now_ns, int64_t expires_ns, bool *made,
	bool *evicted);
/* NULL: there is none, or it has expired. */
const struct item *table_find(const struct table_fixture *fixture, uint64_t number, int64_t now_ns);
/* An assertion that holds in children too. */
void table_check(bool right, const char *what);
/* What the transaction after commit number N does, to table and model alike; either may be NULL. Time passes with the
 * numbers. */
void table_transact(struct table_fixture *fixture, struct table_model *model, uint64_t commit, int64_t now_ns);
/* When the transaction after commit number N takes place. */
int64_t table_time(uint64_t commit);
/* The table has what the model says at that time. */
void table_assert_same(const struct table_fixture *fixture, const struct table_model *model, int64_t now_ns);

#endif
