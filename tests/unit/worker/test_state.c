/* The stages' memory against a model of it: undo, kills, takeover, snapshots. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_state.h"
#include "worker/state_layout.h"

enum { SLOTS = 3000, SLOT_SIZE = 40 };

struct model {
	unsigned char slots[2][SLOTS][SLOT_SIZE];
};

struct fixture {
	char path[SUPPORT_PATH_SIZE];
	int dirfd, fd;
};

static int setup(void **context)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->dirfd = support_folder(fixture->path);
	fixture->fd = support_memory();
	*context = fixture;
	return 0;
}

static int teardown(void **context)
{
	struct fixture *fixture = *context;

	support_folder_remove(fixture->dirfd, fixture->path);
	close(fixture->fd);
	free(fixture);
	return 0;
}

static struct state *open_named(struct fixture *fixture, const char *name, uint64_t commit, uint64_t generation,
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

static struct state *open_state(struct fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin)
{
	return open_named(fixture, "first", commit, generation, origin);
}

/* One change that follows from seed, in memory and model alike. */
static void change(struct state *state, struct model *model, uint64_t *seed)
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

/* What the transaction after commit number N does. */
static void transact(struct state *state, struct model *model, uint64_t commit)
{
	uint64_t seed = commit * 977 + 1;
	unsigned changes = (unsigned)(support_random(&seed) % 400);

	for (unsigned i = 0; i < changes; i++)
		change(state, model, &seed);
}

static void assert_same(const struct state *state, const struct model *model)
{
	for (int region = 0; region < 2; region++)
		assert_memory_equal(state_slots(state, region), model->slots[region], sizeof(model->slots[region]));
}

static void test_new_memory_is_empty_and_has_a_generation(void **context)
{
	enum state_origin origin;
	struct state *state = open_state(*context, 7, 0, &origin);
	static const struct model empty;

	assert_int_equal(origin, STATE_EMPTY);
	assert_true(state_generation(state) != 0);
	assert_same(state, &empty);
	state_free(&state);
}

static void test_undo_brings_back_what_was_there(void **context)
{
	static struct model model;
	enum state_origin origin;
	struct state *state = open_state(*context, 1, 0, &origin);

	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 60; commit++) {
		state_begin(state, commit);
		transact(state, NULL, commit + 1000);
		state_undo(state);
		assert_same(state, &model);
		transact(state, &model, commit);
		assert_same(state, &model);
	}
	state_free(&state);
}

static void test_a_successor_keeps_what_was_committed(void **context)
{
	static struct model model;
	enum state_origin origin;
	struct state *state = open_state(*context, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(&model, 0, sizeof(model));
	transact(state, &model, 1);
	state_free(&state);

	state = open_state(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_KEPT);
	assert_int_equal(state_generation(state), generation);
	assert_same(state, &model);
	transact(state, NULL, 2);
	state_undo(state);
	assert_same(state, &model);
	state_free(&state);
}

static void test_a_successor_rolls_back_what_was_not_committed(void **context)
{
	static struct model model;
	enum state_origin origin;
	struct state *state = open_state(*context, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(&model, 0, sizeof(model));
	transact(state, &model, 1);
	state_begin(state, 2);
	transact(state, NULL, 2);
	state_free(&state);

	state = open_state(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_ROLLED_BACK);
	assert_int_equal(state_generation(state), generation);
	assert_same(state, &model);
	state_free(&state);
}

static void test_memory_of_another_record_is_emptied_under_a_new_generation(void **context)
{
	static const struct model empty;
	const struct { uint64_t commit, generation; const char *name; } others[] = {
		{ 1, 1, "first" }, { 0, 0, "first" }, { 3, 0, "first" }, { 1, 0, "renamed" },
	};
	enum state_origin origin;
	struct state *state;

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		uint64_t generation;

		state = open_state(*context, 1, 0, &origin);
		transact(state, NULL, 1);
		generation = state_generation(state);
		state_free(&state);

		state = open_named(*context, others[i].name, others[i].commit, generation + others[i].generation, &origin);

		assert_int_equal(origin, STATE_EMPTY);
		assert_true(state_generation(state) != generation);
		assert_same(state, &empty);
		state_free(&state);
	}
}

static void test_a_damaged_undo_log_empties_the_memory(void **context)
{
	struct fixture *fixture = *context;
	static const struct model empty;
	const struct undo_entry wild = { .region = 2, .slot = 1u << 30 };
	enum state_origin origin;
	struct state *state = open_state(fixture, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	transact(state, NULL, 3);
	state_free(&state);
	assert_int_equal(pwrite(fixture->fd, &wild, sizeof(wild), STATE_PAGE), sizeof(wild));

	state = open_state(fixture, 1, generation, &origin);

	assert_int_equal(origin, STATE_EMPTY);
	assert_same(state, &empty);
	state_free(&state);
}

static void test_a_full_undo_log_refuses_more_and_can_still_be_undone(void **context)
{
	struct fixture *fixture = *context;
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
	struct fixture *fixture = *context;
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

/* Leaves a snapshot of commit 2 behind, whose memory is lost; gives its generation. */
static uint64_t save_and_lose(struct fixture *fixture, struct model *model)
{
	enum state_origin origin;
	struct state *state = open_state(fixture, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(model, 0, sizeof(*model));
	transact(state, model, 5);
	assert_int_equal(state_save(state, 2, fixture->dirfd, NULL), 0);
	state_free(&state);
	close(fixture->fd);
	fixture->fd = support_memory();
	return generation;
}

static void test_a_snapshot_brings_lost_memory_back(void **context)
{
	static struct model model;
	uint64_t generation = save_and_lose(*context, &model);
	enum state_origin origin;

	struct state *state = open_state(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_LOADED);
	assert_int_equal(state_generation(state), generation);
	assert_same(state, &model);
	state_free(&state);
	state = open_state(*context, 2, generation, &origin);
	assert_int_equal(origin, STATE_ROLLED_BACK);
	assert_same(state, &model);
	state_free(&state);
}

static void test_a_snapshot_of_another_commit_generation_or_layout_is_left_alone(void **context)
{
	static struct model model;
	static const struct model empty;
	uint64_t generation = save_and_lose(*context, &model);
	const struct { uint64_t commit, generation; const char *name; } others[] = {
		{ 1, generation, "first" }, { 3, generation, "first" }, { 2, generation + 1, "first" }, { 2, 0, "first" },
		{ 2, generation, "renamed" },
	};
	enum state_origin origin;

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct state *state = open_named(*context, others[i].name, others[i].commit, others[i].generation, &origin);

		assert_int_equal(origin, STATE_EMPTY);
		assert_true(state_generation(state) != generation);
		assert_same(state, &empty);
		state_free(&state);
	}
}

static void test_a_damaged_snapshot_is_never_loaded(void **context)
{
	struct fixture *fixture = *context;
	static struct model model;
	static const struct model empty;
	uint64_t generation = save_and_lose(fixture, &model), seed = 3;
	int file = openat(fixture->dirfd, "state", O_RDWR);
	struct stat status;
	enum state_origin origin;

	assert_int_equal(fstat(file, &status), 0);
	for (unsigned i = 0; i < 200; i++) {
		off_t at = i < 100 ? i : (off_t)(support_random(&seed) % (uint64_t)status.st_size);
		unsigned char byte, other;
		struct state *state;

		assert_int_equal(pread(file, &byte, 1, at), 1);
		other = byte ^ (unsigned char)(1 << i % 8);
		assert_int_equal(pwrite(file, &other, 1, at), 1);
		state = open_state(fixture, 2, generation, &origin);
		assert_int_equal(origin, STATE_EMPTY);
		assert_same(state, &empty);
		state_free(&state);
		assert_int_equal(pwrite(file, &byte, 1, at), 1);
	}
	assert_int_equal(ftruncate(file, status.st_size - 1), 0);
	close(file);
	struct state *state = open_state(fixture, 2, generation, &origin);
	assert_int_equal(origin, STATE_EMPTY);
	state_free(&state);
}

static void test_a_snapshot_holds_what_was_touched_only(void **context)
{
	struct fixture *fixture = *context;
	enum state_origin origin;
	struct state *state;
	struct stat status;

	assert_int_equal(state_new(&state, fixture->fd, NULL), 0);
	assert_int_equal(state_claim(state, "sparse", 1024, 1u << 24, NULL), 0);
	assert_int_equal(state_open(state, 1, 0, fixture->dirfd, &origin, NULL), 0);
	memset(state_change(state, 0, 0), 1, 1024);
	memset(state_change(state, 0, 1u << 20), 2, 1024);
	memset(state_change(state, 0, (1u << 24) - 1), 3, 1024);

	assert_int_equal(state_save(state, 2, fixture->dirfd, NULL), 0);

	assert_int_equal(fstatat(fixture->dirfd, "state", &status, 0), 0);
	assert_true(status.st_size < 4 * STATE_PAGE);
	assert_int_equal(fstatat(fixture->dirfd, "state.tmp", &status, 0), -1);
	state_free(&state);
}

static void test_uncommitted_changes_are_not_saved(void **context)
{
	struct fixture *fixture = *context;
	enum state_origin origin;
	struct state *state = open_state(fixture, 1, 0, &origin);
	struct stat status;

	transact(state, NULL, 3);
	assert_int_equal(state_save(state, 1, fixture->dirfd, NULL), ERR_INVALID);
	assert_int_equal(state_save(state, 3, fixture->dirfd, NULL), ERR_INVALID);
	assert_int_equal(fstatat(fixture->dirfd, "state", &status, 0), -1);
	state_undo(state);
	assert_int_equal(state_save(state, 1, fixture->dirfd, NULL), 0);
	state_free(&state);
}

/* ---- kills ---- */

struct kill_context {
	struct fixture *fixture;
	struct support_record *record;
	struct model *model;
	uint64_t modelled;            /* the model is that of this commit */
};

static void killed_worker(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	uint64_t commit = context->record->commit;
	struct state *state = open_state(context->fixture, commit, context->record->generation, &origin);

	if (origin == STATE_EMPTY) {
		fprintf(stderr, "the memory of commit %llu was not recognised\n", (unsigned long long)commit);
		_exit(1);
	}
	for (;; commit++) {
		state_begin(state, commit);
		if (commit % 5 == 0) {
			transact(state, NULL, commit + 7);
			state_undo(state);
		}
		transact(state, NULL, commit);
		context->record->commit = commit + 1;
	}
}

static void check_after_kill(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	struct state *state = open_state(context->fixture, context->record->commit, context->record->generation, &origin);

	for (; context->modelled < context->record->commit; context->modelled++)
		transact(NULL, context->model, context->modelled);
	assert_true(origin == STATE_KEPT || origin == STATE_ROLLED_BACK);
	assert_same(state, context->model);
	state_free(&state);
}

static void test_a_worker_killed_anywhere_leaves_what_was_committed(void **opaque)
{
	static struct model model;
	struct kill_context context = { .fixture = *opaque, .model = &model, .modelled = 1 };
	enum state_origin origin;
	struct state *state = open_state(context.fixture, 1, 0, &origin);

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
		cmocka_unit_test_setup_teardown(test_new_memory_is_empty_and_has_a_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undo_brings_back_what_was_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_successor_keeps_what_was_committed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_successor_rolls_back_what_was_not_committed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_of_another_record_is_emptied_under_a_new_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_undo_log_empties_the_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_full_undo_log_refuses_more_and_can_still_be_undone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_regions_that_cannot_be_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_brings_lost_memory_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_of_another_commit_generation_or_layout_is_left_alone, setup,
			teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_snapshot_is_never_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_holds_what_was_touched_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_uncommitted_changes_are_not_saved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_worker_killed_anywhere_leaves_what_was_committed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
