/* Queues through the entries of a slot table, against arrays: appended, taken out, undone, and killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_state.h"
#include "worker/slot_queue.h"

enum { QUEUES = 2, CAPACITY = 300, KEYS = 400, OPERATIONS = 100, COMMITS = 300 };

struct item {
	struct slot_queued queued;
	uint64_t number, queue;
};

struct fixture {
	int fd;
	struct state *state;
	struct slot_table *table;
	struct slot_queues *queues;
	int filler;                           /* a region that fills the undo log */
};

/* The numbers in each queue, in order. */
struct model {
	uint64_t numbers[QUEUES][CAPACITY];
	unsigned count[QUEUES];
};

static void fixture_open(struct fixture *fixture, uint64_t commit, uint64_t generation)
{
	enum state_origin origin;
	struct err err;

	assert_int_equal(state_new(&fixture->state, fixture->fd, &err), 0);
	assert_int_equal(slot_table_new(&fixture->table, fixture->state, "items", sizeof(struct item), CAPACITY, &err), 0);
	assert_int_equal(slot_queues_new(&fixture->queues, fixture->state, fixture->table, "items.queues", QUEUES, &err), 0);
	fixture->filler = state_claim(fixture->state, "filler", 8, STATE_UNDO_ENTRIES, &err);
	assert_int_equal(state_open(fixture->state, commit, generation, -1, &origin, &err), 0);
}

static void fixture_close(struct fixture *fixture)
{
	slot_queues_free(&fixture->queues);
	slot_table_free(&fixture->table);
	state_free(&fixture->state);
}

static void key_of(uint64_t number, uint64_t key[2])
{
	slot_key((const char *)&number, sizeof(number), key);
}

static void model_remove(struct model *model, uint64_t queue, uint64_t number)
{
	unsigned at = 0;

	while (model->numbers[queue][at] != number)
		at++;
	memmove(&model->numbers[queue][at], &model->numbers[queue][at + 1],
		(--model->count[queue] - at) * sizeof(model->numbers[queue][0]));
}

static void make(struct fixture *fixture, struct model *model, uint64_t number, uint64_t queue)
{
	bool made, evicted, room;
	struct item *item;
	uint64_t key[2];

	key_of(number, key);
	room = slot_table_has_room(fixture->table, key);
	assert_int_equal(room, model->count[0] + model->count[1] < CAPACITY);
	if (!room)
		return;
	item = slot_table_change(fixture->table, key, 0, &made, &evicted);
	assert_true(made && !evicted);
	item->queued.entry.expires_ns = SLOT_QUEUED;
	item->number = number;
	item->queue = queue;
	assert_true(slot_queue_append(fixture->queues, (uint32_t)queue, item));
	model->numbers[queue][model->count[queue]++] = number;
}

/* One key: made if it is not there; else moved to the end of a queue, or removed. */
static void operate(struct fixture *fixture, struct model *model, uint64_t *seed)
{
	uint64_t number = 1 + support_random(seed) % KEYS, queue = support_random(seed) % QUEUES, key[2];
	const struct item *item;
	bool made, evicted;

	key_of(number, key);
	item = slot_table_find(fixture->table, key, 0);
	if (item == NULL) {
		make(fixture, model, number, queue);
		return;
	}
	model_remove(model, item->queue, number);
	assert_true(slot_queue_remove(fixture->queues, (uint32_t)item->queue, item));
	if (support_random(seed) % 4 == 0) {
		assert_true(slot_table_remove(fixture->table, key));
		return;
	}
	((struct item *)slot_table_change(fixture->table, key, 0, &made, &evicted))->queue = queue;
	assert_true(slot_queue_append(fixture->queues, (uint32_t)queue, item));
	model->numbers[queue][model->count[queue]++] = number;
}

static void assert_same(const struct fixture *fixture, const struct model *model)
{
	assert_int_equal(slot_table_count(fixture->table), model->count[0] + model->count[1]);
	for (uint32_t queue = 0; queue < QUEUES; queue++) {
		const struct item *first = slot_queue_first(fixture->queues, queue);

		assert_int_equal(first != NULL ? first->number : 0, model->count[queue] > 0 ? model->numbers[queue][0] : 0);
	}
}

/* Takes all out again, from the front. */
static void drain(struct fixture *fixture, const struct model *model)
{
	for (uint32_t queue = 0; queue < QUEUES; queue++) {
		for (unsigned i = 0; i < model->count[queue]; i++) {
			const struct item *first = slot_queue_first(fixture->queues, queue);

			assert_non_null(first);
			assert_int_equal(first->number, model->numbers[queue][i]);
			assert_true(slot_queue_remove(fixture->queues, queue, first));
		}
		assert_null(slot_queue_first(fixture->queues, queue));
	}
}

static void entries_leave_a_queue_as_they_came_also_after_kills(void **context)
{
	struct fixture fixture = { .fd = support_memory() };
	static struct model model, before;
	uint64_t seed = 1;

	(void)context;
	fixture_open(&fixture, 1, 0);
	for (uint64_t commit = 1; commit < COMMITS; commit++) {
		uint64_t generation = state_generation(fixture.state);

		before = model;
		state_begin(fixture.state, commit);
		for (unsigned i = 0; i < OPERATIONS; i++)
			operate(&fixture, &model, &seed);
		if (commit % 3 == 0) {
			model = before;
			state_undo(fixture.state);
		} else if (commit % 3 == 1) {
			/* a worker that was killed before the commit, and its successor */
			model = before;
			fixture_close(&fixture);
			fixture_open(&fixture, commit, generation);
		}
		assert_same(&fixture, &model);
	}
	assert_true(model.count[0] > 10 && model.count[1] > 10);
	state_begin(fixture.state, COMMITS);
	drain(&fixture, &model);
	fixture_close(&fixture);
	close(fixture.fd);
}

static void a_full_undo_log_is_told(void **context)
{
	struct fixture fixture = { .fd = support_memory() };
	struct model model = { .count = { 0 } };

	(void)context;
	fixture_open(&fixture, 1, 0);
	for (uint64_t number = 1; number <= 3; number++)
		make(&fixture, &model, number, 0);
	state_begin(fixture.state, 2);
	while (state_undo_room(fixture.state) > 0)
		state_change(fixture.state, fixture.filler, state_undo_room(fixture.state) - 1);
	assert_false(slot_queue_remove(fixture.queues, 0, slot_queue_first(fixture.queues, 0)));
	state_undo(fixture.state);
	assert_same(&fixture, &model);
	fixture_close(&fixture);
	close(fixture.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_leave_a_queue_as_they_came_also_after_kills),
		cmocka_unit_test(a_full_undo_log_is_told),
	};

	return cmocka_run_group_tests_name("slot_queue", tests, NULL, NULL);
}
