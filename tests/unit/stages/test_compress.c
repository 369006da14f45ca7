#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "common/buffer.h"
#include "common/config/pipeline_config.h"
#include "worker/compress.h"

enum { LARGE = 10 << 20 };

struct sink {
	struct buffer out;
	int fail;
};

static int collect(void *owner, const void *bytes, size_t length, struct err *err)
{
	struct sink *sink = owner;

	if (sink->fail)
		return err_set(err, ERR_NO_SPACE, "no space");
	return buffer_append(&sink->out, bytes, length);
}

/* Compresses content, written `step` bytes at a time. */
static int compress_steps(struct sink *sink, int type, int level, bool behind, const char *content, size_t length,
	size_t step)
{
	struct compressor *compressor;
	struct err err = { 0 };
	int error = compressor_new(&compressor, type, level, length, behind, collect, sink, &err);

	assert_int_equal(error, 0);
	for (size_t at = 0; at < length && error == 0; at += step)
		error = compressor_write(compressor, content + at, length - at < step ? length - at : step, &err);
	if (error == 0)
		error = compressor_finish(compressor, &err);
	compressor_free(&compressor);
	assert_null(compressor);
	return error;
}

static void assert_inflates_to(const struct sink *sink, const char *content, size_t length)
{
	char *back = malloc(length + 1);
	z_stream zlib = { 0 };

	assert_non_null(back);
	assert_int_equal(inflateInit2(&zlib, 15 + 16), Z_OK);
	zlib.next_in = (Bytef *)sink->out.bytes;
	zlib.avail_in = (uInt)sink->out.length;
	zlib.next_out = (Bytef *)back;
	zlib.avail_out = (uInt)length + 1;
	assert_int_equal(inflate(&zlib, Z_FINISH), Z_STREAM_END);
	/* one member: nothing comes behind it */
	assert_int_equal(zlib.avail_in, 0);
	assert_int_equal(zlib.total_out, length);
	assert_memory_equal(back, content, length);
	/* no flags (no name), mtime 0 */
	for (int i = 3; i < 8; i++)
		assert_int_equal(sink->out.bytes[i], 0);
	inflateEnd(&zlib);
	free(back);
}

static char *flow_like(size_t length)
{
	char *content = malloc(length + 128);
	size_t at = 0;

	assert_non_null(content);
	for (unsigned i = 0; at < length; i++)
		at += (size_t)snprintf(content + at, 128, "{\"UUID\":\"%08x\",\"A\":\"10.0.%u.%u\",\"B\":\"8.8.8.8\"},",
			i * 2654435761u, i % 251, i % 13);
	return content;
}

static char *random_like(size_t length)
{
	char *content = malloc(length);
	uint64_t state = 88172645463325252u;

	assert_non_null(content);
	for (size_t i = 0; i < length; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		content[i] = (char)state;
	}
	return content;
}

static void check_levels(const char *content, size_t length, int from, int to)
{
	for (int level = from; level <= to; level++) {
		for (int behind = 0; behind <= 1; behind++) {
			struct sink sink = { 0 };

			buffer_init(&sink.out, (size_t)LARGE * 2);
			assert_int_equal(compress_steps(&sink, COMPRESS_GZIP, level, behind, content, length, 100000), 0);
			assert_inflates_to(&sink, content, length);
			buffer_fini(&sink.out);
		}
	}
}

static void every_level_gives_one_gzip_member_that_zlib_reads(void **state)
{
	char *content = flow_like(300000);

	(void)state;
	check_levels(content, 300000, GZIP_AUTO, 9);
	free(content);
}

static void empty_content_gives_an_empty_member(void **state)
{
	(void)state;
	check_levels("", 0, GZIP_AUTO, 9);
}

static void one_byte_is_enough(void **state)
{
	(void)state;
	check_levels("x", 1, GZIP_AUTO, 9);
}

static void content_beyond_what_is_held_is_streamed(void **state)
{
	char *content = flow_like(LARGE);

	(void)state;
	check_levels(content, LARGE, GZIP_AUTO, 1);
	check_levels(content, LARGE, 6, 6);
	free(content);
}

static void content_that_cannot_be_compressed_comes_back_whole(void **state)
{
	char *content = random_like(3 << 20);

	(void)state;
	check_levels(content, 3 << 20, GZIP_AUTO, 1);
	check_levels(content, 1 << 20, GZIP_AUTO, 9);
	free(content);
}

static void sizes_of_the_writes_do_not_change_the_bytes(void **state)
{
	static const int levels[] = { GZIP_FAST, GZIP_AUTO, 1, 6 };
	size_t length = 3 << 20;
	char *content = flow_like(length);

	(void)state;
	for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		struct sink one = { 0 }, many = { 0 };

		buffer_init(&one.out, LARGE);
		buffer_init(&many.out, LARGE);
		assert_int_equal(compress_steps(&one, COMPRESS_GZIP, levels[i], false, content, length, length), 0);
		assert_int_equal(compress_steps(&many, COMPRESS_GZIP, levels[i], false, content, length, 777), 0);
		assert_int_equal(one.out.length, many.out.length);
		assert_memory_equal(one.out.bytes, many.out.bytes, one.out.length);
		buffer_fini(&one.out);
		buffer_fini(&many.out);
	}
	free(content);
}

static void none_passes_the_bytes_on(void **state)
{
	struct sink sink = { 0 };

	(void)state;
	buffer_init(&sink.out, LARGE);
	assert_int_equal(compress_steps(&sink, COMPRESS_NONE, GZIP_AUTO, false, "content", 7, 3), 0);
	assert_int_equal(sink.out.length, 7);
	assert_memory_equal(sink.out.bytes, "content", 7);
	buffer_fini(&sink.out);
}

static void an_error_of_the_sink_ends_the_compression(void **state)
{
	static const int levels[] = { GZIP_FAST, GZIP_AUTO, 9 };
	char *content = random_like(3 << 20);

	(void)state;
	for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		struct sink sink = { .fail = 1 };

		assert_int_equal(compress_steps(&sink, COMPRESS_GZIP, levels[i], false, content, 3 << 20, 4096),
			ERR_NO_SPACE);
		assert_int_equal(compress_steps(&sink, COMPRESS_GZIP, levels[i], false, content, 1 << 20, 4096),
			ERR_NO_SPACE);
	}
	assert_int_equal(compress_steps(&(struct sink){ .fail = 1 }, COMPRESS_NONE, 1, false, content, 10, 10), ERR_NO_SPACE);
	free(content);
}

static void more_than_was_announced_is_refused_where_it_was_held(void **state)
{
	struct sink sink = { 0 };
	struct compressor *compressor;
	struct err err = { 0 };

	(void)state;
	buffer_init(&sink.out, LARGE);
	assert_int_equal(compressor_new(&compressor, COMPRESS_GZIP, 6, 4, false, collect, &sink, &err), 0);
	assert_int_equal(compressor_write(compressor, "12345", 5, &err), ERR_LIMIT);
	compressor_free(&compressor);
	assert_int_equal(compressor_new(&compressor, COMPRESS_GZIP, 10, 4, false, collect, &sink, &err), ERR_INVALID);
	buffer_fini(&sink.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_level_gives_one_gzip_member_that_zlib_reads),
		cmocka_unit_test(empty_content_gives_an_empty_member),
		cmocka_unit_test(one_byte_is_enough),
		cmocka_unit_test(content_beyond_what_is_held_is_streamed),
		cmocka_unit_test(content_that_cannot_be_compressed_comes_back_whole),
		cmocka_unit_test(sizes_of_the_writes_do_not_change_the_bytes),
		cmocka_unit_test(none_passes_the_bytes_on),
		cmocka_unit_test(an_error_of_the_sink_ends_the_compression),
		cmocka_unit_test(more_than_was_announced_is_refused_where_it_was_held),
	};

	return cmocka_run_group_tests_name("compress", tests, NULL, NULL);
}
