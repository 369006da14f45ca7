#include "worker/prometheus/server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/prometheus/interfaces.h"
#include "worker/prometheus/mhd_api.h"
#include "worker/prometheus/page.h"

enum {
	BACKLOG = 64, CONNECTIONS_AT_ONCE = 64, OF_ONE_ADDRESS = 32, HEAD_MAX = 16 * 1024, PIECE = 16 * 1024,
	PATIENCE_MS = 10 * 1000, PAGE_MS = 60 * 1000, LOOK_MS = 1000,
};

/* A client's connection. */
struct visitor {
	int fd;                               /* the library's */
	int64_t moved_ns, asked_ns;           /* CLOCK_BOOTTIME: when it last got on, and asked */
	struct visitor *next, **link;
};

/* A request for the page. */
struct reading {
	struct page page;
	struct interfaces_text *interfaces;   /* behind the page's connections: as of when it was begun */
	size_t used;
	struct visitor *visitor;
};

struct page_server {
	struct loop *loop;
	const struct connections *connections;
	struct topology *topology;
	struct interfaces_text *interfaces;   /* that were read last; NULL: nobody reads */
	const struct mhd_api *mhd;
	struct MHD_Daemon *daemon;
	struct loop_source source;
	struct loop_timer timer, look;
	struct visitor *visitors;
};

/* ---- the socket ---- */

static int refused(const char *address, uint32_t port, int number, struct err *err)
{
	int code = number == EADDRINUSE ? ERR_BUSY : number == EACCES || number == EPERM ? ERR_DENIED : ERR_IO;

	return err_set(err, code, "listening at %s port %u: %s", address[0] != '\0' ? address : "all addresses", port,
		strerror(number));
}

static int try_address(const struct addrinfo *info)
{
	const int on = 1, off = 0;
	int number, fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* "::" takes IPv4 as well */
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

int page_listen(const char *address, uint32_t port, int *fd, struct err *err)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char service[16];
	int number = EADDRNOTAVAIL, wrong;

	snprintf(service, sizeof(service), "%u", port);
	*fd = -1;
	/* without an address "::" is tried, and where there is no IPv6 0.0.0.0 */
	wrong = getaddrinfo(address[0] != '\0' ? address : "::", service, &hints, &found);
	if (wrong == EAI_MEMORY)
		return err_set(err, ERR_NO_MEMORY, "no memory for an address");
	if (wrong != 0)
		return err_set(err, ERR_CONFIG, "\"%s\" is no address to listen at", address);
	*fd = try_address(found);
	number = errno;
	freeaddrinfo(found);
	if (*fd < 0 && address[0] == '\0' && (number == EAFNOSUPPORT || number == EADDRNOTAVAIL))
		return page_listen("0.0.0.0", port, fd, err);
	return *fd >= 0 ? 0 : refused(address, port, number, err);
}

/* ---- clients ---- */

static void visit(void *owner, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
	struct page_server *server = owner;
	struct visitor *visitor = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		visitor = *context = calloc(1, sizeof(*visitor));
		if (visitor == NULL)
			return;
		visitor->fd = server->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		visitor->moved_ns = visitor->asked_ns = clock_boottime_ns();
		visitor->next = server->visitors;
		visitor->link = &server->visitors;
		if (visitor->next != NULL)
			visitor->next->link = &visitor->next;
		server->visitors = visitor;
		if (server->look.position == 0)
			loop_timer_set(server->loop, &server->look, visitor->moved_ns + LOOK_MS * NS_PER_MS, NULL);
	} else if (visitor != NULL) {
		*visitor->link = visitor->next;
		if (visitor->next != NULL)
			visitor->next->link = visitor->link;
		free(visitor);
		*context = NULL;
	}
}

static void run(struct page_server *server)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	server->mhd->run(server->daemon);
	if (server->mhd->get_timeout(server->daemon, &wait_ms) == MHD_YES)
		loop_timer_set(server->loop, &server->timer, clock_boottime_ns() + (int64_t)wait_ms * NS_PER_MS, NULL);
}

/* Ends those that do not get on: the library counts silence only, and a client that drips would stay for ever. */
static void look(struct loop_timer *timer)
{
	struct page_server *server = timer->owner;
	int64_t now_ns = clock_boottime_ns();

	for (struct visitor *visitor = server->visitors; visitor != NULL; visitor = visitor->next) {
		if (now_ns - visitor->moved_ns >= PATIENCE_MS * NS_PER_MS || now_ns - visitor->asked_ns >= PAGE_MS * NS_PER_MS)
			shutdown(visitor->fd, SHUT_RDWR);
	}
	run(server);
	if (server->visitors != NULL)
		loop_timer_set(server->loop, timer, now_ns + LOOK_MS * NS_PER_MS, NULL);
	else
		interfaces_let_go(&server->interfaces);
}

/* ---- requests ---- */

static size_t next_of_interfaces(struct reading *reading, char *bytes, size_t size)
{
	const struct buffer *text = &reading->interfaces->bytes;
	size_t left = text->length - reading->used;

	if (left > size)
		left = size;
	if (left > 0)
		memcpy(bytes, text->bytes + reading->used, left);
	reading->used += left;
	return left;
}

static void end_reading(void *owner)
{
	struct reading *reading = owner;

	interfaces_let_go(&reading->interfaces);
	free(reading);
}

static ssize_t read_page(void *owner, uint64_t position, char *bytes, size_t size)
{
	struct reading *reading = owner;
	size_t length = page_next(&reading->page, bytes, size);

	if (length == 0)
		length = next_of_interfaces(reading, bytes, size);
	(void)position;
	if (reading->visitor != NULL)
		reading->visitor->moved_ns = clock_boottime_ns();
	return length > 0 ? (ssize_t)length : MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result answer(struct page_server *server, struct MHD_Connection *connection, unsigned status,
	struct MHD_Response *response, const char *type)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	server->mhd->add_response_header(response, "Content-Type", type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		server->mhd->add_response_header(response, "Allow", "GET, HEAD");
	result = server->mhd->queue_response(connection, status, response);
	server->mhd->destroy_response(response);
	return result;
}

static enum MHD_Result say(struct page_server *server, struct MHD_Connection *connection, unsigned status, const char *text)
{
	return answer(server, connection, status, server->mhd->create_response_from_buffer(strlen(text),
		(void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT), "text/plain; charset=utf-8");
}

static enum MHD_Result show_page(struct page_server *server, struct MHD_Connection *connection, struct visitor *visitor)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct topology_interfaces interfaces = { 0 };

	if (reading == NULL)
		return MHD_NO;
	if (server->topology != NULL)
		topology_interfaces(server->topology, clock_boottime_ns(), &interfaces);
	reading->interfaces = interfaces_share(&server->interfaces, &interfaces);
	if (reading->interfaces == NULL) {
		free(reading);
		return MHD_NO;
	}
	page_begin(&reading->page, server->connections, clock_boottime_ns());
	reading->visitor = visitor;
	return answer(server, connection, MHD_HTTP_OK, server->mhd->create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE,
		read_page, reading, end_reading), "text/plain; version=0.0.4; charset=utf-8");
}

/* Called first when the head is there, where an answer ends the connection, and again when all is. */
static enum MHD_Result handle(void *owner, struct MHD_Connection *connection, const char *path, const char *method,
	const char *version, const char *body, size_t *body_length, void **seen)
{
	static int once;
	struct page_server *server = owner;
	const union MHD_ConnectionInfo *info = server->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visitor *visitor = info != NULL ? info->socket_context : NULL;

	(void)version;
	(void)body;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(server, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "This page can be read and nothing else.\n");
	if (*seen == NULL) {
		*seen = &once;
		return MHD_YES;
	}
	/* a GET has no use for a body: what comes is thrown away, as long as there is patience for it */
	if (*body_length > 0) {
		*body_length = 0;
		return MHD_YES;
	}
	if (visitor != NULL)
		visitor->moved_ns = visitor->asked_ns = clock_boottime_ns();
	if (strcmp(path, "/metrics") != 0)
		return say(server, connection, MHD_HTTP_NOT_FOUND, "The figures are at /metrics.\n");
	return show_page(server, connection, visitor);
}

/* ---- the server ---- */

static void ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	run(source->owner);
}

static void timer_fired(struct loop_timer *timer)
{
	run(timer->owner);
}

static int start(struct page_server *server, int fd, struct err *err)
{
	const union MHD_DaemonInfo *info;

	/* a start that fails closes the socket */
	server->daemon = server->mhd->start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, server,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_AT_ONCE,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)OF_ONE_ADDRESS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX * 2,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(PATIENCE_MS / 1000), MHD_OPTION_NOTIFY_CONNECTION, visit, server,
		MHD_OPTION_END);
	if (server->daemon == NULL)
		return err_set(err, ERR_IO, "the HTTP server does not start");
	info = server->mhd->get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	server->source = (struct loop_source){ .fd = info->epoll_fd, .ready = ready, .owner = server };
	return loop_add(server->loop, &server->source, EPOLLIN, err);
}

int page_server_new(struct page_server **out, struct loop *loop, const struct connections *connections,
	struct topology *topology, int fd, struct err *err)
{
	const struct mhd_api *mhd = mhd_api_load(err);
	struct page_server *server = *out = mhd != NULL ? calloc(1, sizeof(*server)) : NULL;
	int error;

	if (server == NULL) {
		close(fd);
		return mhd == NULL ? ERR_UNSUPPORTED : err_set(err, ERR_NO_MEMORY, "no memory for an HTTP server");
	}
	*server = (struct page_server){ .loop = loop, .connections = connections, .topology = topology,
		.mhd = mhd };
	server->timer = (struct loop_timer){ .fire = timer_fired, .owner = server };
	server->look = (struct loop_timer){ .fire = look, .owner = server };
	error = start(server, fd, err);
	if (error != 0)
		page_server_free(out);
	return error;
}

void page_server_free(struct page_server **out)
{
	struct page_server *server = *out;

	if (server == NULL)
		return;
	*out = NULL;
	if (server->source.owner != NULL)
		loop_remove(server->loop, &server->source);
	if (server->daemon != NULL)
		server->mhd->stop_daemon(server->daemon);
	loop_timer_cancel(server->loop, &server->timer);
	loop_timer_cancel(server->loop, &server->look);
	interfaces_let_go(&server->interfaces);
	free(server);
}
