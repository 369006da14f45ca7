/* The hash table in the stages' memory against a model of it: operations done, undone, done again, and killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "support_table.h"

static void test_any_operations_give_what_the_model_says(void **context)
{
	struct table_fixture *fixture = table_new(KEYS);
	static struct table_model model;

	(void)context;
	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 300; commit++) {
		state_begin(fixture->state, commit);
		table_transact(fixture, &model, commit, table_time(commit));
		if (commit % 20 == 0)
			table_assert_same(fixture, &model, table_time(commit));
	}
	table_free(fixture);
}

static void test_undone_operations_leave_no_trace(void **context)
{
	struct table_fixture *fixture = table_new(KEYS);
	static struct table_model model;

	(void)context;
	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 200; commit++) {
		state_begin(fixture->state, commit);
		table_transact(fixture, NULL, commit + 5000, table_time(commit) + (int64_t)(commit % 3) * LIFE);
		state_undo(fixture->state);
		if (commit % 10 == 0)
			table_assert_same(fixture, &model, table_time(commit));
		table_transact(fixture, &model, commit, table_time(commit));
	}
	table_assert_same(fixture, &model, table_time(200));
	table_free(fixture);
}

/* All bytes of the table's memory. */
static char *bytes_of(const struct table_fixture *fixture, size_t *length)
{
	size_t entries = (size_t)(fixture->capacity + 1) * fixture->table->slot_size, index = fixture->capacity * 8;
	char *bytes = malloc(entries + index);

	memcpy(bytes, state_slots(fixture->state, fixture->table->entries), entries);
	memcpy(bytes + entries, state_slots(fixture->state, fixture->table->index), index);
	*length = entries + index;
	return bytes;
}

static void test_a_batch_done_again_gives_the_same_bytes(void **context)
{
	struct table_fixture *fixture = table_new(200);
	bool made, evicted;

	(void)context;
	for (uint64_t commit = 1; commit < 50; commit++) {
		char *bytes[2];
		size_t length;

		state_begin(fixture->state, commit);
		for (unsigned again = 0; again < 2; again++) {
			uint64_t seed = commit;

			if (again)
				state_undo(fixture->state);
			for (unsigned i = 0; i < 100; i++)
				table_put(fixture, support_random(&seed) % 1000, table_time(commit),
					table_time(commit) + (int64_t)(support_random(&seed) % LIFE), &made, &evicted);
			bytes[again] = bytes_of(fixture, &length);
		}
		assert_memory_equal(bytes[0], bytes[1], length);
		free(bytes[0]);
		free(bytes[1]);
	}
	table_free(fixture);
}

static void test_a_full_undo_log_is_told_and_undone(void **context)
{
	struct table_fixture *fixture = table_new(1u << 20);
	static struct table_model model;
	bool made, evicted;
	uint64_t number = 0;

	(void)context;
	memset(&model, 0, sizeof(model));
	table_transact(fixture, &model, 1, 1);
	state_begin(fixture->state, 2);
	while (table_put(fixture, KEYS + number, 1, 2 * LIFE, &made, &evicted) != NULL)
		number++;

	assert_true(number >= 1500);
	state_undo(fixture->state);
	table_assert_same(fixture, &model, 1);
	assert_null(table_find(fixture, KEYS + 1, 1));
	table_free(fixture);
}

/* ---- kills ---- */

struct kill_context {
	struct support_record *record;
	struct table_model *model;
	uint64_t modelled;
	struct table_fixture *fixture;
};

static void killed_worker(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	uint64_t commit = context->record->commit;

	table_open(context->fixture, commit, context->record->generation, &origin);
	table_check(origin != STATE_EMPTY, "not recognised");
	for (;; commit++) {
		state_begin(context->fixture->state, commit);
		table_transact(context->fixture, NULL, commit, table_time(commit));
		context->record->commit = commit + 1;
	}
}

static void check_after_kill(void *opaque)
{
	struct kill_context *context = opaque;
	struct support_record *record = context->record;
	enum state_origin origin;

	table_open(context->fixture, record->commit, record->generation, &origin);
	for (; context->modelled < record->commit; context->modelled++)
		table_transact(NULL, context->model, context->modelled, table_time(context->modelled));
	assert_true(origin != STATE_EMPTY);
	table_assert_same(context->fixture, context->model, table_time(record->commit));
	table_close(context->fixture);
}

static void test_a_worker_killed_anywhere_leaves_the_committed_table(void **opaque)
{
	static struct table_model model;
	struct kill_context context = { .model = &model, .modelled = 1, .fixture = table_new(KEYS) };

	(void)opaque;
	memset(&model, 0, sizeof(model));
	context.record = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	context.record->commit = 1;
	context.record->generation = state_generation(context.fixture->state);
	table_close(context.fixture);

	support_kill_run(150, killed_worker, check_after_kill, &context);

	assert_true(context.modelled > 100);
	munmap(context.record, 4096);
	table_free(context.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_operations_give_what_the_model_says),
		cmocka_unit_test(test_undone_operations_leave_no_trace),
		cmocka_unit_test(test_a_batch_done_again_gives_the_same_bytes),
		cmocka_unit_test(test_a_full_undo_log_is_told_and_undone),
		cmocka_unit_test(test_a_worker_killed_anywhere_leaves_the_committed_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
