/* Snapshots of the stages' memory: what they bring back, and when they are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_stages.h"

/* Leaves a snapshot of commit 2 behind, whose memory is lost; gives its generation. */
static uint64_t save_and_lose(struct memory_fixture *fixture, struct memory_model *model)
{
	enum state_origin origin;
	struct state *state = memory_open(fixture, 1, 0, &origin);
	uint64_t generation = state_generation(state);

	memset(model, 0, sizeof(*model));
	memory_transact(state, model, 5);
	assert_int_equal(state_save(state, 2, fixture->dirfd, NULL), 0);
	state_free(&state);
	close(fixture->fd);
	fixture->fd = support_memory();
	return generation;
}

static void test_a_snapshot_brings_lost_memory_back(void **context)
{
	static struct memory_model model;
	uint64_t generation = save_and_lose(*context, &model);
	enum state_origin origin;

	struct state *state = memory_open(*context, 2, generation, &origin);

	assert_int_equal(origin, STATE_LOADED);
	assert_int_equal(state_generation(state), generation);
	memory_assert_same(state, &model);
	state_free(&state);
	state = memory_open(*context, 2, generation, &origin);
	assert_int_equal(origin, STATE_ROLLED_BACK);
	memory_assert_same(state, &model);
	state_free(&state);
}

static void test_a_snapshot_of_another_commit_generation_or_layout_is_left_alone(void **context)
{
	static struct memory_model model;
	static const struct memory_model empty;
	uint64_t generation = save_and_lose(*context, &model);
	const struct { uint64_t commit, generation; const char *name; } others[] = {
		{ 1, generation, "first" }, { 3, generation, "first" }, { 2, generation + 1, "first" }, { 2, 0, "first" },
		{ 2, generation, "renamed" },
	};
	enum state_origin origin;

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct state *state = memory_open_named(*context, others[i].name, others[i].commit, others[i].generation, &origin);

		assert_int_equal(origin, STATE_EMPTY);
		assert_true(state_generation(state) != generation);
		memory_assert_same(state, &empty);
		state_free(&state);
	}
}

static void test_a_damaged_snapshot_is_never_loaded(void **context)
{
	struct memory_fixture *fixture = *context;
	static struct memory_model model;
	static const struct memory_model empty;
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
		state = memory_open(fixture, 2, generation, &origin);
		assert_int_equal(origin, STATE_EMPTY);
		memory_assert_same(state, &empty);
		state_free(&state);
		assert_int_equal(pwrite(file, &byte, 1, at), 1);
	}
	assert_int_equal(ftruncate(file, status.st_size - 1), 0);
	close(file);
	struct state *state = memory_open(fixture, 2, generation, &origin);
	assert_int_equal(origin, STATE_EMPTY);
	state_free(&state);
}

static void test_a_snapshot_holds_what_was_touched_only(void **context)
{
	struct memory_fixture *fixture = *context;
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
	struct memory_fixture *fixture = *context;
	enum state_origin origin;
	struct state *state = memory_open(fixture, 1, 0, &origin);
	struct stat status;

	memory_transact(state, NULL, 3);
	assert_int_equal(state_save(state, 1, fixture->dirfd, NULL), ERR_INVALID);
	assert_int_equal(state_save(state, 3, fixture->dirfd, NULL), ERR_INVALID);
	assert_int_equal(fstatat(fixture->dirfd, "state", &status, 0), -1);
	state_undo(state);
	assert_int_equal(state_save(state, 1, fixture->dirfd, NULL), 0);
	state_free(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_snapshot_brings_lost_memory_back, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_of_another_commit_generation_or_layout_is_left_alone, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_damaged_snapshot_is_never_loaded, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_holds_what_was_touched_only, memory_setup, memory_teardown),
		cmocka_unit_test_setup_teardown(test_uncommitted_changes_are_not_saved, memory_setup, memory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
