/* What receiving a websocket costs a core: read() and framing by subscriber/frame.c, of messages as the analyzer sends them, out of a
 * TCP connection; beside it read() alone, of the same bytes. CPU microseconds a megabyte of this process; a child writes. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "subscriber/frame.h"

enum { INPUT_SIZE = 256 << 10, MESSAGE_SIZE = 110000, MESSAGE_MAX = 32 << 20, TOTAL_MB = 1500, ROUNDS = 3 };

static char stream[MESSAGE_SIZE + FRAME_HEADER_MAX];
static char input[INPUT_SIZE + FRAME_PADDING];

/* As a server sends: not masked; in two pieces, the second of them empty, as the analyzer sends long ones. */
static size_t build_message(void)
{
	size_t length = MESSAGE_SIZE - 2;
	unsigned char *to = (unsigned char *)stream;

	*to++ = FRAME_TEXT;
	*to++ = 127;
	for (int shift = 56; shift >= 0; shift -= 8)
		*to++ = (unsigned char)(length >> shift);
	memset(to, 'x', length);
	to += length;
	*to++ = 0x80;
	*to++ = 0;
	return (size_t)(to - (unsigned char *)stream);
}

static void write_all(int fd)
{
	size_t length = build_message();

	for (size_t left = (size_t)TOTAL_MB << 20; left > length; left -= length) {
		for (size_t done = 0; done < length;) {
			ssize_t written = write(fd, stream + done, length - done);

			if (written <= 0)
				_exit(1);
			done += (size_t)written;
		}
	}
	_exit(0);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Returns the number of messages that the bytes complete. */
static unsigned take(struct frame_parser *parser, size_t length)
{
	struct frame_message message;
	unsigned messages = 0;
	size_t used, done = 0;
	struct err err;
	int got;

	do {
		got = frame_next(parser, input + done, length - done, &used, &message, &err);
		if (got < 0) {
			fprintf(stderr, "bench_receive: %s\n", err.message);
			exit(1);
		}
		done += used;
		messages += got > 0;
	} while (got > 0);
	return messages;
}

/* Both ends of a TCP connection on this machine. */
static bool connect_pair(int *reader, int *writer)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected;

	*writer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connected = bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
		getsockname(listener, (struct sockaddr *)&address, &size) == 0 && connect(*writer, (struct sockaddr *)&address, size) == 0;
	*reader = connected ? accept(listener, NULL, NULL) : -1;
	close(listener);
	return *reader >= 0;
}

/* CPU us a MB. */
static double measure(bool framing)
{
	struct frame_parser parser;
	unsigned messages = 0;
	size_t total = 0;
	int64_t begin;
	ssize_t length;
	int ends[2];
	pid_t child;

	if (!connect_pair(&ends[0], &ends[1]) || (child = fork()) < 0)
		exit(1);
	if (child == 0)
		write_all(ends[1]);
	close(ends[1]);
	frame_init(&parser, MESSAGE_MAX);
	begin = cpu_ns();
	while ((length = read(ends[0], input, INPUT_SIZE)) > 0) {
		total += (size_t)length;
		if (framing)
			messages += take(&parser, (size_t)length);
	}
	begin = cpu_ns() - begin;
	frame_fini(&parser);
	close(ends[0]);
	waitpid(child, NULL, 0);
	if (framing && messages != total / (MESSAGE_SIZE + 10))
		fprintf(stderr, "bench_receive: %u messages of %zu bytes\n", messages, total);
	return (double)begin / 1000 / ((double)total / 1e6);
}

int main(void)
{
	double read_alone = 1e9, framed = 1e9;

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < ROUNDS; i++) {
		double one = measure(false), other = measure(true);

		read_alone = one < read_alone ? one : read_alone;
		framed = other < framed ? other : framed;
	}
	printf("receive: %.0f us CPU/MB for read() and framing, %.0f for read() alone, framing x%.2f (aim: 96; best of %d)\n", framed,
		read_alone, framed / read_alone, ROUNDS);
	return 0;
}
