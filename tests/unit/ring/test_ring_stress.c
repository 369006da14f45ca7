/* The ring under a fast writer: readers as threads with stalls, and processes that are killed at any instruction. Every
 * flow is seen once or counted lost, and none is torn: each byte of a flow follows from its sequence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/random.h"
#include "support_ring.h"

#if defined(__SANITIZE_THREAD__)
enum { THREAD_BATCHES = 5000 };       /* each word of the ring is watched: ten times slower */
#else
enum { THREAD_BATCHES = 20000 };
#endif

enum {
	RING_SIZE = 1 << 18,          /* small: readers are overtaken often */
	READERS = 20,
	KILLS = 60,
};

/* ---- readers ---- */

struct account {
	uint64_t seen, lost, laps;
	uint64_t sequence;            /* behind the last flow that was passed */
	bool wrong;
};

struct walk {
	struct ring_reader *reader;
	struct ring_position position;
	struct support_message scratch;
	struct account account;
	uint64_t random;
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void resume(struct walk *walk)
{
	uint64_t lost = 0;
	struct err err;

	if (ring_resume(walk->reader, &walk->position, &lost, &err) != 0)
		walk->account.wrong = true;
	walk->account.lost += lost;
	walk->account.laps++;
}

/* One batch, or the news that there is none. Anything but "read whole", "not yet" and "overtaken" is wrong. */
static bool step(struct walk *walk)
{
	struct ring_batch batch;
	struct err err;
	int error = ring_peek(walk->reader, &walk->position, &batch, &err);

	if (error == ERR_AGAIN)
		return false;
	if (error == 0 && batch.kind == RING_FLOWS) {
		/* a stall between finding a batch and reading it: the worst moment */
		if (next_random(&walk->random) % 64 == 0)
			sched_yield();
		error = support_batch_read(walk->reader, &batch, &walk->scratch, &err);
	}
	if (error == ERR_LAPPED) {
		resume(walk);
		return true;
	}
	if (error != 0 || batch.first_sequence != walk->position.sequence) {
		walk->account.wrong = true;
		return false;
	}
	walk->account.seen += batch.count;
	support_position_pass(&walk->position, &batch);
	return true;
}

/* Long enough to be overtaken by several rounds. */
static void stall(uint64_t turns)
{
	while (turns-- > 0)
		sched_yield();
}

static void walk_to_end(struct walk *walk, const atomic_bool *over)
{
	bool last = false;

	while (!walk->account.wrong) {
		if (next_random(&walk->random) % 512 == 0)
			stall(next_random(&walk->random) % 300);
		if (step(walk))
			continue;
		/* what was published before `over` is looked for once more */
		if (last)
			break;
		last = atomic_load(over);
		sched_yield();
	}
	walk->account.sequence = walk->position.sequence;
}

static void assert_accounts(const struct account *account, uint64_t published)
{
	assert_false(account->wrong);
	assert_int_equal(account->sequence, published);
	assert_int_equal(account->seen + account->lost, published);
}

/* ---- threads ---- */

struct thread_reader {
	pthread_t thread;
	int fd;
	const atomic_bool *over;
	struct walk walk;
};

static void *read_in_thread(void *data)
{
	struct thread_reader *reader = data;

	if (ring_reader_open(&reader->walk.reader, reader->fd, NULL) != 0) {
		reader->walk.account.wrong = true;
		return NULL;
	}
	reader->walk.position.epoch = ring_epoch(reader->walk.reader);
	walk_to_end(&reader->walk, reader->over);
	ring_reader_close(&reader->walk.reader);
	return NULL;
}

static void publish_one(struct ring_writer *writer, struct support_message *message)
{
	uint64_t sequence = ring_writer_sequence(writer);

	support_message_make(message, sequence, support_message_count(sequence));
	if (ring_publish_flows(writer, &message->batch, NULL) != 0)
		abort();
}

static void test_twenty_readers_that_stall_see_each_flow_once_or_count_it_lost(void **state)
{
	struct thread_reader *readers = calloc(READERS, sizeof(*readers));
	struct support_message *message = malloc(sizeof(*message));
	struct support_ring ring;
	atomic_bool over = false;
	uint64_t seen = 0, laps = 0;

	(void)state;
	support_ring_open(&ring, RING_SIZE);
	for (unsigned i = 0; i < READERS; i++) {
		readers[i].fd = ring.read_fd;
		readers[i].over = &over;
		readers[i].walk.random = i + 1;
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_in_thread, &readers[i]), 0);
	}
	for (unsigned i = 0; i < THREAD_BATCHES; i++) {
		publish_one(ring.writer, message);
		if (i % 16 == 0)
			sched_yield();
	}
	atomic_store(&over, true);
	for (unsigned i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_accounts(&readers[i].walk.account, ring_writer_sequence(ring.writer));
		seen += readers[i].walk.account.seen;
		laps += readers[i].walk.account.laps;
	}
	/* both things happened, or nothing was tested */
	assert_true(seen > 0);
	assert_true(laps > 0);
	support_ring_close(&ring);
	free(message);
	free(readers);
}

/* ---- processes ---- */

/* A writer that is killed leaves whatever it had half-way behind. */
static void write_until_killed(int fd)
{
	struct support_message *message = malloc(sizeof(*message));
	struct ring_writer *writer;
	bool restarted;

	if (message == NULL || ring_writer_open(&writer, fd, -1, &restarted, NULL) != 0)
		_exit(1);
	for (;;)
		publish_one(writer, message);
}

/* Tells its account through shared memory, so that a killed reader leaves the one it last had. */
static void read_until_killed(int fd, struct account *shared)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL || ring_reader_open(&walk->reader, fd, NULL) != 0)
		_exit(1);
	walk->random = random_u64();
	ring_head(walk->reader, &walk->position);
	while (!walk->account.wrong) {
		step(walk);
		shared->seen = walk->account.seen;
		shared->wrong = walk->account.wrong;
	}
	_exit(1);
}

static pid_t fork_writer(int fd)
{
	pid_t pid = fork();

	if (pid == 0)
		write_until_killed(fd);
	return pid;
}

static void kill_and_reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

/* The event that is waited for: the ring moved on. */
static void wait_for_flows(struct ring_reader *reader, uint64_t more)
{
	uint64_t target = ring_head_sequence(reader) + more;

	while (ring_head_sequence(reader) < target)
		sched_yield();
}

static void test_killed_writers_leave_a_ring_that_their_successors_continue(void **state)
{
	struct account *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct walk *walk = calloc(1, sizeof(*walk));
	struct support_ring ring;
	pid_t reader;

	(void)state;
	support_ring_open(&ring, RING_SIZE);
	walk->reader = ring.reader;
	walk->random = 99;
	walk->position.epoch = ring.epoch;
	reader = fork();
	if (reader == 0)
		read_until_killed(ring.read_fd, shared);
	for (unsigned i = 0; i < KILLS; i++) {
		pid_t writer = fork_writer(ring.fd);

		wait_for_flows(ring.reader, 1 + next_random(&walk->random) % 2000);
		kill_and_reap(writer);
		while (step(walk))
			assert_false(walk->account.wrong);
	}
	walk->account.sequence = walk->position.sequence;
	assert_accounts(&walk->account, ring_head_sequence(ring.reader));
	kill_and_reap(reader);
	assert_false(shared->wrong);
	free(walk);
	munmap(shared, 4096);
	support_ring_close(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twenty_readers_that_stall_see_each_flow_once_or_count_it_lost),
		cmocka_unit_test(test_killed_writers_leave_a_ring_that_their_successors_continue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
