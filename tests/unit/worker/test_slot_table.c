/* The hash table in the stages' memory against a model of it. */
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
#include "worker/slot_chain.h"

enum { KEYS = 3000, LIFE = 1000 };

struct item {
	struct slot_entry entry;
	uint64_t value;
	char rest[20];
};

/* What each key should have; value 0: nothing was ever put in, or it was removed. */
struct model {
	struct { int64_t expires_ns; uint64_t value; } keys[KEYS];
};

struct fixture {
	int fd;
	struct state *state;
	struct slot_table *table;
	uint32_t capacity;
};

static void fixture_open(struct fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin)
{
	struct err err;

	if (state_new(&fixture->state, fixture->fd, &err) != 0 || slot_table_new(&fixture->table, fixture->state, "items",
		sizeof(struct item), fixture->capacity, &err) != 0 ||
		state_open(fixture->state, commit, generation, -1, origin, &err) != 0) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
}

static void fixture_close(struct fixture *fixture)
{
	slot_table_free(&fixture->table);
	state_free(&fixture->state);
}

static struct fixture *fixture_new(uint32_t capacity)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	enum state_origin origin;

	fixture->fd = support_memory();
	fixture->capacity = capacity;
	fixture_open(fixture, 1, 0, &origin);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	fixture_close(fixture);
	close(fixture->fd);
	free(fixture);
}

static void key_of(uint64_t number, uint64_t key[2])
{
	char text[32];

	slot_key(text, (size_t)snprintf(text, sizeof(text), "flow %llu", (unsigned long long)number), key);
}

static struct item *put(struct fixture *fixture, uint64_t number, int64_t now_ns, int64_t expires_ns, bool *made,
	bool *evicted)
{
	struct item *item;
	uint64_t key[2];

	key_of(number, key);
	item = slot_table_change(fixture->table, key, now_ns, made, evicted);
	if (item != NULL)
		item->entry.expires_ns = expires_ns;
	return item;
}

static const struct item *find(const struct fixture *fixture, uint64_t number, int64_t now_ns)
{
	uint64_t key[2];

	key_of(number, key);
	return slot_table_find(fixture->table, key, now_ns);
}

static void check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "the table is wrong: %s\n", what);
	abort();
}

/* A removal or a change of one key, in table and model alike; either may be absent. */
static void operate(struct fixture *fixture, struct model *model, int64_t now_ns, uint64_t *seed)
{
	uint64_t number = support_random(seed) % KEYS, action = support_random(seed) % 10;
	int64_t expires_ns = now_ns + (int64_t)(support_random(seed) % LIFE);
	bool known = model != NULL && model->keys[number].value != 0 && model->keys[number].expires_ns > now_ns;
	uint64_t key[2], value = known ? model->keys[number].value + 1 : 1;
	bool made, evicted;
	struct item *item;

	key_of(number, key);
	if (model != NULL)
		model->keys[number].value = action == 0 ? 0 : value;
	if (model != NULL)
		model->keys[number].expires_ns = expires_ns;
	if (fixture == NULL)
		return;
	if (action == 0) {
		check(slot_table_remove(fixture->table, key), "no room to remove");
		return;
	}
	item = put(fixture, number, now_ns, expires_ns, &made, &evicted);
	check(item != NULL && !evicted, "no room to change");
	item->value++;
	memset(item->rest, (int)item->value, sizeof(item->rest));
	check(model == NULL || (item->value == value && made == !known), "another value than the model's");
}

/* What the transaction after commit number N does: time passes with the numbers. */
static void transact(struct fixture *fixture, struct model *model, uint64_t commit, int64_t now_ns)
{
	uint64_t seed = commit * 7919 + 1;
	unsigned operations = (unsigned)(support_random(&seed) % 512);

	for (unsigned i = 0; i < operations; i++)
		operate(fixture, model, now_ns, &seed);
}

static int64_t time_of(uint64_t commit)
{
	return (int64_t)commit * (LIFE / 10);
}

static void assert_same(const struct fixture *fixture, const struct model *model, int64_t now_ns)
{
	for (uint64_t number = 0; number < KEYS; number++) {
		const struct item *item = find(fixture, number, now_ns);
		bool known = model->keys[number].value != 0 && model->keys[number].expires_ns > now_ns;

		assert_int_equal(item != NULL, known);
		if (item == NULL)
			continue;
		assert_int_equal(item->value, model->keys[number].value);
		assert_int_equal(item->entry.expires_ns, model->keys[number].expires_ns);
		assert_int_equal(item->rest[19], (char)item->value);
	}
}

static void test_an_entry_lives_until_it_expires_or_is_removed(void **context)
{
	struct fixture *fixture = fixture_new(100);
	uint64_t key[2];
	bool made, evicted;
	struct item *item;

	(void)context;
	assert_null(find(fixture, 1, 0));
	item = put(fixture, 1, 0, 10, &made, &evicted);
	item->value = 5;
	assert_true(made);
	assert_int_equal(find(fixture, 1, 9)->value, 5);
	assert_null(find(fixture, 1, 10));
	item = put(fixture, 1, 9, 20, &made, &evicted);
	assert_false(made);
	assert_int_equal(item->value, 5);
	item = put(fixture, 1, 20, 30, &made, &evicted);
	assert_true(made);
	assert_int_equal(item->value, 0);
	assert_int_equal(slot_table_count(fixture->table), 1);
	key_of(1, key);
	assert_true(slot_table_remove(fixture->table, key));
	assert_true(slot_table_remove(fixture->table, key));
	assert_null(find(fixture, 1, 0));
	assert_int_equal(slot_table_count(fixture->table), 0);
	fixture_free(fixture);
}

static void test_any_operations_give_what_the_model_says(void **context)
{
	struct fixture *fixture = fixture_new(KEYS);
	static struct model model;

	(void)context;
	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 300; commit++) {
		state_begin(fixture->state, commit);
		transact(fixture, &model, commit, time_of(commit));
		if (commit % 20 == 0)
			assert_same(fixture, &model, time_of(commit));
	}
	fixture_free(fixture);
}

static void test_undone_operations_leave_no_trace(void **context)
{
	struct fixture *fixture = fixture_new(KEYS);
	static struct model model;

	(void)context;
	memset(&model, 0, sizeof(model));
	for (uint64_t commit = 1; commit < 200; commit++) {
		state_begin(fixture->state, commit);
		transact(fixture, NULL, commit + 5000, time_of(commit) + (int64_t)(commit % 3) * LIFE);
		state_undo(fixture->state);
		if (commit % 10 == 0)
			assert_same(fixture, &model, time_of(commit));
		transact(fixture, &model, commit, time_of(commit));
	}
	assert_same(fixture, &model, time_of(200));
	fixture_free(fixture);
}

/* All bytes of the table's memory. */
static char *bytes_of(const struct fixture *fixture, size_t *length)
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
	struct fixture *fixture = fixture_new(200);
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
				put(fixture, support_random(&seed) % 1000, time_of(commit),
					time_of(commit) + (int64_t)(support_random(&seed) % LIFE), &made, &evicted);
			bytes[again] = bytes_of(fixture, &length);
		}
		assert_memory_equal(bytes[0], bytes[1], length);
		free(bytes[0]);
		free(bytes[1]);
	}
	fixture_free(fixture);
}

static void test_a_full_table_gives_up_what_expires_early(void **context)
{
	enum { CAPACITY = 500, OLD = 100 };
	struct fixture *fixture = fixture_new(CAPACITY);
	unsigned early = 0, evictions = 0;
	bool made, evicted;

	(void)context;
	for (uint64_t number = 0; number < CAPACITY; number++)
		assert_non_null(put(fixture, number, 0, number < OLD ? 50 + (int64_t)number : 1000, &made, &evicted));
	state_begin(fixture->state, 2);
	for (uint64_t number = CAPACITY; number < CAPACITY + 80; number++) {
		assert_non_null(put(fixture, number, 1, 2000, &made, &evicted));
		assert_non_null(find(fixture, number, 1));
		evictions += evicted;
	}

	assert_int_equal(slot_table_count(fixture->table), CAPACITY);
	assert_int_equal(evictions, 80);
	for (uint64_t number = 0; number < OLD; number++)
		early += find(fixture, number, 1) == NULL;
	assert_true(early > 60);
	fixture_free(fixture);
}

static void test_room_of_expired_entries_is_used_again(void **context)
{
	enum { ALIVE = 1000 };
	struct fixture *fixture = fixture_new(1u << 20);
	struct stat status;
	bool made, evicted;

	(void)context;
	for (uint64_t number = 0; number < 100 * ALIVE; number++) {
		if (number % 512 == 0)
			state_begin(fixture->state, 1 + number);
		assert_non_null(put(fixture, number, (int64_t)number, (int64_t)number + ALIVE, &made, &evicted));
		assert_false(evicted);
	}

	assert_true(slot_table_count(fixture->table) < 2 * ALIVE);
	assert_int_equal(fstat(fixture->fd, &status), 0);
	assert_true(status.st_blocks * 512 < 512 * 1024);
	fixture_free(fixture);
}

static void test_memory_follows_the_entries_in_use(void **context)
{
	struct fixture *fixture = fixture_new(1u << 24);
	struct stat before, after;
	bool made, evicted;

	(void)context;
	assert_int_equal(fstat(fixture->fd, &before), 0);
	for (uint64_t number = 0; number < 20000; number++) {
		if (number % 512 == 0)
			state_begin(fixture->state, 1 + number);
		put(fixture, number, 0, 1, &made, &evicted);
		assert_null(find(fixture, number + 1, 0));
	}

	assert_int_equal(fstat(fixture->fd, &after), 0);
	assert_true((after.st_blocks - before.st_blocks) * 512 < 20000 * (64 + 8) + 256 * 1024);
	fixture_free(fixture);
}

static void test_a_transaction_has_room_for_1500_new_entries_whatever_else_is_due(void **context)
{
	enum { CAPACITY = 6000 };
	struct fixture *fixture = fixture_new(CAPACITY);
	bool made, evicted;
	uint64_t number = 0;

	(void)context;
	for (uint64_t commit = 1; commit < 40; commit++) {
		state_begin(fixture->state, commit);
		for (unsigned i = 0; i < 1500; i++, number++)
			assert_non_null(put(fixture, number, time_of(commit),
				time_of(commit) + (int64_t)(number % 2 * LIFE), &made, &evicted));
	}
	fixture_free(fixture);
}

static void test_a_full_undo_log_is_told_and_undone(void **context)
{
	struct fixture *fixture = fixture_new(1u << 20);
	static struct model model;
	bool made, evicted;
	uint64_t number = 0;

	(void)context;
	memset(&model, 0, sizeof(model));
	transact(fixture, &model, 1, 1);
	state_begin(fixture->state, 2);
	while (put(fixture, KEYS + number, 1, 2 * LIFE, &made, &evicted) != NULL)
		number++;

	assert_true(number >= 1500);
	state_undo(fixture->state);
	assert_same(fixture, &model, 1);
	assert_null(find(fixture, KEYS + 1, 1));
	fixture_free(fixture);
}

static void test_tables_that_cannot_be_are_refused(void **context)
{
	struct slot_table *table = NULL;
	struct state *state;
	int fd = support_memory();

	(void)context;
	assert_int_equal(state_new(&state, fd, NULL), 0);
	assert_int_equal(slot_table_new(&table, state, "small", sizeof(struct slot_entry) - 8, 1, NULL), ERR_INVALID);
	assert_int_equal(slot_table_new(&table, state, "none", sizeof(struct slot_entry), 0, NULL), ERR_INVALID);
	assert_int_equal(slot_table_new(&table, state, "wide", 2000, 1, NULL), ERR_INVALID);
	assert_int_equal(slot_table_new(&table, state, "a-name-that-is-too-long-with-index", 24, 1, NULL), ERR_INVALID);
	assert_null(table);
	slot_table_free(&table);
	state_free(&state);
	close(fd);
}

static void test_keys_of_texts_differ_and_are_never_nothing(void **context)
{
	enum { TEXTS = 300 };
	char text[TEXTS];
	uint64_t keys[TEXTS][2];

	(void)context;
	memset(text, 0, sizeof(text));
	for (unsigned length = 0; length < TEXTS; length++) {
		slot_key(length == 0 ? NULL : text, length, keys[length]);
		assert_true((keys[length][0] | keys[length][1]) != 0);
		for (unsigned other = 0; other < length; other++)
			assert_memory_not_equal(keys[length], keys[other], sizeof(keys[0]));
	}
	for (unsigned i = 0; i < TEXTS; i++) {
		uint64_t key[2];

		text[i] ^= 1;
		slot_key(text, TEXTS, key);
		text[i] ^= 1;
		assert_true(key[0] != keys[TEXTS - 1][0]);
		assert_true(__builtin_popcountll(key[0] ^ keys[TEXTS - 1][0]) > 8);
	}
}

/* ---- kills ---- */

struct kill_context {
	struct support_record *record;
	struct model *model;
	uint64_t modelled;
	struct fixture *fixture;
};

static void killed_worker(void *opaque)
{
	struct kill_context *context = opaque;
	enum state_origin origin;
	uint64_t commit = context->record->commit;

	fixture_open(context->fixture, commit, context->record->generation, &origin);
	check(origin != STATE_EMPTY, "not recognised");
	for (;; commit++) {
		state_begin(context->fixture->state, commit);
		transact(context->fixture, NULL, commit, time_of(commit));
		context->record->commit = commit + 1;
	}
}

static void check_after_kill(void *opaque)
{
	struct kill_context *context = opaque;
	struct support_record *record = context->record;
	enum state_origin origin;

	fixture_open(context->fixture, record->commit, record->generation, &origin);
	for (; context->modelled < record->commit; context->modelled++)
		transact(NULL, context->model, context->modelled, time_of(context->modelled));
	assert_true(origin != STATE_EMPTY);
	assert_same(context->fixture, context->model, time_of(record->commit));
	fixture_close(context->fixture);
}

static void test_a_worker_killed_anywhere_leaves_the_committed_table(void **opaque)
{
	static struct model model;
	struct kill_context context = { .model = &model, .modelled = 1, .fixture = fixture_new(KEYS) };

	(void)opaque;
	memset(&model, 0, sizeof(model));
	context.record = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	context.record->commit = 1;
	context.record->generation = state_generation(context.fixture->state);
	fixture_close(context.fixture);

	support_kill_run(150, killed_worker, check_after_kill, &context);

	assert_true(context.modelled > 100);
	munmap(context.record, 4096);
	fixture_free(context.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_lives_until_it_expires_or_is_removed),
		cmocka_unit_test(test_any_operations_give_what_the_model_says),
		cmocka_unit_test(test_undone_operations_leave_no_trace),
		cmocka_unit_test(test_a_batch_done_again_gives_the_same_bytes),
		cmocka_unit_test(test_a_full_table_gives_up_what_expires_early),
		cmocka_unit_test(test_room_of_expired_entries_is_used_again),
		cmocka_unit_test(test_memory_follows_the_entries_in_use),
		cmocka_unit_test(test_a_transaction_has_room_for_1500_new_entries_whatever_else_is_due),
		cmocka_unit_test(test_a_full_undo_log_is_told_and_undone),
		cmocka_unit_test(test_tables_that_cannot_be_are_refused),
		cmocka_unit_test(test_keys_of_texts_differ_and_are_never_nothing),
		cmocka_unit_test(test_a_worker_killed_anywhere_leaves_the_committed_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
