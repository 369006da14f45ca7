#include "tests/tools/analyzer/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "tests/tools/analyzer/connection.h"

enum { REPORT_MS = 500, SEND_BUFFER = 4 << 20 };

int server_listen(const struct options *options, int *port, struct err *err)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options->port) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return err_sys(err, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, options->address, &address.sin_addr) != 1)
		err_set(err, ERR_CONFIG, "--address %s is no IPv4 address", options->address);
	else if (bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 128) != 0)
		err_sys(err, errno, "%s:%d", options->address, options->port);
	else if (getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
		*port = ntohs(address.sin_port);
		return fd;
	}
	close(fd);
	return err->code;
}

static bool require_client_certificate(SSL_CTX *tls, const char *authority)
{
	if (authority == NULL)
		return true;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return SSL_CTX_load_verify_locations(tls, authority, NULL) == 1;
}

SSL_CTX *server_tls(const struct options *options, struct err *err)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls != NULL && SSL_CTX_use_certificate_chain_file(tls, options->cert) == 1 &&
		SSL_CTX_use_PrivateKey_file(tls, options->key, SSL_FILETYPE_PEM) == 1 &&
		require_client_certificate(tls, options->client_ca)) {
		/* what is offered again after a full socket may have moved in memory */
		SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		return tls;
	}
	err_set(err, ERR_TLS, "%s, %s: %s", options->cert, options->key, ERR_reason_error_string(ERR_get_error()));
	SSL_CTX_free(tls);
	return NULL;
}

static void accept_all(struct loop_source *source, uint32_t events)
{
	struct server *server = source->owner;
	int fd;

	(void)events;
	while ((fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (connection_new(server, fd) == NULL)
			close(fd);
	}
}

static void report(struct loop_timer *timer)
{
	struct server *server = timer->owner;

	for (struct connection *c = server->connections; c != NULL; c = c->next)
		history_written(server->history, c->id, &c->written);
	loop_timer_set(server->loop, timer, loop_now(server->loop) + REPORT_MS * NS_PER_MS, NULL);
}

static int load(struct server *server, struct err *err)
{
	const struct options *options = server->options;
	struct recording_style style = { options->identity, options->retime };
	int error = topology_new(&server->topology, err);

	for (unsigned i = 0; error == 0 && i < options->recording_count; i++)
		error = recording_load(&server->recording, options->recordings[i], &style, err);
	for (unsigned i = 0; error == 0 && i < options->topology_count; i++)
		error = topology_load(server->topology, options->topologies[i], err);
	if (error == 0 && (options->real_pace || options->retime) && !server->recording.timed)
		error = err_set(err, ERR_CONFIG, "--real-pace and --retime need NAME.meta.json beside each recording");
	return error;
}

int server_start(struct server *server, const struct options *options, struct loop *loop, struct err *err)
{
	int port = 0;
	int error;

	*server = (struct server){ .options = options, .loop = loop, .listener.fd = -1,
		.style = { options->identity, options->retime } };
	publisher_init(&server->publisher, server);
	error = history_open(&server->history, options->log, err);
	if (error == 0)
		error = load(server, err);
	if (error == 0 && options->cert != NULL && (server->tls = server_tls(options, err)) == NULL)
		error = err->code;
	if (error != 0)
		return error;
	server->listener = (struct loop_source){ .ready = accept_all, .owner = server };
	server->listener.fd = server_listen(options, &port, err);
	if (server->listener.fd < 0 || loop_add(loop, &server->listener, EPOLLIN, err) != 0)
		return err->code;
	server->report = (struct loop_timer){ .fire = report, .owner = server };
	report(&server->report);
	history_event(server->history, "listening", ",\"port\":%d,\"messages\":%zu,\"flows\":%llu", port,
		server->recording.count, (unsigned long long)server->recording.flow_count);
	return 0;
}

void server_stop(struct server *server)
{
	while (server->connections != NULL) {
		struct connection *connection = server->connections;

		connection_end(&connection, "simulator stopped");
	}
	publisher_fini(&server->publisher);
	loop_timer_cancel(server->loop, &server->report);
	loop_remove(server->loop, &server->listener);
	if (server->listener.fd >= 0)
		close(server->listener.fd);
	SSL_CTX_free(server->tls);
	recording_fini(&server->recording);
	topology_free(&server->topology);
	history_free(&server->history);
}
