/* buffer, arena, err, crc32c, clock: what everything else stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/crc32c.h"
#include "common/err.h"

static void a_buffer_never_grows_beyond_its_cap(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	for (int i = 0; i < 10; i++)
		assert_int_equal(buffer_append(&buffer, "0123456789012345678901234567890123456789012345678901234567890123"
			"456789012345678901234567890123456789", 100), 0);
	assert_int_equal(buffer_append(&buffer, "x", 1), ERR_LIMIT);
	assert_int_equal(buffer.length, 1000);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), ERR_LIMIT);
	buffer_fini(&buffer);
	assert_int_equal(buffer.length, 0);
}

static void a_buffer_formats_and_consumes(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 100);
	assert_int_equal(buffer_printf(&buffer, "%d %s", 7, "lanes"), 0);
	buffer_consume(&buffer, 2);
	assert_int_equal(buffer.length, 5);
	assert_memory_equal(buffer.bytes, "lanes", 5);
	buffer_fini(&buffer);
}

static void an_arena_gives_aligned_memory_up_to_its_cap(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 64 * 1024);
	for (int i = 1; i < 100; i++) {
		char *memory = arena_alloc(&arena, (size_t)i);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 16, 0);
		memset(memory, i, (size_t)i);
	}
	assert_null(arena_alloc(&arena, 64 * 1024));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
	assert_string_equal(arena_strdup(&arena, "tag"), "tag");
	arena_reset(&arena);
	assert_non_null(arena_alloc(&arena, 1000));
	arena_fini(&arena);
}

static void an_error_is_prefixed_on_its_way_up(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_sys(&err, ENOSPC, "writing %s", "commit"), ERR_NO_SPACE);
	assert_int_equal(err_prefix(&err, "pipeline %d", 3), ERR_NO_SPACE);
	assert_string_equal(err.message, "pipeline 3: writing commit: No space left on device");
	assert_string_equal(err_name(err.code), "no_space");
	assert_string_equal(err_name(-1000), "unknown");
}

/* Test vectors of RFC 3720, B.4. */
static void crc32c_gives_the_published_values(void **state)
{
	unsigned char bytes[32];

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
	assert_int_equal(crc32c(crc32c(0, bytes, 5), bytes + 5, 27), 0x46dd794e);
}

static void a_stamp_names_a_time_in_utc(void **state)
{
	char stamp[CLOCK_STAMP_SIZE];

	(void)state;
	clock_stamp(1136214245999, stamp);
	assert_string_equal(stamp, "20060102T150405Z");
}

static void assert_second(int64_t wall_ms, const char *expected)
{
	char text[CLOCK_SECOND_LENGTH + 1];

	*clock_put_second(text, wall_ms) = '\0';
	assert_string_equal(text, expected);
}

static void a_second_is_written_as_the_library_writes_it(void **state)
{
	(void)state;
	assert_second(0, "1970-01-01T00:00:00Z");
	assert_second(-1, "1970-01-01T00:00:00Z");
	assert_second(1136214245999, "2006-01-02T15:04:05Z");
	assert_second(CLOCK_LAST_MS, "9999-12-31T23:59:59Z");
	assert_second(INT64_MAX, "9999-12-31T23:59:59Z");
	/* each day of 800 years */
	for (int64_t day = 0; day < 292194; day++) {
		time_t seconds = day * 86400 + day % 86400;
		struct tm utc;
		char expected[32];

		assert_non_null(gmtime_r(&seconds, &utc));
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &utc);
		assert_second((int64_t)seconds * 1000 + 999, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_never_grows_beyond_its_cap),
		cmocka_unit_test(a_buffer_formats_and_consumes),
		cmocka_unit_test(an_arena_gives_aligned_memory_up_to_its_cap),
		cmocka_unit_test(an_error_is_prefixed_on_its_way_up),
		cmocka_unit_test(crc32c_gives_the_published_values),
		cmocka_unit_test(a_stamp_names_a_time_in_utc),
		cmocka_unit_test(a_second_is_written_as_the_library_writes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
