/* What the flow ring costs with many readers: CPU time of the writer a batch of 100 flows, 1000 batches a second, with the waking
 * that the subscriber does (10 ms apart, 40 ms from 200 readers on); of a reader; and, beside it, the same with a wake-up for each
 * batch. Readers look at the columns of every batch, as a worker does whose filter drops all of it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ring.h"
#include "subscriber/decode.h"

enum {
	RING_SIZE = 64 << 20, MESSAGE_MAX = 1 << 20, BATCHES = 2000, BATCH_NS = 1000000, READERS_MAX = 1000,
	WAKE_MS = 10, WAKE_MANY_MS = 40, MANY_READERS = 200, WITHIN_MS = 60000,
};

static char text[MESSAGE_MAX + DECODE_PADDING];
static struct decoded message;

static void must(int error, const struct err *err)
{
	if (error != 0) {
		fprintf(stderr, "bench_wake: %s: %s\n", err_name(error), err->message);
		exit(1);
	}
}

/* The recording's first message with many flows. */
static void load_message(void)
{
	FILE *file = fopen(TEST_DATA "/recordings/burst.jsonl", "re");
	struct decoder *decoder;
	struct err err;

	while (file != NULL && fgets(text, MESSAGE_MAX, file) != NULL && strlen(text) < 100000)
		;
	if (file == NULL || fclose(file) != 0)
		exit(1);
	must(decoder_new(&decoder, DECODE_FLOWS_MAX, &err), &err);
	must(decoder_message(decoder, text, strlen(text), &message, &err), &err);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* ---- a reader ---- */

static void read_all(struct ring_reader *reader, struct ring_position *position)
{
	struct flow_column columns[DECODE_FLOWS_MAX];
	struct ring_batch batch;
	uint64_t lost;
	struct err err;
	int error;

	while ((error = ring_peek(reader, position, &batch, &err)) != ERR_AGAIN) {
		if (error == ERR_LAPPED) {
			must(ring_resume(reader, position, &lost, &err), &err);
			continue;
		}
		must(error, &err);
		if (ring_copy_columns(reader, &batch, 0, batch.count, columns, &err) != 0 || !ring_still_there(reader, &batch))
			continue;
		position->offset = batch.next_offset;
		position->sequence = batch.first_sequence + batch.count;
	}
}

static void run_reader(int ring_fd, int wake_fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct ring_position position = { 0 };
	struct ring_reader *reader;
	struct err err;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(ring_reader_open(&reader, ring_fd, &err), &err);
	ring_head(reader, &position);
	epoll_ctl(epoll, EPOLL_CTL_ADD, wake_fd, &event);
	while (!ring_closed(reader)) {
		read_all(reader, &position);
		epoll_wait(epoll, &event, 1, WITHIN_MS);
	}
	_exit(0);
}

/* ---- the writer ---- */

static int64_t publish_all(struct ring_writer *writer, int64_t apart_ns)
{
	int64_t begin = clock_boottime_ns(), due = begin, woken = 0, cpu = cpu_ns();
	struct err err;

	for (int i = 0; i < BATCHES; i++) {
		struct ring_flows flows = { .columns = message.columns, .flows = message.flows, .count = message.count, .text = text,
			.text_length = strlen(text), .wall_ms = clock_wall_ms(), .boottime_ns = clock_boottime_ns() };
		struct timespec until = { .tv_sec = (due += BATCH_NS) / NS_PER_S, .tv_nsec = due % NS_PER_S };

		clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL);
		must(ring_publish_flows(writer, &flows, &err), &err);
		if (clock_boottime_ns() - woken < apart_ns)
			continue;
		ring_wake(writer);
		woken = clock_boottime_ns();
	}
	cpu = cpu_ns() - cpu;
	printf(" %6.0f batches/s", BATCHES / ((double)(clock_boottime_ns() - begin) / NS_PER_S));
	return cpu;
}

static void measure(unsigned readers, int64_t apart_ns)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), fd, read_fd;
	struct ring_writer *writer;
	struct rusage usage;
	bool restarted;
	uint64_t epoch;
	int64_t writer_ns, readers_ns;
	struct err err;

	must(ring_create(RING_SIZE, &fd, &epoch, &err), &err);
	must(ring_reopen_read(fd, &read_fd, &err), &err);
	must(ring_writer_open(&writer, fd, wake_fd, &restarted, &err), &err);
	getrusage(RUSAGE_CHILDREN, &usage);
	readers_ns = -(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S - (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
	fflush(stdout);
	for (unsigned i = 0; i < readers; i++) {
		pid_t pid = fork();

		if (pid == 0)
			run_reader(read_fd, wake_fd);
		if (pid < 0)
			exit(1);
	}
	printf("%5u readers, woken %s:", readers, apart_ns > 0 ? "as the subscriber does" : "for each batch     ");
	writer_ns = publish_all(writer, apart_ns);
	ring_close(writer);
	ring_wake(writer);
	while (wait(NULL) > 0)
		;
	getrusage(RUSAGE_CHILDREN, &usage);
	readers_ns += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
	printf("  writer %6.1f us a batch, a reader %6.2f us\n", (double)writer_ns / BATCHES / 1000,
		(double)readers_ns / BATCHES / readers / 1000);
	ring_writer_close(&writer);
	close(fd);
	close(read_fd);
	close(wake_fd);
}

/* What is the least: the bytes of a batch moved once. */
static void measure_copy(void)
{
	size_t size = strlen(text) + message.count * (sizeof(*message.flows) + sizeof(*message.columns));
	char *to = calloc(1, size);
	int64_t begin;

	if (to == NULL)
		exit(1);
	begin = cpu_ns();
	for (int i = 0; i < BATCHES; i++) {
		memcpy(to, text, strlen(text));
		__asm__ volatile("" : : "r"(to) : "memory");
	}
	printf("ring: a batch has %u flows, %zu bytes; copying its text alone %.1f us\n", message.count, size,
		(double)(cpu_ns() - begin) / BATCHES / 1000);
	free(to);
}

int main(void)
{
	static const unsigned counts[] = { 1, 10, 100, READERS_MAX };

	load_message();
	measure_copy();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		measure(counts[i], (counts[i] >= MANY_READERS ? WAKE_MANY_MS : WAKE_MS) * NS_PER_MS);
	measure(10, 0);
	measure(100, 0);
	return 0;
}
