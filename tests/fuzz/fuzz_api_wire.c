/* Any bytes on a connection to the API, through libmicrohttpd and our handlers: what comes back is replies of HTTP with a
 * status of the contract, none of them "internal", and nothing is left of it when the client goes.
 *
 * Input: a byte that says how it is split into packets, then what is sent. The socket is local: everything is allowed. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/server_private.h"
#include "common/log.h"
#include "fake.h"
#include "tests/fuzz/check.h"

/* what the problem "internal" says (api/finish.c) */
#define FAILED "This has failed; the server's log may say why."

enum { INPUT_MAX = 8192, ROUNDS_MAX = 2000, REPLY_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct loop *loop;
static struct api_server *server;
static struct api_ops ops;
static struct fake fake;
static char folder[] = "/tmp/sluice-fuzz-XXXXXX", path[64];

static void end(void)
{
	api_server_free(&server);
	loop_free(&loop);
	rmdir(folder);
}

static void begin(void)
{
	struct api_server_options options = { .ops = &ops };
	struct err err;

	log_init("fuzz", "", LOG_ERROR);
	check(mkdtemp(folder) != NULL && loop_new(&loop, &err) == 0, "cannot begin");
	snprintf(path, sizeof(path), "%s/api", folder);
	fake_ops(&fake, &ops);
	options.loop = loop;
	check(api_server_new(&server, &options, &err) == 0 && api_server_listen_unix(server, path, &err) == 0, "no server");
	atexit(end);
}

static int connect_to_it(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	check(fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "no connection");
	return fd;
}

/* Reads what there is. False: the server has closed. */
static bool receive(int fd, struct buffer *replies)
{
	char piece[16384];
	ssize_t got;

	while ((got = recv(fd, piece, sizeof(piece), 0)) > 0) {
		if (replies->length < REPLY_MAX)
			check(buffer_append(replies, piece, (size_t)got) == 0, "no memory");
	}
	return got < 0 && errno == EAGAIN;
}

static void step(void)
{
	check(loop_run_once(loop, 0, NULL) == 0, "the loop ends");
}

static void talk(int fd, const uint8_t *data, size_t size, uint8_t seed, struct buffer *replies)
{
	size_t piece = seed == 0 ? size : seed;
	bool open = true;

	while (size > 0 && open) {
		size_t length = size < piece ? size : piece;
		ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			break;
		data += sent > 0 ? sent : 0;
		size -= sent > 0 ? (size_t)sent : 0;
		step();
		open = receive(fd, replies);
	}
	for (unsigned i = 0; i < 4 && open; i++) {
		step();
		open = receive(fd, replies);
	}
	shutdown(fd, SHUT_WR);
	for (unsigned i = 0; i < 4 && open; i++) {
		step();
		open = receive(fd, replies);
	}
}

/* The first stands at the beginning; where the next ones do, only their lengths would tell. */
static void check_replies(struct buffer *replies)
{
	unsigned status;

	if (replies->length == 0)
		return;
	check(buffer_append(replies, "", 1) == 0, "no memory");
	check(sscanf(replies->bytes, "HTTP/1.%*1[01] %3u ", &status) == 1, "no reply of HTTP");
	check(status >= 100 && status < 600, "no status of the contract");
	check(memmem(replies->bytes, replies->length, FAILED, strlen(FAILED)) == NULL, "failed without a word");
}

static void end_connections(void)
{
	for (unsigned i = 0; server->connections != NULL || server->pending != NULL; i++) {
		check(i < ROUNDS_MAX, "a connection stays when its client has gone");
		check(loop_run_once(loop, i < 20 ? 0 : 1, NULL) == 0, "the loop ends");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer replies;
	int fd;

	/* who sends those words himself is told them again */
	if (size < 2 || size > INPUT_MAX || memmem(data, size, FAILED, strlen(FAILED)) != NULL)
		return 0;
	if (server == NULL)
		begin();
	fake_init(&fake);
	buffer_init(&replies, 2 * REPLY_MAX);
	fd = connect_to_it();
	talk(fd, data + 1, size - 1, data[0], &replies);
	close(fd);
	end_connections();
	check_replies(&replies);
	buffer_fini(&replies);
	fake_fini(&fake);
	return 0;
}
