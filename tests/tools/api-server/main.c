/* api-test-server: the API over real sockets, on a supervisor of dicts.
 *
 *     api-test-server [--listen ADDRESS] … [--socket PATH] [--tls CERT KEY] [--deadline MS] [--idle MS]
 *
 * It says on stdout what happens and takes lines on stdin: finish (all that is pending), full, ready, not-ready, reload,
 * event TEXT, flood, end (the streams), drain. It exits when stdin ends. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/exchange.h"
#include "api/server_private.h"
#include "api/stream.h"
#include "common/log.h"
#include "fake.h"

enum { STREAMS_MAX = 256, ROUTES_MAX = 80, LINE_MAX_SIZE = 4096 };

static struct server_under_test {
	struct loop *loop;
	struct api_server *server;
	struct fake fake;
	struct api_ops ops;
	struct loop_source input;
	char line[LINE_MAX_SIZE];
	size_t used;
	struct api_stream *streams[STREAMS_MAX];
	struct route routes[ROUTES_MAX];
} test;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* ---- a route with a stream: GET /test/stream ---- */

static void on_closed(void *owner)
{
	*(struct api_stream **)owner = NULL;
	say("stream closed");
}

static int handle_stream(struct exchange *exchange)
{
	struct api_stream **place = test.streams;

	while (*place != NULL && place < test.streams + STREAMS_MAX - 1)
		place++;
	if (api_stream_new(place, NULL) != 0)
		return answer_unavailable(&exchange->answer, "memory", 1, "no memory");
	api_stream_owner(*place, on_closed, place);
	exchange->reply.content_type = "text/event-stream";
	exchange->reply.stream = *place;
	say("stream opened");
	return 0;
}

static void add_routes(void)
{
	size_t count = 0;

	while (api_routes[count].pattern != NULL && count < ROUTES_MAX - 2) {
		test.routes[count] = api_routes[count];
		count++;
	}
	test.routes[count] = (struct route){ METHOD_GET, "/test/stream", API_ROLE_VIEWER, 0, 0, handle_stream, NULL };
	test.server->context.routes = test.routes;
}

static void send_all(const char *text, unsigned times)
{
	for (unsigned k = 0; k < times; k++) {
		for (size_t i = 0; i < STREAMS_MAX; i++) {
			if (test.streams[i] != NULL)
				api_stream_event(test.streams[i], "7", "test", text);
		}
	}
}

static void end_all(void)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		if (test.streams[i] != NULL)
			api_stream_end(test.streams[i]);
		test.streams[i] = NULL;
	}
}

/* ---- lines on stdin ---- */

static void on_drained(void *owner)
{
	(void)owner;
	say("drained");
	loop_stop(test.loop);
}

static void reload(void)
{
	struct err err;

	if (api_server_reload(test.server, NULL, &err) == 0)
		say("reloaded");
	else
		say("reload failed: %s", err.message);
}

static void take_line(const char *line)
{
	if (strcmp(line, "finish") == 0) {
		fake_finish(&test.fake);
		api_server_changed(test.server);
	} else if (strcmp(line, "full") == 0) {
		test.fake.full = true;
	} else if (strcmp(line, "ready") == 0 || strcmp(line, "not-ready") == 0) {
		test.fake.ready = line[0] == 'r';
	} else if (strcmp(line, "reload") == 0) {
		reload();
		return;
	} else if (strncmp(line, "event ", 6) == 0) {
		send_all(line + 6, 1);
	} else if (strcmp(line, "flood") == 0) {
		static char big[8192];

		memset(big, 'x', sizeof(big) - 1);
		send_all(big, 2000);
	} else if (strcmp(line, "end") == 0) {
		end_all();
	} else if (strcmp(line, "drain") == 0) {
		api_server_drain(test.server, 5000, on_drained, NULL, NULL);
	}
	say("done %s", line);
}

static void on_input(struct loop_source *source, uint32_t events)
{
	ssize_t got = read(source->fd, test.line + test.used, sizeof(test.line) - test.used - 1);
	char *end;

	(void)events;
	if (got <= 0) {
		loop_remove(test.loop, source);
		loop_stop(test.loop);
		return;
	}
	test.used += (size_t)got;
	test.line[test.used] = '\0';
	while ((end = strchr(test.line, '\n')) != NULL) {
		*end = '\0';
		take_line(test.line);
		test.used -= (size_t)(end + 1 - test.line);
		memmove(test.line, end + 1, test.used + 1);
	}
}

/* ---- start ---- */

static int listen_all(int argc, char **argv, struct err *err)
{
	const char *address;
	int error = 0;

	for (int i = 1; i + 1 < argc && error == 0; i++) {
		if (strcmp(argv[i], "--listen") == 0)
			error = api_server_listen(test.server, argv[++i], err);
		else if (strcmp(argv[i], "--socket") == 0)
			error = api_server_listen_unix(test.server, argv[++i], err);
	}
	for (size_t i = 0; error == 0 && api_server_listener(test.server, i, &address) >= 0; i++)
		say("listening %s", address);
	return error;
}

static int start(int argc, char **argv, struct err *err)
{
	struct api_server_options options = { .ops = &test.ops };
	int error = loop_new(&test.loop, err);

	options.loop = test.loop;
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--tls") == 0 && i + 2 < argc)
			options.tls = (struct api_tls){ argv[i + 1], argv[i + 2] };
		else if (strcmp(argv[i], "--deadline") == 0)
			options.request_deadline_ms = strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--idle") == 0)
			options.idle_ms = strtol(argv[i + 1], NULL, 10);
	}
	fake_init(&test.fake);
	fake_ops(&test.fake, &test.ops);
	test.fake.said = say;
	if (error == 0)
		error = api_server_new(&test.server, &options, err);
	if (error != 0)
		return error;
	add_routes();
	error = listen_all(argc, argv, err);
	if (error != 0)
		return error;
	test.input = (struct loop_source){ .fd = STDIN_FILENO, .ready = on_input };
	return loop_add(test.loop, &test.input, EPOLLIN, err);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 0 };
	struct err err = { 0 };
	int error;

	log_init("api-test-server", "", LOG_WARN);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	error = start(argc, argv, &err);
	if (error == 0)
		error = loop_run(test.loop, &err);
	if (error != 0)
		fprintf(stderr, "%s\n", err.message);
	end_all();
	api_server_free(&test.server);
	fake_fini(&test.fake);
	loop_free(&test.loop);
	return error != 0;
}
