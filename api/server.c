#include "api/server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/server_private.h"
#include "common/clock.h"

enum { SHUTDOWN_ROUNDS = 3, REQUEST_DEADLINE_MS = 10 * 1000, IDLE_MS = 60 * 1000, DRAIN_STEP_MS = 20 };

static void free_tls(struct api_tls *tls)
{
	free((char *)tls->cert_file);
	free((char *)tls->key_file);
	*tls = (struct api_tls){ 0 };
}

static int copy_tls(struct api_tls *copy, const struct api_tls *tls, struct err *err)
{
	*copy = (struct api_tls){ 0 };
	if (tls->cert_file == NULL)
		return 0;
	copy->cert_file = strdup(tls->cert_file);
	copy->key_file = strdup(tls->key_file);
	if (copy->cert_file != NULL && copy->key_file != NULL)
		return 0;
	free_tls(copy);
	return err_set(err, ERR_NO_MEMORY, "no memory for the HTTP server");
}

int api_server_new(struct api_server **result, const struct api_server_options *options, struct err *err)
{
	struct api_server *server = calloc(1, sizeof(*server));
	int64_t deadline_ms = options->request_deadline_ms > 0 ? options->request_deadline_ms : REQUEST_DEADLINE_MS;
	int64_t idle_ms = options->idle_ms > 0 ? options->idle_ms : IDLE_MS;
	int error;

	*result = NULL;
	if (server == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for the HTTP server");
	server->loop = options->loop;
	server->context.ops = options->ops;
	server->context.routes = api_routes;
	server->context.host_names = options->host_names;
	server->context.large = &server->large;
	server->request_deadline_ns = deadline_ms * NS_PER_MS;
	server->idle_ns = idle_ms * NS_PER_MS;
	server->sweep = (struct loop_timer){ .fire = sweep_fire, .owner = server };
	server->ask = (struct loop_timer){ .fire = pending_changed, .owner = server };
	error = copy_tls(&server->tls, &options->tls, err);
	if (error == 0)
		error = sessions_new(&server->context.sessions, err);
	if (error == 0)
		error = throttle_new(&server->context.throttle, err);
	if (error == 0)
		*result = server;
	else
		api_server_free(&server);
	return error;
}

static void close_listener(struct listener *listener)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
	if (listener->path != NULL)
		unlink(listener->path);
	free(listener->path);
	listener->path = NULL;
}

static void stop_listener(struct listener *listener)
{
	while (listener->daemons != NULL)
		daemon_stop(listener->daemons);
	close_listener(listener);
	free(listener);
}

void api_server_free(struct api_server **pointer)
{
	struct api_server *server = *pointer;
	struct listener *next;

	if (server == NULL)
		return;
	*pointer = NULL;
	server->draining = true;
	pending_ask_all(server, true);
	stream_end_all(server);
	for (struct listener *listener = server->listeners; listener != NULL; listener = next) {
		next = listener->next;
		/* a daemon with a suspended connection cannot be stopped: those just resumed are taken back by this */
		for (struct daemon *daemon = listener->daemons; daemon != NULL; daemon = daemon->next) {
			for (int i = 0; i < SHUTDOWN_ROUNDS; i++)
				MHD_run(daemon->http);
		}
		stop_listener(listener);
	}
	loop_timer_cancel(server->loop, &server->sweep);
	loop_timer_cancel(server->loop, &server->ask);
	loop_timer_cancel(server->loop, &server->drained);
	sessions_free(&server->context.sessions);
	throttle_free(&server->context.throttle);
	free_tls(&server->tls);
	free(server);
}

/* ---- listening ---- */

/* fd is taken over. path: of a Unix socket to remove at the end, or NULL. */
static int serve(struct api_server *server, int fd, const char *path, struct err *err)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	struct listener **last = &server->listeners;
	struct tls_text tls;
	struct daemon *daemon;
	int error;

	if (listener == NULL) {
		close(fd);
		return err_set(err, ERR_NO_MEMORY, "no memory to listen");
	}
	listener->server = server;
	listener->fd = fd;
	listener->path = path != NULL ? strdup(path) : NULL;
	listener->local = socket_name(fd, listener->address);
	error = tls_read(&server->tls, &tls, err);
	if (error == 0)
		error = daemon_start(listener, &tls, &daemon, err);
	tls_fini(&tls);
	if (error != 0) {
		stop_listener(listener);
		return error;
	}
	while (*last != NULL)
		last = &(*last)->next;
	*last = listener;
	return 0;
}

int api_server_listen(struct api_server *server, const char *address, struct err *err)
{
	int fd;
	int error = socket_open_tcp(address, &fd, err);

	return error != 0 ? error : serve(server, fd, NULL, err);
}

int api_server_listen_unix(struct api_server *server, const char *path, struct err *err)
{
	int fd;
	int error = socket_open_unix(path, &fd, err);

	return error != 0 ? error : serve(server, fd, path, err);
}

int api_server_adopt(struct api_server *server, int fd, struct err *err)
{
	char address[ADDRESS_SIZE];
	bool local = socket_name(fd, address);

	return serve(server, fd, local ? address : NULL, err);
}

json_t *api_server_sessions(const struct api_server *server)
{
	return sessions_give(server->context.sessions, loop_now(server->loop));
}

void api_server_take_sessions(struct api_server *server, const json_t *list)
{
	sessions_take(server->context.sessions, list);
}

int api_server_listener(const struct api_server *server, size_t index, const char **address)
{
	const struct listener *listener = server->listeners;

	while (listener != NULL && index-- > 0)
		listener = listener->next;
	if (listener == NULL)
		return -1;
	*address = listener->address;
	return listener->fd;
}

/* ---- new certificates ---- */

/* The daemons that the reload began with are put behind: each serves what it has, and accepts no more. */
static void retire(struct listener *listener)
{
	struct daemon *next;

	for (struct daemon *daemon = listener->daemons->next; daemon != NULL; daemon = next) {
		next = daemon->next;
		daemon_quiet(daemon);
		if (daemon_connections(daemon) == 0)
			daemon_stop(daemon);
	}
}

static int serve_anew(struct api_server *server, const struct tls_text *tls, struct err *err)
{
	struct listener *listener;
	struct daemon *daemon;
	int error = 0;

	for (listener = server->listeners; listener != NULL && error == 0; listener = listener->next) {
		if (!listener->local)
			error = daemon_start(listener, tls, &daemon, err);
		if (error != 0)
			break;
	}
	/* all or none: those that did start go again */
	for (struct listener *other = server->listeners; other != listener; other = other->next) {
		if (other->local)
			continue;
		if (error != 0)
			daemon_stop(other->daemons);
		else
			retire(other);
	}
	return error;
}

int api_server_reload(struct api_server *server, const struct api_tls *tls, struct err *err)
{
	struct api_tls files;
	struct tls_text text = { 0 };
	int error = copy_tls(&files, tls != NULL ? tls : &server->tls, err);

	if (error == 0)
		error = tls_read(&files, &text, err);
	if (error == 0 && text.cert != NULL)
		error = serve_anew(server, &text, err);
	if (error == 0) {
		free_tls(&server->tls);
		server->tls = files;
	} else {
		free_tls(&files);
	}
	tls_fini(&text);
	return error;
}

/* ---- draining ---- */

static bool is_busy(const struct api_server *server)
{
	for (const struct connection *connection = server->connections; connection != NULL; connection = connection->next) {
		if (connection->step != STEP_IDLE)
			return true;
	}
	return false;
}

static void on_drain(struct loop_timer *timer)
{
	struct api_server *server = timer->owner;
	int64_t now_ns = loop_now(server->loop);

	if (server->wait_until_ns != 0 && now_ns >= server->wait_until_ns)
		pending_ask_all(server, true);
	if (is_busy(server) && now_ns < server->drain_until_ns)
		loop_timer_set(server->loop, timer, now_ns + DRAIN_STEP_MS * NS_PER_MS, NULL);
	else
		server->drain_done(server->drain_owner);
}

int api_server_pause(struct api_server *server, int64_t limit_ms, void (*done)(void *owner), void *owner, struct err *err)
{
	int64_t now_ns = loop_now(server->loop);

	server->draining = true;
	server->drain_done = done;
	server->drain_owner = owner;
	server->drain_until_ns = now_ns + limit_ms * NS_PER_MS;
	server->wait_until_ns = now_ns + limit_ms * NS_PER_MS / 2;
	server->drained.fire = on_drain;
	server->drained.owner = server;
	/* they would never end by themselves; their clients come back */
	stream_end_all(server);
	for (struct listener *listener = server->listeners; listener != NULL; listener = listener->next) {
		for (struct daemon *daemon = listener->daemons; daemon != NULL; daemon = daemon->next)
			daemon_quiet(daemon);
	}
	return loop_timer_set(server->loop, &server->drained, 0, err);
}

int api_server_drain(struct api_server *server, int64_t limit_ms, void (*done)(void *owner), void *owner, struct err *err)
{
	int error = api_server_pause(server, limit_ms, done, owner, err);

	server->wait_until_ns = 0;
	for (struct listener *listener = server->listeners; listener != NULL; listener = listener->next)
		close_listener(listener);
	return error;
}

int api_server_resume(struct api_server *server, struct err *err)
{
	struct tls_text tls;
	struct daemon *daemon;
	int error = tls_read(&server->tls, &tls, err);

	loop_timer_cancel(server->loop, &server->drained);
	for (struct listener *listener = server->listeners; listener != NULL && error == 0; listener = listener->next) {
		if (listener->daemons != NULL && !listener->daemons->quiet)
			continue;
		error = daemon_start(listener, &tls, &daemon, err);
		if (error == 0)
			retire(listener);
	}
	tls_fini(&tls);
	server->draining = error != 0;
	return error;
}
