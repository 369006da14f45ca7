/* The queue between the loop and the sealer thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "worker/sealer.h"

enum { JOBS = 200 };

struct fixture {
	struct loop *loop;
	struct sealer *sealer;
	pthread_t loop_thread;
	atomic_uint syncs;            /* calls of the shared sync */
	int sync_result;              /* set before jobs are pushed */
	unsigned done, rounds;
	unsigned order[JOBS];         /* in which jobs came back */
};

struct test_job {
	struct sealer_job job;
	struct fixture *fixture;
	unsigned number;
	unsigned later;               /* times that it says SEALER_LATER */
	int result;
	pthread_t ran_in;
};

static int run(struct sealer_job *job, struct err *err)
{
	struct test_job *test = loop_owner(job, struct test_job, job);

	test->ran_in = pthread_self();
	if (test->later > 0) {
		test->later--;
		return SEALER_LATER;
	}
	return test->result != 0 ? err_set(err, test->result, "job %u", test->number) : 0;
}

static void done(struct sealer_job *job)
{
	struct test_job *test = loop_owner(job, struct test_job, job);

	test->fixture->order[test->fixture->done++] = test->number;
}

static int sync_all(void *owner, struct err *err)
{
	struct fixture *fixture = owner;

	atomic_fetch_add(&fixture->syncs, 1);
	return fixture->sync_result != 0 ? err_set(err, fixture->sync_result, "the shared sync") : 0;
}

static void round_ended(void *owner)
{
	((struct fixture *)owner)->rounds++;
}

static const struct sealer_handler handler = { sync_all, round_ended };

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->loop_thread = pthread_self();
	assert_int_equal(loop_new(&fixture->loop, NULL), 0);
	assert_int_equal(sealer_new(&fixture->sealer, fixture->loop, &handler, fixture, NULL), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	sealer_free(&fixture->sealer);
	loop_free(&fixture->loop);
	free(fixture);
	return 0;
}

static void push(struct fixture *fixture, struct test_job *job, unsigned number, bool shared_sync)
{
	job->fixture = fixture;
	job->number = number;
	job->job = (struct sealer_job){ .run = run, .done = done, .shared_sync = shared_sync };
	sealer_push(fixture->sealer, &job->job);
}

static void wait_for(struct fixture *fixture, unsigned count)
{
	while (fixture->done < count)
		assert_int_equal(loop_run_once(fixture->loop, 5000, NULL), 0);
}

static void jobs_come_back_in_the_order_they_were_pushed(void **state)
{
	static struct test_job jobs[JOBS];
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < JOBS; i++)
		push(fixture, &jobs[i], i, i % 3 == 0);
	wait_for(fixture, JOBS);

	for (unsigned i = 0; i < JOBS; i++)
		assert_int_equal(fixture->order[i], i);
	assert_int_equal(sealer_pending(fixture->sealer), 0);
}

static void a_job_runs_beside_the_loop_and_ends_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct test_job job = { 0 };

	push(fixture, &job, 0, false);
	assert_int_equal(sealer_pending(fixture->sealer), 1);
	wait_for(fixture, 1);

	assert_false(pthread_equal(job.ran_in, fixture->loop_thread));
	assert_int_equal(fixture->rounds, 1);
}

static void an_error_comes_back_with_its_job(void **state)
{
	struct fixture *fixture = *state;
	struct test_job job = { .result = ERR_NO_SPACE };

	push(fixture, &job, 7, false);
	wait_for(fixture, 1);

	assert_int_equal(job.job.result, ERR_NO_SPACE);
	assert_string_equal(job.job.err.message, "job 7");
}

/* Holds the thread until the queue is full, so that what is behind it runs together. */
struct gate {
	struct sealer_job job;
	struct fixture *fixture;
	pthread_mutex_t mutex;
};

static int wait_at_gate(struct sealer_job *job, struct err *err)
{
	struct gate *gate = loop_owner(job, struct gate, job);

	(void)err;
	pthread_mutex_lock(&gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
	return 0;
}

static void gate_passed(struct sealer_job *job)
{
	struct gate *gate = loop_owner(job, struct gate, job);

	gate->fixture->order[gate->fixture->done++] = UINT32_MAX;
}

static void push_behind_gate(struct fixture *fixture, struct test_job *jobs, unsigned count, bool shared_sync)
{
	struct gate gate = { .job = { .run = wait_at_gate, .done = gate_passed }, .fixture = fixture };

	pthread_mutex_init(&gate.mutex, NULL);
	pthread_mutex_lock(&gate.mutex);
	sealer_push(fixture->sealer, &gate.job);
	for (unsigned i = 0; i < count; i++)
		push(fixture, &jobs[i], i, shared_sync);
	pthread_mutex_unlock(&gate.mutex);
	wait_for(fixture, count + 1);
	pthread_mutex_destroy(&gate.mutex);
}

static void a_job_that_cannot_go_on_lets_others_pass(void **state)
{
	struct fixture *fixture = *state;
	struct test_job jobs[2] = { { .later = 3 }, { .later = 0 } };

	push_behind_gate(fixture, jobs, 2, false);

	assert_int_equal(fixture->order[1], 1);
	assert_int_equal(fixture->order[2], 0);
	assert_int_equal(jobs[0].job.result, 0);
}

static void neighbours_share_one_sync(void **state)
{
	struct fixture *fixture = *state;
	struct test_job jobs[4] = { 0 };

	push_behind_gate(fixture, jobs, 4, true);

	assert_int_equal(atomic_load(&fixture->syncs), 1);
}

static void a_failed_sync_fails_all_that_shared_it_but_keeps_an_own_error(void **state)
{
	struct fixture *fixture = *state;
	struct test_job jobs[3] = { { .result = 0 }, { .result = ERR_CORRUPT }, { .result = 0 } };

	fixture->sync_result = ERR_IO;
	push_behind_gate(fixture, jobs, 3, true);

	assert_int_equal(jobs[0].job.result, ERR_IO);
	assert_string_equal(jobs[0].job.err.message, "the shared sync");
	assert_int_equal(jobs[1].job.result, ERR_CORRUPT);
	assert_int_equal(jobs[2].job.result, ERR_IO);
}

static void freeing_forgets_what_was_not_begun(void **state)
{
	static struct test_job jobs[JOBS];
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < JOBS; i++) {
		jobs[i].later = UINT32_MAX;
		push(fixture, &jobs[i], i, false);
	}
	sealer_free(&fixture->sealer);

	assert_int_equal(fixture->done, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jobs_come_back_in_the_order_they_were_pushed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_job_runs_beside_the_loop_and_ends_in_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_error_comes_back_with_its_job, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_job_that_cannot_go_on_lets_others_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(neighbours_share_one_sync, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failed_sync_fails_all_that_shared_it_but_keeps_an_own_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(freeing_forgets_what_was_not_begun, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
