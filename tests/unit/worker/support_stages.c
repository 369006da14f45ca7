#include "support_stages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int memory_setup(void **context)
{
	struct memory_fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->dirfd = support_folder(fixture->path);
	fixture->fd = support_memory();
	*context = fixture;
	return 0;
}

int memory_teardown(void **context)
{
	struct memory_fixture *fixture = *context;

	support_folder_remove(fixture->dirfd, fixture->path);
	close(fixture->fd);
	free(fixture);
	return 0;
}

struct state *memory_open_named(struct memory_fixture *fixture, const char *name, uint64_t commit, uint64_t generation,
	enum state_origin *origin)
{
	struct state *state = NULL;
	struct err err;

	assert_int_equal(state_new(&state, fixture->fd, &err), 0);
	assert_int_equal(state_claim(state, name, SLOT_SIZE, SLOTS, &err), 0);
	assert_int_equal(state_claim(state, "second", SLOT_SIZE, SLOTS, &err), 1);
	assert_int_equal(state_open(state, commit, generation, fixture->dirfd, origin, &err), 0);
	return state;
}

struct state *memory_open(struct memory_fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin)
{
	return memory_open_named(fixture, "first", commit, generation, origin);
}

/* One change that follows from seed, in memory and model alike. */
static void change(struct state *state, struct memory_model *model, uint64_t *seed)
{
	int region = (int)(support_random(seed) % 2);
	uint32_t slot = (uint32_t)(support_random(seed) % SLOTS);
	int byte = (int)(support_random(seed) & 0xff);

	if (state != NULL) {
		void *bytes = state_change(state, region, slot);

		if (bytes == NULL)
			abort();
		memset(bytes, byte, SLOT_SIZE);
	}
	if (model != NULL)
		memset(model->slots[region][slot], byte, SLOT_SIZE);
}

void memory_transact(struct state *state, struct memory_model *model, uint64_t commit)
{
	uint64_t seed = commit * 977 + 1;
	unsigned changes = (unsigned)(support_random(&seed) % 400);

	for (unsigned i = 0; i < changes; i++)
		change(state, model, &seed);
}

void memory_assert_same(const struct state *state, const struct memory_model *model)
{
	for (int region = 0; region < 2; region++)
		assert_memory_equal(state_slots(state, region), model->slots[region], sizeof(model->slots[region]));
}
