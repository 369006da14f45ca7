/* The ring's memory: who may do what to it, and what lies beside the batches. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/ring_layout.h"
#include "support_ring.h"

enum { SMALL = 64 << 10 };

static void test_counters_are_seen_by_readers_and_survive_the_writer(void **state)
{
	struct ring_counters counters;
	struct support_ring ring;
	bool restarted;

	(void)state;
	support_ring_open(&ring, SMALL);
	counter_add(&ring_writer_counters(ring.writer)->messages, 2);
	counter_set(&ring_writer_counters(ring.writer)->last_message_ns, 5);
	ring_writer_close(&ring.writer);
	assert_int_equal(ring_writer_open(&ring.writer, ring.fd, -1, &restarted, NULL), 0);
	counter_add(&ring_writer_counters(ring.writer)->messages, 1);

	ring_read_counters(ring.reader, &counters);

	assert_int_equal(counters.messages, 3);
	assert_int_equal(counters.last_message_ns, 5);
	assert_int_equal(counters.flows, 0);
	support_ring_close(&ring);
}

static void test_every_wake_reaches_an_edge_triggered_reader_that_never_reads(void **state)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct support_ring ring;
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), poller = epoll_create1(EPOLL_CLOEXEC);
	bool restarted;

	(void)state;
	support_ring_open(&ring, SMALL);
	ring_writer_close(&ring.writer);
	assert_int_equal(ring_writer_open(&ring.writer, ring.fd, wake, &restarted, NULL), 0);
	assert_int_equal(epoll_ctl(poller, EPOLL_CTL_ADD, wake, &event), 0);

	ring_wake(ring.writer);
	assert_int_equal(epoll_wait(poller, &event, 1, 0), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ring_publish_gap(ring.writer, &(struct ring_gap) { 0 }, 0, NULL), 0);
		ring_wake(ring.writer);
		assert_int_equal(epoll_wait(poller, &event, 1, 0), 1);
		ring_wake(ring.writer);
		assert_int_equal(epoll_wait(poller, &event, 1, 0), 0);
	}
	ring_close(ring.writer);
	assert_int_equal(epoll_wait(poller, &event, 1, 0), 1);
	support_ring_close(&ring);
	close(poller);
	close(wake);
}

static void test_sizes_that_no_ring_can_have_are_refused(void **state)
{
	const size_t sizes[] = { 0, 4096, SMALL - 1, SMALL + 4096, (size_t)8 << 30 };
	uint64_t epoch;
	int fd;

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(ring_create(sizes[i], &fd, &epoch, NULL), ERR_INVALID);
}

static void test_memory_that_is_no_ring_is_refused(void **state)
{
	struct ring_reader *reader;
	int fd = memfd_create("no-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(ring_reader_open(&reader, fd, NULL), ERR_CORRUPT);
	assert_int_equal(ftruncate(fd, RING_DATA + SMALL), 0);
	assert_int_equal(ring_reader_open(&reader, fd, NULL), ERR_CORRUPT);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(ring_reader_open(&reader, fd, NULL), ERR_CORRUPT);
	close(fd);
}

static void test_the_memory_cannot_be_resized(void **state)
{
	struct support_ring ring;

	(void)state;
	support_ring_open(&ring, SMALL);
	assert_int_equal(ftruncate(ring.fd, 0), -1);
	assert_int_equal(ftruncate(ring.fd, 1 << 20), -1);
	assert_int_equal(fcntl(ring.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	support_ring_close(&ring);
}

/* As an ordinary user: root may open anything. */
static int reader_tries_to_write(void)
{
	struct support_ring ring;
	char path[32];

	if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 1;
	if (prctl(PR_SET_DUMPABLE, 1) != 0)
		return 2;
	support_ring_open(&ring, SMALL);
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring.read_fd, 0) != MAP_FAILED || errno != EACCES)
		return 3;
	if (mprotect(ring.reader->map.header, 4096, PROT_READ | PROT_WRITE) == 0)
		return 4;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ring.read_fd);
	if (open(path, O_RDWR) >= 0 || errno != EACCES)
		return 5;
	if (write(ring.read_fd, "x", 1) >= 0)
		return 6;
	return 0;
}

static void test_a_reader_cannot_get_at_the_memory_for_writing(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(reader_tries_to_write());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_gap_reasons_have_names(void **state)
{
	(void)state;
	assert_string_equal(ring_gap_reason_name(GAP_RECONNECT), "reconnect");
	assert_string_equal(ring_gap_reason_name(GAP_WIDENED), "widened");
	assert_string_equal(ring_gap_reason_name(GAP_REASONS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters_are_seen_by_readers_and_survive_the_writer),
		cmocka_unit_test(test_every_wake_reaches_an_edge_triggered_reader_that_never_reads),
		cmocka_unit_test(test_sizes_that_no_ring_can_have_are_refused),
		cmocka_unit_test(test_memory_that_is_no_ring_is_refused),
		cmocka_unit_test(test_the_memory_cannot_be_resized),
		cmocka_unit_test(test_a_reader_cannot_get_at_the_memory_for_writing),
		cmocka_unit_test(test_gap_reasons_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
