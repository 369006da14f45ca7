/* The layout of keys travels in the segment's head: a key is what its segment's configuration said, however often it is
 * made. Heads of the version before, which had none, are read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/crc32c.h"
#include "support_spool.h"
#include "worker/segment.h"

enum { VERSION_AT = 8, CRC_AT = 12, SIZE_AT = 16, TEXTS_AT = 28 };

static struct fixture fixture;

static int prepare(void **state)
{
	(void)state;
	fixture_init(&fixture);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	fixture_fini(&fixture);
	return 0;
}

static void assert_object_key(const char *name, const char *wanted)
{
	struct object_head head;
	struct err err;
	size_t length;
	char *bytes = fixture_read(&fixture, name, &length);

	assert_non_null(bytes);
	assert_true(length > OBJECT_HEAD_SIZE);
	assert_int_equal(object_head_decode(&head, (const unsigned char *)bytes, &err), 0);
	assert_string_equal(head.key, wanted);
	free(bytes);
}

static void an_objects_key_follows_the_layout_it_was_begun_with(void **state)
{
	(void)state;
	fixture.options.format.key_layout = "{prefix}/{tag}_{stream}_{seq}";
	fixture_start(&fixture);
	fixture_append(&fixture, TAG_INGRESS, 3);
	fixture_kill(&fixture);
	/* another layout from here on: what is open is closed as it was begun */
	fixture.options.format.key_layout = "{tag}/{stream}/{seq}/{dd}-{HH}-{MM}-{SS}";
	fixture_start(&fixture);
	fixture_append(&fixture, TAG_INGRESS, 2);
	fixture_cut(&fixture, TAG_INGRESS);
	assert_int_equal(fixture_seal(&fixture), 2);
	fixture_durable(&fixture);
	assert_object_key("ingress.0.3.3.object", "logs/ingress_20260101T000000Z_00000000.json");
	assert_object_key("ingress.1.2.2.object", "ingress/20260101T000000Z/00000000/01-00-00-05.json");
}

/* As the version before wrote it: nine texts. */
static void make_version_1(struct buffer *head, const struct spool_format *format)
{
	uint32_t version = 1, texts = 9, size, crc;
	struct err err;
	struct buffer part;
	struct ring_position position = { .epoch = 7 };

	buffer_init(&part, 1 << 16);
	buffer_init(head, 1 << 16);
	assert_int_equal(segment_format_encode(format, &part, &err), 0);
	assert_int_equal(buffer_reserve(head, segment_head_size(&part)), 0);
	segment_head_put(head, &part, &position);
	head->length -= sizeof(uint32_t) + strlen(format->key_layout) + 1;
	size = (uint32_t)head->length;
	memcpy(head->bytes + VERSION_AT, &version, sizeof(version));
	memcpy(head->bytes + SIZE_AT, &size, sizeof(size));
	memcpy(head->bytes + TEXTS_AT, &texts, sizeof(texts));
	crc = crc32c_around(head->bytes, head->length, CRC_AT);
	memcpy(head->bytes + CRC_AT, &crc, sizeof(crc));
	buffer_fini(&part);
}

static void a_head_of_the_version_before_is_read(void **state)
{
	struct segment_head head;
	struct buffer bytes;
	uint32_t texts = 10, crc;
	struct err err;

	(void)state;
	fixture.options.format.key_layout = "";
	make_version_1(&bytes, &fixture.options.format);
	assert_int_equal(segment_head_decode(&head, bytes.bytes, bytes.length, &err), 0);
	assert_string_equal(head.format.key_layout, "");
	assert_string_equal(head.format.host_id, "edge-1");
	assert_int_equal(head.position.epoch, 7);
	assert_int_equal(head.size, bytes.length);
	/* ten texts are none of that version */
	memcpy(bytes.bytes + TEXTS_AT, &texts, sizeof(texts));
	crc = crc32c_around(bytes.bytes, bytes.length, CRC_AT);
	memcpy(bytes.bytes + CRC_AT, &crc, sizeof(crc));
	assert_int_equal(segment_head_decode(&head, bytes.bytes, bytes.length, &err), ERR_CORRUPT);
	buffer_fini(&bytes);
}

static void a_layout_that_is_none_is_refused(void **state)
{
	struct err err;

	(void)state;
	fixture.options.format.key_layout = "{tag}/{nonsense}";
	assert_int_equal(fixture_open(&fixture, &err), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_objects_key_follows_the_layout_it_was_begun_with, prepare, finish),
		cmocka_unit_test_setup_teardown(a_head_of_the_version_before_is_read, prepare, finish),
		cmocka_unit_test_setup_teardown(a_layout_that_is_none_is_refused, prepare, finish),
	};

	return cmocka_run_group_tests_name("key layout", tests, NULL, NULL);
}
