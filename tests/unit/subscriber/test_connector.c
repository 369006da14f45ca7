/* A name with several addresses: those that do not answer must not stand in the way of one that does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "subscriber/connector.h"

enum { MOST = 8 };       /* of 8 s each has one */

/* What the name resolves to: one port each of the loopback address. */
static uint16_t ports[MOST];
static unsigned port_count;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
	struct addrinfo **end = found;

	(void)host;
	(void)service;
	(void)hints;
	*found = NULL;
	for (unsigned i = 0; i < port_count; i++) {
		struct addrinfo *one = calloc(1, sizeof(*one) + sizeof(struct sockaddr_in));
		struct sockaddr_in *address = (struct sockaddr_in *)(void *)(one + 1);

		address->sin_family = AF_INET;
		address->sin_port = htons(ports[i]);
		address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		one->ai_family = AF_INET;
		one->ai_addr = (struct sockaddr *)(void *)address;
		one->ai_addrlen = sizeof(*address);
		*end = one;
		end = &one->ai_next;
	}
	return 0;
}

void freeaddrinfo(struct addrinfo *one)
{
	while (one != NULL) {
		struct addrinfo *next = one->ai_next;

		free(one);
		one = next;
	}
}

static int listener(uint16_t *port, int backlog)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&address, size), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* A listener whose queue is full drops what comes: as an address behind a firewall does. */
static void fill(uint16_t port, int *clients, unsigned count)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port) };

	for (unsigned i = 0; i < count; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(clients[i], (struct sockaddr *)(void *)&address, sizeof(address));
	}
}

static struct {
	bool over;
	int fd;
	struct err err;
} result;

static void done(struct connector *connector, int fd, const struct err *err)
{
	(void)connector;
	result.over = true;
	result.fd = fd;
	if (err != NULL)
		result.err = *err;
}

static void connect_within(int64_t seconds)
{
	struct connector connector;
	struct loop *loop;
	int64_t end;

	memset(&result, 0, sizeof(result));
	assert_int_equal(loop_new(&loop, NULL), 0);
	connector_init(&connector, loop, done);
	assert_int_equal(connector_start(&connector, "analyzer", 1, NULL), 0);
	for (end = clock_boottime_ns() + seconds * NS_PER_S; !result.over && clock_boottime_ns() < end;)
		loop_run_once(loop, 50, NULL);
	connector_cancel(&connector);
	loop_free(&loop);
}

static void an_address_that_does_not_answer_makes_room_for_the_next(void **state)
{
	int silent, answering, clients[4];

	(void)state;
	port_count = MOST;
	silent = listener(&ports[0], 0);
	fill(ports[0], clients, 4);
	ports[1] = ports[0];
	answering = listener(&ports[2], 4);
	for (unsigned i = 3; i < MOST; i++)
		ports[i] = ports[2];
	connect_within(5);

	assert_true(result.over && result.fd >= 0);
	close(result.fd);
	for (unsigned i = 0; i < 4; i++)
		close(clients[i]);
	close(silent);
	close(answering);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_that_does_not_answer_makes_room_for_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
