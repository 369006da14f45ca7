/* The cache: bounded, and nobody's text goes while it is being asked for or was used. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker/topology/topology_cache.h"

static struct cache cache;

static int set_up(void **state)
{
	(void)state;
	return cache_init(&cache, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	cache_fini(&cache);
	return 0;
}

static struct cache_key key_of(enum entry_kind kind, unsigned number)
{
	static char text[32];

	snprintf(text, sizeof(text), "%u", number);
	return (struct cache_key){ kind, text, "tid", strlen(text), 3 };
}

/* One that is known until `expires_ns`. */
static struct entry *add(unsigned number, int64_t expires_ns)
{
	struct cache_key key = key_of(ENTRY_CONTEXT, number);
	struct entry *entry = cache_add(&cache, &key);

	if (entry != NULL) {
		struct finding finding = { .found = true, .name = strdup("name") };

		cache_put(&cache, entry, &finding);
		entry->known = true;
		entry->expires_ns = expires_ns;
		entry->used = false;
	}
	return entry;
}

static struct entry *find(enum entry_kind kind, unsigned number)
{
	struct cache_key key = key_of(kind, number);

	return cache_find(&cache, &key);
}

static void entries_are_found_by_all_of_their_key(void **state)
{
	struct cache_key other = { ENTRY_CONTEXT, "7", "ti", 1, 2 };

	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		assert_non_null(add(i, 100));
	for (unsigned i = 0; i < 2000; i++)
		assert_string_equal(entry_other(find(ENTRY_CONTEXT, i)), "tid");
	assert_null(find(ENTRY_CONTEXT, 2000));
	assert_null(find(ENTRY_VALUE, 7));
	assert_null(cache_find(&cache, &other));
}

static void what_has_expired_goes_but_for_what_is_being_asked(void **state)
{
	(void)state;
	add(1, 100);
	add(2, 200);
	add(3, 100)->asked = true;
	cache_tidy(&cache, 150);
	assert_null(find(ENTRY_CONTEXT, 1));
	assert_non_null(find(ENTRY_CONTEXT, 2));
	assert_non_null(find(ENTRY_CONTEXT, 3));
	assert_int_equal(cache.count, 2);
}

static void beyond_its_bound_what_was_not_used_lately_goes(void **state)
{
	unsigned used = 0;

	(void)state;
	for (unsigned i = 0; i < CACHE_ENTRIES_MAX + 1000; i++)
		assert_non_null(add(i, 100));
	for (unsigned i = 0; i < 1000; i++)
		find(ENTRY_CONTEXT, i);
	assert_true(cache_is_full(&cache));
	cache_tidy(&cache, 0);

	assert_false(cache_is_full(&cache));
	assert_in_range(cache.count, CACHE_ENTRIES_MAX - 100, CACHE_ENTRIES_MAX);
	for (unsigned i = 0; i < 1000; i++)
		used += find(ENTRY_CONTEXT, i) != NULL;
	assert_int_equal(used, 1000);
}

static void more_than_can_be_tidied_away_in_time_is_not_taken(void **state)
{
	unsigned taken = 0;

	(void)state;
	while (add(taken, 100) != NULL)
		taken++;
	assert_int_equal(taken, CACHE_ENTRIES_MAX + CACHE_OVER_MAX);
	cache_tidy(&cache, 0);
	assert_non_null(add(taken, 100));
}

static void its_bytes_are_bounded_too(void **state)
{
	unsigned taken = 0;
	struct entry *entry;

	(void)state;
	while ((entry = add(taken, 100)) != NULL) {
		struct finding large = { .found = true, .name = calloc(1, 10000) };

		assert_non_null(large.name);
		memset(large.name, 'x', 9999);
		cache_put(&cache, entry, &large);
		taken++;
	}
	assert_in_range(taken, 2u * CACHE_BYTES_MAX / 11000, 2u * CACHE_BYTES_MAX / 9000);
	cache_tidy(&cache, 0);
	assert_true(cache.bytes <= CACHE_BYTES_MAX);
	cache_tidy(&cache, 1000);
	assert_int_equal(cache.count, 0);
	assert_int_equal(cache.bytes, 0);
}

#define test_of(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(entries_are_found_by_all_of_their_key),
		test_of(what_has_expired_goes_but_for_what_is_being_asked),
		test_of(beyond_its_bound_what_was_not_used_lately_goes),
		test_of(more_than_can_be_tidied_away_in_time_is_not_taken),
		test_of(its_bytes_are_bounded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
