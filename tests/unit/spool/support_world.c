#include "support_world.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "worker/wrapper.h"

static uint64_t *slot(struct world *world)
{
	return (uint64_t *)(uintptr_t)state_slots(world->fixture.state, world->fixture.region);
}

/* ---- errors ---- */

static void must(const struct world *world, int error, const struct err *err, const char *what)
{
	if (error != 0 && !world->disk->dead && !world->faults_expected)
		fail_msg("%s: %s", what, err->message);
}

/* True when the commit counts. */
static bool commit(struct world *world)
{
	struct err err = { 0 };
	int error = spool_commit(world->fixture.spool, &err);

	must(world, error, &err, "commit");
	if (error == ERR_CORRUPT && !world->disk->dead)
		world_crash(world, false);      /* the worker ends and recovery decides */
	return error == 0 && !world->disk->dead;
}

/* ---- steps ---- */

static unsigned random_lane(struct world *world)
{
	return (unsigned)disk_random(world->disk, SPOOL_LANES);
}

static void name_stream(struct world *world)
{
	if (spool_wants_stream_name(world->fixture.spool, world->now_ms, world->now_ms * NS_PER_MS))
		spool_stream_name(world->fixture.spool, STREAM_MS + (int64_t)++world->stream * 1000);
}

static int append_some(struct world *world, struct err *err)
{
	struct spool *spool = world->fixture.spool;
	unsigned count = 1 + (unsigned)disk_random(world->disk, 6), lane = random_lane(world);
	struct ring_position *position = spool_position(spool);
	int error = 0;

	for (unsigned i = 0; i < count && error == 0 && position->sequence + 1 < WORLD_SERIALS; i++) {
		char record[24];
		int length = snprintf(record, sizeof(record), "\"%llu\"", (unsigned long long)position->sequence);

		error = spool_append(spool, lane, record, (size_t)length, 1, world->now_ms, world->now_ms * NS_PER_MS, err);
		if (error == 0) {
			world->lost[position->sequence] = false;
			position->sequence++;
			spool_account(spool)->passed++;
		}
	}
	*(uint64_t *)state_change(world->fixture.state, world->fixture.region, 0) = position->sequence;
	if (error == 0 && disk_random(world->disk, 3) == 0)
		error = spool_cut(spool, lane, world->now_ms, world->now_ms * NS_PER_MS, err);
	return error;
}

static void step_append(struct world *world)
{
	struct err err = { 0 };
	int error;

	spool_begin(world->fixture.spool);
	error = append_some(world, &err);
	if (error != 0 && error != ERR_AGAIN)
		must(world, error, &err, "append");
	if (error != 0 || disk_random(world->disk, 8) == 0)
		spool_undo(world->fixture.spool);
	else
		commit(world);
}

/* A flow of which no record can be made. */
static void step_lose(struct world *world)
{
	struct spool *spool = world->fixture.spool;
	struct ring_position *position = spool_position(spool);
	uint64_t serial = position->sequence;

	if (serial + 1 >= WORLD_SERIALS || disk_random(world->disk, 4) != 0)
		return;
	spool_begin(spool);
	world->lost[serial] = true;
	position->sequence++;
	spool_account(spool)->passed++;
	spool_account(spool)->lost_error++;
	*(uint64_t *)state_change(world->fixture.state, world->fixture.region, 0) = position->sequence;
	commit(world);
}

static void step_cut(struct world *world)
{
	struct err err = { 0 };
	int error;

	spool_begin(world->fixture.spool);
	error = spool_cut(world->fixture.spool, random_lane(world), world->now_ms, world->now_ms * NS_PER_MS, &err);
	if (error == 0)
		commit(world);
	else
		spool_undo(world->fixture.spool);
}

/* The sealer's work and the loop's answer are steps of their own: anything may happen in between. */
static void step_seal(struct world *world)
{
	struct err err = { 0 };

	if (world->job == NULL) {
		world->job = spool_seal_next(world->fixture.spool, false);
		if (world->job == NULL)
			return;
		world->job_result = seal_run(world->job, &err);
		if (world->job_result == 0 && seal_sync(world->fixture.dirfd, &world->disk->ops, &err) != 0)
			world->job_result = ERR_IO;
		return;
	}
	spool_begin(world->fixture.spool);
	must(world, spool_sealed(world->fixture.spool, &world->job, world->job_result, world->now_ms, &err), &err, "sealed");
	commit(world);
}

static void step_durable(struct world *world)
{
	struct err err = { 0 };

	if (world->durable == NULL) {
		world->durable = spool_durable_next(world->fixture.spool);
		world->durable_ran = false;
	} else if (!world->durable_ran) {
		world->durable_result = durable_run(world->durable, &err);
		world->durable_ran = true;
	} else {
		spool_durable_done(world->fixture.spool, &world->durable, world->durable_result);
	}
}

static void step_claim(struct world *world)
{
	struct err err = { 0 };
	int error;

	spool_begin(world->fixture.spool);
	error = spool_claim(world->fixture.spool, random_lane(world), &err);
	if (error == 0)
		commit(world);
	else
		spool_undo(world->fixture.spool);
}

/* As the outbox does: a damaged object is given up, unless it is known to be stored. */
static void end_damaged(struct world *world, const struct spool_object *object, const struct object_head *head)
{
	struct spool *spool = world->fixture.spool;
	struct err err = { 0 };
	bool stored = object->maybe_sent && sink_has(world, head->key);
	int error;

	spool_begin(spool);
	if (stored)
		error = spool_settle(spool, object->lane, object->number, &err);
	else
		error = spool_give_up(spool, object->lane, object->number, &err);
	must(world, error, &err, "a damaged object");
	if (!stored && object->maybe_sent)
		world->doubtful += object->flows;
	commit(world);
}

static void step_send(struct world *world)
{
	struct spool *spool = world->fixture.spool;
	unsigned lane = random_lane(world);
	struct spool_object object;
	struct object_head head = { 0 };
	char content[WORLD_CONTENT + 1];
	struct err err = { 0 };

	if (!spool_in_flight(spool, lane, (unsigned)disk_random(world->disk, 2), &object) ||
		object.claim_commit > spool_durable_number(spool))
		return;
	if (sink_read(world, &object, &head, content, &err) != 0) {
		assert_true(world->disk->dead || world->faults_expected || world->damaged);
		if (world->damaged)
			end_damaged(world, &object, &head);
		return;
	}
	/* the request arrives even when the process dies now */
	sink_keep(world, head.key, content);
	if (disk_random(world->disk, 4) == 0)
		return;                         /* its answer is lost */
	spool_begin(spool);
	must(world, spool_settle(spool, lane, object.number, &err), &err, "settle");
	commit(world);
}

static void step_drop(struct world *world)
{
	struct err err = { 0 };
	int error;

	if (disk_random(world->disk, 4) != 0)
		return;
	spool_begin(world->fixture.spool);
	error = spool_drop(world->fixture.spool, random_lane(world), &err);
	if (error == 0)
		commit(world);
	else
		spool_undo(world->fixture.spool);
}

/* ---- life ---- */

static void check_account(struct world *world)
{
	assert_account_adds_up(&world->fixture);
	assert_int_equal(world->base + spool_account(world->fixture.spool)->passed,
		spool_position(world->fixture.spool)->sequence);
}

void world_step(struct world *world)
{
	static void (*const steps[])(struct world *) = { step_append, step_append, step_append, step_lose, step_cut, step_seal, step_seal,
		step_durable, step_durable, step_durable, step_claim, step_send, step_send, step_drop };

	world->now_ms += 10 + (int64_t)disk_random(world->disk, 500);
	name_stream(world);
	steps[disk_random(world->disk, sizeof(steps) / sizeof(steps[0]))](world);
	if (!world->disk->dead && world->fixture.spool != NULL)
		check_account(world);
}

/* They go with the process. */
static void forget_jobs(struct world *world)
{
	world->disk->dead = true;
	free(world->job);
	world->job = NULL;
	if (world->durable != NULL)
		spool_durable_done(world->fixture.spool, &world->durable, ERR_AGAIN);
}

/* A new worker. False: it was killed while it recovered. */
static bool recover(struct world *world, bool power)
{
	struct err err = { 0 };
	int error = fixture_open(&world->fixture, &err);

	must(world, error, &err, "recovery");
	if (error != 0)
		return false;
	if (!power && !world->fixture.fresh && !world->damaged)
		assert_int_equal(*slot(world), spool_position(world->fixture.spool)->sequence);
	/* one that has no position begins at the ring's head, with an account of its own */
	if (world->fixture.fresh) {
		world->base = spool_position(world->fixture.spool)->sequence = world->published;
		world->stored_before = sink_records(world);
	}
	spool_position(world->fixture.spool)->epoch = 7;
	for (uint64_t serial = spool_position(world->fixture.spool)->sequence; serial < WORLD_SERIALS; serial++)
		world->lost[serial] = false;
	*(uint64_t *)state_change(world->fixture.state, world->fixture.region, 0) =
		spool_position(world->fixture.spool)->sequence;
	spool_set_stream_seconds(world->fixture.spool, 86400);
	if (spool_commit(world->fixture.spool, &err) != 0 || world->disk->dead) {
		assert_true(world->disk->dead || world->faults_expected);
		return false;
	}
	check_account(world);
	return true;
}

void world_end(struct world *world)
{
	struct err err = { 0 };

	while (world->job != NULL)
		step_seal(world);
	while (world->durable != NULL)
		step_durable(world);
	must(world, spool_close(world->fixture.spool, &err), &err, "the end");
	/* the memory goes with the run */
	world->published = spool_position(world->fixture.spool)->sequence;
	forget_jobs(world);
	fixture_reboot(&world->fixture);
	world->fixture.boot_id[0]--;
}

void world_crash(struct world *world, bool power)
{
	bool again = true;

	if (world->fixture.spool != NULL && spool_position(world->fixture.spool)->sequence > world->published)
		world->published = spool_position(world->fixture.spool)->sequence;
	while (again) {
		if (world->state_at_death == NULL)
			world_remember_state(world);
		if (world->fixture.spool != NULL)
			forget_jobs(world);
		fixture_kill(&world->fixture);
		world_restore_state(world);
		if (power) {
			fixture_reboot(&world->fixture);
			disk_power_loss(world->disk);
		} else {
			disk_revive(world->disk);
		}
		if (world->damage != NULL) {
			world->damage(world);
			world->damage = NULL;
			world->damaged = true;
		}
		/* now and then the next one does not get far either */
		if (disk_random(world->disk, 4) == 0)
			world->disk->kill_at = world->disk->operations + 1 + disk_random(world->disk, 30);
		again = !recover(world, power);
	}
	world->disk->kill_at = 0;
}

void world_init(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	fixture_init(&world->fixture);
	world->disk = disk_new(world->fixture.dirfd, seed);
	world->disk->died = world_remember_state;
	world->disk->owner = world;
	world->fixture.options.files = &world->disk->ops;
	world->fixture.options.format.open = WRAPPER_RECORDS " " WRAPPER_STATE " " WRAPPER_FIRST " " WRAPPER_LAST " [";
	world->now_ms = STREAM_MS;
	world->disk->write_back = seed % 2 == 0;
	assert_true(recover(world, false));
}

void world_fini(struct world *world)
{
	if (world->fixture.spool != NULL)
		forget_jobs(world);
	fixture_fini(&world->fixture);
	disk_free(world->disk);
	free(world->state_at_death);
}

static bool empty(const struct world *world)
{
	struct spool_totals totals;

	spool_totals(world->fixture.spool, &totals);
	return totals.segments == 0 && totals.objects == 0;
}

void world_finish(struct world *world)
{
	const struct account *account;
	uint64_t stored;
	unsigned turns = 0;

	world->faults_expected = false;
	world->disk->fault = FAULT_NONE;
	while (!empty(world)) {
		assert_true(turns++ < 20000);
		name_stream(world);
		step_cut(world);
		step_seal(world);
		step_durable(world);
		step_claim(world);
		step_send(world);
	}
	check_account(world);
	account = spool_account(world->fixture.spool);
	stored = sink_records(world) - world->stored_before;
	assert_int_equal(account->waiting_spool, 0);
	assert_int_equal(account->passed, account->written + account->lost_error + account->lost_overflow + account->lost_spool);
	/* what was damaged while nobody knew whether it had been sent may be stored although it is counted lost */
	assert_in_range(stored, account->written, account->written + world->doubtful);
}
