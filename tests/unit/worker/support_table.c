#include "support_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void table_open(struct table_fixture *fixture, uint64_t commit, uint64_t generation, enum state_origin *origin)
{
	struct err err;

	if (state_new(&fixture->state, fixture->fd, &err) != 0 || slot_table_new(&fixture->table, fixture->state, "items",
		sizeof(struct item), fixture->capacity, &err) != 0 ||
		state_open(fixture->state, commit, generation, -1, origin, &err) != 0) {
		fprintf(stderr, "%s\n", err.message);
		abort();
	}
}

void table_close(struct table_fixture *fixture)
{
	slot_table_free(&fixture->table);
	state_free(&fixture->state);
}

struct table_fixture *table_new(uint32_t capacity)
{
	struct table_fixture *fixture = calloc(1, sizeof(*fixture));
	enum state_origin origin;

	fixture->fd = support_memory();
	fixture->capacity = capacity;
	table_open(fixture, 1, 0, &origin);
	return fixture;
}

void table_free(struct table_fixture *fixture)
{
	table_close(fixture);
	close(fixture->fd);
	free(fixture);
}

void table_key(uint64_t number, uint64_t key[2])
{
	char text[32];

	slot_key(text, (size_t)snprintf(text, sizeof(text), "flow %llu", (unsigned long long)number), key);
}

struct item *table_put(struct table_fixture *fixture, uint64_t number, int64_t now_ns, int64_t expires_ns, bool *made,
	bool *evicted)
{
	struct item *item;
	uint64_t key[2];

	table_key(number, key);
	item = slot_table_change(fixture->table, key, now_ns, made, evicted);
	if (item != NULL)
		item->entry.expires_ns = expires_ns;
	return item;
}

const struct item *table_find(const struct table_fixture *fixture, uint64_t number, int64_t now_ns)
{
	uint64_t key[2];

	table_key(number, key);
	return slot_table_find(fixture->table, key, now_ns);
}

void table_check(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "the table is wrong: %s\n", what);
	abort();
}

/* A removal or a change of one key, in table and model alike; either may be absent. */
static void operate(struct table_fixture *fixture, struct table_model *model, int64_t now_ns, uint64_t *seed)
{
	uint64_t number = support_random(seed) % KEYS, action = support_random(seed) % 10;
	int64_t expires_ns = now_ns + (int64_t)(support_random(seed) % LIFE);
	bool known = model != NULL && model->keys[number].value != 0 && model->keys[number].expires_ns > now_ns;
	uint64_t key[2], value = known ? model->keys[number].value + 1 : 1;
	bool made, evicted;
	struct item *item;

	table_key(number, key);
	if (model != NULL)
		model->keys[number].value = action == 0 ? 0 : value;
	if (model != NULL)
		model->keys[number].expires_ns = expires_ns;
	if (fixture == NULL)
		return;
	if (action == 0) {
		table_check(slot_table_remove(fixture->table, key), "no room to remove");
		return;
	}
	item = table_put(fixture, number, now_ns, expires_ns, &made, &evicted);
	table_check(item != NULL && !evicted, "no room to change");
	item->value++;
	memset(item->rest, (int)item->value, sizeof(item->rest));
	table_check(model == NULL || (item->value == value && made == !known), "another value than the model's");
}

void table_transact(struct table_fixture *fixture, struct table_model *model, uint64_t commit, int64_t now_ns)
{
	uint64_t seed = commit * 7919 + 1;
	unsigned operations = (unsigned)(support_random(&seed) % 512);

	for (unsigned i = 0; i < operations; i++)
		operate(fixture, model, now_ns, &seed);
}

int64_t table_time(uint64_t commit)
{
	return (int64_t)commit * (LIFE / 10);
}

void table_assert_same(const struct table_fixture *fixture, const struct table_model *model, int64_t now_ns)
{
	for (uint64_t number = 0; number < KEYS; number++) {
		const struct item *item = table_find(fixture, number, now_ns);
		bool known = model->keys[number].value != 0 && model->keys[number].expires_ns > now_ns;

		assert_int_equal(item != NULL, known);
		if (item == NULL)
			continue;
		assert_int_equal(item->value, model->keys[number].value);
		assert_int_equal(item->entry.expires_ns, model->keys[number].expires_ns);
		assert_int_equal(item->rest[19], (char)item->value);
	}
}
