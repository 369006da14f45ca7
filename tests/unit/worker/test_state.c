/* The stages' memory against a model of it: undo, kills, takeover. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_stages.h"

static void test_new_memory_is_empty_and_has_a_generation(void **context)
{
	enum state_origin origin;
	struct state *state = memory_open(*context, 7, 0, &origin);
	static const struct memory_model empty;

	assert_int_equal(origin, STATE_EMPTY);
	assert_true(state_generation(state) != 0);
	memory_assert_same(state, &empty);
	state_free(&state);
}

static void test_undo_brings_back_what_was_there(void **context)
{
	static struct memory_model model;
	enum state_origin origin;
	struct state *state = memory_open(*context, 1, 0, &origin);

	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 60; commit++) {
		state_begin(state, commit);
		memory_transact(state, NULL, commit + 1000);
		state_undo(state);
		memory_assert_same(state, &model);
		memory_transact(state, &model, commit);
		memory_assert_same(state, &model);
	}
	state_free(&state);
}

static void test_a_successor_keeps_what_was_committed(void **context)
{
	static struct memory_model model;
	enum state_origin origin;
	struct state *state = memory_open(*context, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(&model, 0, sizeof(model));
	memory_transact(state, &model, 1);
	state_free(&state);

	state = memory_open(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_KEPT);
	assert_int_equal(state_generation(state), generation);
	memory_assert_same(state, &model);
	memory_transact(state, NULL, 2);
	state_undo(state);
	memory_assert_same(state, &model);
	state_free(&state);
}

static void test_a_successor_rolls_back_what_was_not_committed(void **context)
{
	static struct memory_model model;
	enum state_origin origin;
	struct state *state = memory_open(*context, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(&model, 0, sizeof(model));
	memory_transact(state, &model, 1);
	state_begin(state, 2);
	memory_transact(state, NULL, 2);
	state_free(&state);

	state = memory_open(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_ROLLED_BACK);
	assert_int_equal(state_generation(state), generation);
	memory_assert_same(state, &model);
	state_free(&state);
}

static void test_memory_of_another_record_is_emptied_under_a_new_generation(void **context)
{
	static const struct memory_model empty;
	const struct { uint64_t commit, generation; const char *name; } others[] = {
		{ 1, 1, "first" }, { 0, 0, "first" }, { 3, 0, "first" }, { 1, 0, "renamed" },
	};
	enum state_origin origin;
	struct state *state;

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t generation;

		state = memory_open(*context, 1, 0, &origin);
		memory_transact(state, NULL, 1);
		generation = state_generation(state);
		state_free(&state);

		state = memory_open_named(*context, others[i].name, others[i].commit, generation + others[i].generation, &origin);

		assert_int_equal(origin, STATE_EMPTY);
		assert_true(state_generation(state) != generation);
		memory_assert_same(state, &empty);
		state_free(&state);
	}
}

static void test_a_damaged_undo_log_empties_the_memory(void **context)
{
	struct memory_fixture *fixture = *context;
	static const struct memory_model empty;
	const struct undo_entry wild = { .region = 2, .slot = 1u << 30 };
	enum state_origin origin;
	struct state *state = memory_open(fixture, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memory_transact(state, NULL, 3);
	state_free(&state);
	assert_int_equal(pwrite(fixture->fd, &wild, sizeof(wild), STATE_PAGE), sizeof(wild));

	state = memory_open(fixture, 1, generation, &origin);

	assert_int_equal(origin, STATE_EMPTY);
	memory_assert_same(state, &empty);
	state_free(&state);
}

static void test_a_full_undo_log_refuses_more_and_can_still_be_undone(void **context)
{
	struct memory_fixture *fixture = *context;
	enum state_origin origin;
	struct state *state;
	const uint64_t *slots;

	assert_int_equal(state_new(&state, fixture->fd, NULL), 0);
	assert_int_equal(state_claim(state, "large", 8, STATE_UNDO_ENTRIES + 1, NULL), 0);
	assert_int_equal(state_open(state, 1, 0, fixture->dirfd, &origin, NULL), 0);
	slots = state_slots(state, 0);
	for (uint32_t i = 0; i < STATE_UNDO_ENTRIES; i++) {
		assert_int_equal(state_undo_room(state), STATE_UNDO_ENTRIES - i);
		*(uint64_t *)state_change(state, 0, i) = i + 1;
	}

	assert_null(state_change(state, 0, STATE_UNDO_ENTRIES));
	assert_non_null(state_change(state, 0, 17));
	state_undo(state);
	for (uint32_t i = 0; i < STATE_UNDO_ENTRIES; i++)
		assert_int_equal(slots[i], 0);
	assert_int_equal(state_undo_room(state), STATE_UNDO_ENTRIES);
	assert_null(state_change(state, 0, STATE_UNDO_ENTRIES + 1));
	assert_null(state_change(state, 1, 0));
	state_free(&state);
}

static void test_regions_that_cannot_be_are_refused(void **context)
{
	struct memory_fixture *fixture = *context;
	enum state_origin origin;
	struct state *state;

	assert_int_equal(state_new(&state, fixture->fd, NULL), 0);
	assert_int_equal(state_claim(state, "odd", 12, 1, NULL), ERR_INVALID);
	assert_int_equal(state_claim(state, "wide", STATE_SLOT_MAX + 8, 1, NULL), ERR_INVALID);
	assert_int_equal(state_claim(state, "none", 8, 0, NULL), ERR_INVALID);
	assert_int_equal(state_claim(state, "a-name-of-more-than-thirty-one-bytes", 8, 1, NULL), ERR_INVALID);
	for (int i = 0; i < STATE_REGIONS; i++)
		assert_int_equal(state_claim(state, "region", STATE_SLOT_MAX, UINT32_MAX, NULL), i);
	assert_int_equal(state_claim(state, "more", 8, 1, NULL), ERR_LIMIT);
	assert_int_equal(state_open(state, 1, 0, fixture->dirfd, &origin, NULL), ERR_LIMIT);
	state_free(&state);
}

/* ---- kills ---- */

struct kill_context {
	struct memory_fixture *fixture;
	struct support_record *record;
	struct memory_model *model;
	uint64_t modelled;            /* the model is that of this commit */
};

static void killed_worker(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	uint64_t commit = context->record->commit;
	struct state *state = memory_open(context->fixture, commit, context->record->generation, &origin);

	if (origin == STATE_EMPTY) {
		fprintf(stderr, "the memory of commit %llu was not recognised\n", (unsigned long long)commit);
		_exit(1);
	}
	for (;; commit++) {
		state_begin(state, commit);
		if (commit % 5 == 0) {
			memory_transact(state, NULL, commit + 7);
			state_undo(state);
		}
		memory_transact(state, NULL, commit);
		context->record->commit = commit + 1;
	}
}

static void check_after_kill(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	struct state *state = memory_open(context->fixture, context->record->commit, context->record->generation, &origin);

	for (; context->modelled < context->record->commit; context->modelled++)
		memory_transact(NULL, context->model, context->modelled);
	assert_true(origin == STATE_KEPT || origin == STATE_ROLLED_BACK);
	memory_assert_same(state, context->model);
	state_free(&state);
}

static void test_a_worker_killed_anywhere_leaves_what_was_committed(void **opaque)
{
	static struct memory_model model;
	struct kill_context context = { .fixture = *opaque, .model = &model, .modelled = 1 };
	enum state_origin origin;
	struct state *state = memory_open(context.fixture, 1, 0, &origin);

	memset(&model, 0, sizeof(model));
	context.record = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	context.record->commit = 1;
	context.record->generation = state_generation(state);
	state_free(&state);

	support_kill_run(150, killed_worker, check_after_kill, &context);

	assert_true(context.modelled > 100);
	munmap(context.record, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new_memory_is_empty_and_has_a_generation, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_undo_brings_back_what_was_there, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_successor_keeps_what_was_committed, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_successor_rolls_back_what_was_not_committed, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_memory_of_another_record_is_emptied_under_a_new_generation, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_undo_log_empties_the_memory, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_full_undo_log_refuses_more_and_can_still_be_undone, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_regions_that_cannot_be_are_refused, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_worker_killed_anywhere_leaves_what_was_committed, memory_setup, memory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
