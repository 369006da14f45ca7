#include "support_world_sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void keep_records(struct world *world, const char *content)
{
	for (const char *next = strchr(content, '"'); next != NULL; next = strchr(next + 1, '"')) {
		unsigned long serial = strtoul(next + 1, NULL, 10);

		assert_true(serial < WORLD_SERIALS);
		if (++world->stored[serial] > 1)
			fail_msg("record %lu is in two objects", serial);
		next = strchr(next + 1, '"');
		assert_non_null(next);
	}
}

void world_sink_keep(struct world *world, const char *key, const char *content)
{
	struct sent_object *object;

	for (unsigned i = 0; i < world->object_count; i++) {
		if (strcmp(world->objects[i].key, key) != 0)
			continue;
		assert_string_equal(world->objects[i].content, content);
		return;
	}
	assert_true(world->object_count < WORLD_OBJECTS);
	object = &world->objects[world->object_count++];
	assert_true(strlen(key) < sizeof(object->key));
	memcpy(object->key, key, strlen(key) + 1);
	snprintf(object->content, sizeof(object->content), "%s", content);
	keep_records(world, content);
}
