/* The stages' memory with two regions, and a model of it that the same changes are done to. */
#ifndef TESTS_WORKER_SUPPORT_STAGES_H
#define TESTS_WORKER_SUPPORT_STAGES_H

#include "support_state.h"
#include "worker/state_layout.h"

enum { SLOTS = 3000, SLOT_SIZE = 40 };

struct memory_model {
	unsigned char slots[2][SLOTS][SLOT_SIZE];
};

struct memory_fixture {
	char path[SUPPORT_PATH_SIZE];
	int dirfd, fd;
};

/* Of a cmocka test: *context is a struct memory_fixture. */
int memory_setup(void **context);
int memory_teardown(void **context);
/* Opens the memory as a worker with this record does, the first region under this name. */
struct state *memory_open_named(struct memory_fixture *fixture, const char *name, uint64_t commit, uint64_t generation,
	enum state_origin *origin);
struct state *memory_open(struct memory_fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin);
/* What the transaction after commit number N does, to memory and model alike; either may be NULL. */
void memory_transact(struct state *state, struct memory_model *model, uint64_t commit);
void memory_assert_same(const struct state *state, const struct memory_model *model);

#endif
