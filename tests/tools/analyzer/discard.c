#include "tests/tools/analyzer/discard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/tools/analyzer/render.h"

enum { READ_SIZE = 1 << 20, HEAD_SIZE = 16 << 10 };

struct discard {
	int fd;
	uint64_t left;                /* of the present frame's payload */
	unsigned char head[10];       /* of the next frame, as far as it is there */
	size_t head_length;
	uint64_t bytes, messages, pings;
};

static int open_socket(const char *url, char *path, size_t path_size, struct err *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[64];
	unsigned port;
	int fd;

	snprintf(path, path_size, "/ws/subscriber/flow");
	if (sscanf(url, "ws://%63[0-9.]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return err_set(err, ERR_CONFIG, "'%s' is not ws://ADDRESS:PORT", url);
	if (strchr(url + 5, '/') != NULL)
		snprintf(path, path_size, "%s", strchr(url + 5, '/'));
	address.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return err_sys(err, errno, "%s", url);
	return fd;
}

/* The upgrade, read a byte at a time so that no frame is swallowed. */
static int upgrade(int fd, const char *path, struct err *err)
{
	char head[HEAD_SIZE];
	size_t length;

	length = (size_t)snprintf(head, sizeof(head),
		"GET %s HTTP/1.1\r\nHost: analyzer\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Client-Type: discard\r\n"
		"X-Websocket-Namespace: flow\r\nX-Host-ID: discard-%d\r\n\r\n", path, (int)getpid());
	if (write(fd, head, length) != (ssize_t)length)
		return err_sys(err, errno, "upgrade");
	for (length = 0; length < sizeof(head) - 1; length++) {
		if (read(fd, head + length, 1) != 1)
			return err_set(err, ERR_CLOSED, "the server closed");
		head[length + 1] = '\0';
		if (length > 3 && memcmp(head + length - 3, "\r\n\r\n", 4) == 0)
			break;
	}
	return strncmp(head, "HTTP/1.1 101 ", 13) == 0 ? 0 :
		err_set(err, ERR_PROTOCOL, "%.*s", (int)strcspn(head, "\r"), head);
}

static void answer_ping(struct discard *discard)
{
	static const unsigned char pong[6] = { 0x80 | OPCODE_PONG, 0x80, 0, 0, 0, 0 };

	discard->pings++;
	if (write(discard->fd, pong, sizeof(pong)) < 0)
		discard->left = 0;
}

/* Length of the head that has begun; 0 while that is not known. */
static size_t head_size(const struct discard *discard)
{
	if (discard->head_length < 2)
		return 0;
	return discard->head[1] < 126 ? 2 : discard->head[1] == 126 ? 4 : 10;
}

static void take_head(struct discard *discard, size_t size)
{
	unsigned opcode = discard->head[0] & 15;

	discard->left = size == 2 ? discard->head[1] : 0;
	for (size_t i = 2; i < size; i++)
		discard->left = discard->left << 8 | discard->head[i];
	discard->head_length = 0;
	if (opcode == OPCODE_PING)
		answer_ping(discard);
	else if (opcode < OPCODE_CLOSE && discard->head[0] & 0x80)
		discard->messages++;
}

static void take(struct discard *discard, const unsigned char *bytes, size_t length)
{
	discard->bytes += length;
	while (length > 0) {
		size_t step = discard->left < length ? (size_t)discard->left : length;
		size_t size;

		if (step == 0) {
			discard->head[discard->head_length++] = *bytes;
			step = 1;
			size = head_size(discard);
			if (size != 0 && size == discard->head_length)
				take_head(discard, size);
		} else {
			discard->left -= step;
		}
		bytes += step;
		length -= step;
	}
}

static void print_result(const struct discard *discard, int64_t elapsed_ns)
{
	struct rusage usage;
	double seconds = (double)elapsed_ns / 1e9;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"messages\":%llu,\"bytes\":%llu,\"pings\":%llu,\"seconds\":%.3f,\"gb_per_s\":%.3f,\"client_cpu_s\":%.3f}\n",
		(unsigned long long)discard->messages, (unsigned long long)discard->bytes,
		(unsigned long long)discard->pings, seconds, (double)discard->bytes / 1e9 / seconds,
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

int discard_run(const struct options *options, struct err *err)
{
	double seconds = options->seconds > 0 ? options->seconds : 5;
	struct discard discard = { .fd = -1 };
	unsigned char *bytes = malloc(READ_SIZE);
	char path[512];
	int64_t start;
	ssize_t got = 1;
	int error;

	discard.fd = bytes != NULL ? open_socket(options->discard, path, sizeof(path), err) :
		err_set(err, ERR_NO_MEMORY, "no memory");
	error = discard.fd < 0 ? err->code : upgrade(discard.fd, path, err);
	start = clock_boottime_ns();
	while (error == 0 && got > 0 && clock_boottime_ns() - start < (int64_t)(seconds * 1e9)) {
		got = read(discard.fd, bytes, READ_SIZE);
		if (got > 0)
			take(&discard, bytes, (size_t)got);
	}
	if (error == 0)
		print_result(&discard, clock_boottime_ns() - start);
	if (discard.fd >= 0)
		close(discard.fd);
	free(bytes);
	return error;
}
