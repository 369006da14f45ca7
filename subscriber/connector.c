#include "subscriber/connector.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/sandbox.h"

#define ALL_ADDRESSES_NS (8 * NS_PER_S)
#define LEAST_NS (NS_PER_S / 4)

static void socket_ready(struct loop_source *source, uint32_t events);
static void address_silent(struct loop_timer *timer);

void connector_init(struct connector *connector, struct loop *loop,
	void (*done)(struct connector *connector, int fd, const struct err *err))
{
	*connector = (struct connector){ .loop = loop, .source = { .fd = -1, .ready = socket_ready }, .done = done };
	connector->source.owner = connector;
	connector->limit = (struct loop_timer){ .fire = address_silent, .owner = connector };
}

static void close_socket(struct connector *connector)
{
	loop_timer_cancel(connector->loop, &connector->limit);
	loop_remove(connector->loop, &connector->source);
	if (connector->source.fd >= 0)
		close(connector->source.fd);
	connector->source.fd = -1;
}

void connector_cancel(struct connector *connector)
{
	close_socket(connector);
	if (connector->addresses != NULL)
		freeaddrinfo(connector->addresses);
	connector->addresses = connector->next = NULL;
}

static void note_failure(struct connector *connector, int system)
{
	err_sys(&connector->failure, system, "connect");
	/* whatever errno it was: the network, not a file of ours */
	connector->failure.code = ERR_IO;
}

static int open_socket(struct connector *connector, const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return errno;
	/* pongs and close frames are small and must not wait */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connector->source.fd = fd;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
		return errno;
	return loop_add(connector->loop, &connector->source, EPOLLOUT, &connector->failure) == 0 ? 0 : ENOMEM;
}

/* Begins with the next address that does not fail at once. False: none is left. */
static bool try_next(struct connector *connector)
{
	while (connector->next != NULL) {
		const struct addrinfo *address = connector->next;
		int system;

		connector->next = address->ai_next;
		system = open_socket(connector, address);
		if (system == 0) {
			if (connector->limit_ns != INT64_MAX)
				loop_timer_set(connector->loop, &connector->limit, clock_boottime_ns() + connector->limit_ns, NULL);
			return true;
		}
		close_socket(connector);
		note_failure(connector, system);
	}
	return false;
}

/* The present address has failed: on to the next one, or that was all. */
static void address_failed(struct connector *connector, int system)
{
	struct err err;

	close_socket(connector);
	note_failure(connector, system);
	if (try_next(connector))
		return;
	err = connector->failure;
	connector_cancel(connector);
	connector->done(connector, -1, &err);
}

static void address_silent(struct loop_timer *timer)
{
	address_failed(timer->owner, ETIMEDOUT);
}

static void socket_ready(struct loop_source *source, uint32_t events)
{
	struct connector *connector = source->owner;
	int fd = source->fd, system = 0;
	socklen_t size = sizeof(system);

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &system, &size) != 0)
		system = errno;
	if (system != 0) {
		address_failed(connector, system);
		return;
	}
	loop_remove(connector->loop, source);
	source->fd = -1;
	connector_cancel(connector);
	connector->done(connector, fd, NULL);
}

/* A share for each, so that the last one gets its turn before the session gives up. */
static int64_t share_of_each(const struct addrinfo *address)
{
	int64_t count = 0, share;

	for (; address != NULL; address = address->ai_next)
		count++;
	if (count < 2)
		return INT64_MAX;
	share = ALL_ADDRESSES_NS / count;
	return share > LEAST_NS ? share : LEAST_NS;
}

int connector_start(struct connector *connector, const char *host, uint16_t port, struct err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char service[8];
	int result;

	snprintf(service, sizeof(service), "%u", port);
	result = getaddrinfo(host, service, &hints, &connector->addresses);
	if (result != 0) {
		sandbox_give_way_names();
		connector->addresses = NULL;
		return err_set(err, ERR_IO, "the name \"%s\" cannot be resolved: %s", host, gai_strerror(result));
	}
	connector->next = connector->addresses;
	connector->limit_ns = share_of_each(connector->addresses);
	if (try_next(connector))
		return 0;
	if (err != NULL)
		*err = connector->failure;
	connector_cancel(connector);
	return ERR_IO;
}
