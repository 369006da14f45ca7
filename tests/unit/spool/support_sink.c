/* The sink of the played world: what was "sent", and that each record is in one object and each key has one content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_world.h"
#include "worker/object_reader.h"

/* Something is missing between the first and the last. */
static bool has_lost_between(const struct world *world, unsigned long first, unsigned long last)
{
	for (unsigned long serial = first; serial < last; serial++) {
		if (world->lost[serial])
			return true;
	}
	return false;
}

static void keep_records(struct world *world, const char *content)
{
	unsigned long first = WORLD_SERIALS, last = 0, count = 0;
	char *behind;
	unsigned long said = strtoul(content, &behind, 10);

	for (const char *next = strchr(content, '"'); next != NULL; next = strchr(next + 1, '"')) {
		unsigned long serial = strtoul(next + 1, NULL, 10);

		assert_true(serial < WORLD_SERIALS);
		if (++world->stored[serial] > 1)
			fail_msg("record %lu is in two objects", serial);
		first = serial < first ? serial : first;
		last = serial > last ? serial : last;
		count++;
		next = strchr(next + 1, '"');
		assert_non_null(next);
	}
	assert_int_equal(said, count);
	assert_true(strncmp(behind, " ok ", 4) == 0 || strncmp(behind, " skip data ", 11) == 0);
	if (has_lost_between(world, first, last) && strncmp(behind, " skip", 5) != 0)
		fail_msg("records %lu to %lu do not say that something is missing: %.60s", first, last, content);
}

void sink_keep(struct world *world, const char *key, const char *content)
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

bool sink_has(const struct world *world, const char *key)
{
	for (unsigned i = 0; i < world->object_count; i++) {
		if (strcmp(world->objects[i].key, key) == 0)
			return true;
	}
	return false;
}

uint64_t sink_records(const struct world *world)
{
	uint64_t records = 0;

	for (unsigned i = 0; i < WORLD_SERIALS; i++)
		records += world->stored[i];
	return records;
}

int sink_read(struct world *world, const struct spool_object *object, struct object_head *head, char *content,
	struct err *err)
{
	struct object_reader *reader;
	int error = object_reader_new(&reader, world->fixture.dirfd, object->name, &world->disk->ops, head, err);
	size_t used = 0, length = 1;

	while (error == 0 && length > 0) {
		assert_true(used < WORLD_CONTENT);
		error = object_reader_next(reader, content + used, WORLD_CONTENT - used, &length, err);
		used += length;
	}
	content[error == 0 ? used : 0] = '\0';
	object_reader_free(&reader);
	return error;
}
