/* The hash table in the stages' memory: life of entries, room, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_table.h"

static void test_an_entry_lives_until_it_expires_or_is_removed(void **context)
{
	struct table_fixture *fixture = table_new(100);
	uint64_t key[2];
	bool made, evicted;
	struct item *item;

	(void)context;
	assert_null(table_find(fixture, 1, 0));
	item = table_put(fixture, 1, 0, 10, &made, &evicted);
	item->value = 5;
	assert_true(made);
	assert_int_equal(table_find(fixture, 1, 9)->value, 5);
	assert_null(table_find(fixture, 1, 10));
	item = table_put(fixture, 1, 9, 20, &made, &evicted);
	assert_false(made);
	assert_int_equal(item->value, 5);
	item = table_put(fixture, 1, 20, 30, &made, &evicted);
	assert_true(made);
	assert_int_equal(item->value, 0);
	assert_int_equal(slot_table_count(fixture->table), 1);
	table_key(1, key);
	assert_true(slot_table_remove(fixture->table, key));
	assert_true(slot_table_remove(fixture->table, key));
	assert_null(table_find(fixture, 1, 0));
	assert_int_equal(slot_table_count(fixture->table), 0);
	table_free(fixture);
}

static void test_a_full_table_gives_up_what_expires_early(void **context)
{
	enum { CAPACITY = 500, OLD = 100 };
	struct table_fixture *fixture = table_new(CAPACITY);
	unsigned early = 0, evictions = 0;
	bool made, evicted;

	(void)context;
	for (uint64_t number = 0; number < CAPACITY; number++)
		assert_non_null(table_put(fixture, number, 0, number < OLD ? 50 + (int64_t)number : 1000, &made, &evicted));
	state_begin(fixture->state, 2);
	for (uint64_t number = CAPACITY; number < CAPACITY + 80; number++) {
		assert_non_null(table_put(fixture, number, 1, 2000, &made, &evicted));
		assert_non_null(table_find(fixture, number, 1));
		evictions += evicted;
	}

	assert_int_equal(slot_table_count(fixture->table), CAPACITY);
	assert_int_equal(evictions, 80);
	for (uint64_t number = 0; number < OLD; number++)
		early += table_find(fixture, number, 1) == NULL;
	assert_true(early > 60);
	table_free(fixture);
}

static void test_room_of_expired_entries_is_used_again(void **context)
{
	enum { ALIVE = 1000 };
	struct table_fixture *fixture = table_new(1u << 20);
	struct stat status;
	bool made, evicted;

	(void)context;
	for (uint64_t number = 0; number < 100 * ALIVE; number++) {
		if (number % 512 == 0)
			state_begin(fixture->state, 1 + number);
		assert_non_null(table_put(fixture, number, (int64_t)number, (int64_t)number + ALIVE, &made, &evicted));
		assert_false(evicted);
	}

	assert_true(slot_table_count(fixture->table) < 2 * ALIVE);
	assert_int_equal(fstat(fixture->fd, &status), 0);
	assert_true(status.st_blocks * 512 < 512 * 1024);
	table_free(fixture);
}

static void test_memory_follows_the_entries_in_use(void **context)
{
	struct table_fixture *fixture = table_new(1u << 24);
	struct stat before, after;
	bool made, evicted;

	(void)context;
	assert_int_equal(fstat(fixture->fd, &before), 0);
	for (uint64_t number = 0; number < 20000; number++) {
		if (number % 512 == 0)
			state_begin(fixture->state, 1 + number);
		table_put(fixture, number, 0, 1, &made, &evicted);
		assert_null(table_find(fixture, number + 1, 0));
	}

	assert_int_equal(fstat(fixture->fd, &after), 0);
	assert_true((after.st_blocks - before.st_blocks) * 512 < 20000 * (64 + 8) + 256 * 1024);
	table_free(fixture);
}

static void test_a_transaction_has_room_for_1500_new_entries_whatever_else_is_due(void **context)
{
	enum { CAPACITY = 6000 };
	struct table_fixture *fixture = table_new(CAPACITY);
	bool made, evicted;
	uint64_t number = 0;

	(void)context;
	for (uint64_t commit = 1; commit < 40; commit++) {
		state_begin(fixture->state, commit);
		for (unsigned i = 0; i < 1500; i++, number++)
			assert_non_null(table_put(fixture, number, table_time(commit),
				table_time(commit) + (int64_t)(number % 2 * LIFE), &made, &evicted));
	}
	table_free(fixture);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_entry_lives_until_it_expires_or_is_removed),
		cmocka_unit_test(test_a_full_table_gives_up_what_expires_early),
		cmocka_unit_test(test_room_of_expired_entries_is_used_again),
		cmocka_unit_test(test_memory_follows_the_entries_in_use),
		cmocka_unit_test(test_a_transaction_has_room_for_1500_new_entries_whatever_else_is_due),
		cmocka_unit_test(test_tables_that_cannot_be_are_refused),
		cmocka_unit_test(test_keys_of_texts_differ_and_are_never_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
