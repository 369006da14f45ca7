#include "tests/tools/analyzer/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/tools/analyzer/connection.h"
#include "tests/tools/analyzer/subscriber.h"

enum { LINE_MAX_BYTES = 4096 };

/* Where commands come from: stdin or one client of the Unix socket. */
struct input {
	struct control *control;
	struct input *next;
	struct loop_source source;
	char line[LINE_MAX_BYTES];
	size_t length;
};

struct control {
	struct server *server;
	struct loop_source listener;
	struct sockaddr_un address;
	struct input *inputs;
};

struct command {
	const char *name;
	int (*run)(struct server *server, const char *argument, struct err *err);
};

/* ---- what can be told ---- */

enum each { EACH_FIN, EACH_RESET, EACH_HALF, EACH_HANG };

static void each_subscriber(struct server *server, enum each what)
{
	struct connection *next;

	for (struct connection *c = server->connections; c != NULL; c = next) {
		struct connection *connection = c;

		next = c->next;
		if (c->state != CONNECTION_SUBSCRIBER)
			continue;
		if (what == EACH_FIN)
			connection_end(&connection, "abrupt close");
		else if (what == EACH_RESET)
			connection_reset(&connection, "reset");
		else if (what == EACH_HALF)
			subscriber_half_message(connection);
		else
			connection->hung = true;
		if (connection != NULL)
			connection_watch(connection);
	}
}

static int command_abrupt_close(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	each_subscriber(server, EACH_FIN);
	return 0;
}

static int command_reset(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	each_subscriber(server, EACH_RESET);
	return 0;
}

static int command_half_message(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	each_subscriber(server, EACH_HALF);
	return 0;
}

static int command_hang(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	each_subscriber(server, EACH_HANG);
	return 0;
}

static int command_close(struct server *server, const char *argument, struct err *err)
{
	unsigned long code = *argument != '\0' ? strtoul(argument, NULL, 10) : 1000;

	if (code > 65535)
		return err_set(err, ERR_INVALID, "no close code '%s'", argument);
	for (struct connection *c = server->connections; c != NULL; c = c->next)
		subscriber_close(c, (unsigned)code);
	return 0;
}

static int command_start(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	publisher_start(&server->publisher);
	return 0;
}

static int command_pause(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	publisher_pause(&server->publisher, true);
	return 0;
}

static int command_resume(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	publisher_pause(&server->publisher, false);
	return 0;
}

/* "on" and nothing are on, "off" is off. */
static int set_switch(bool *value, const char *argument, struct err *err)
{
	if (*argument != '\0' && strcmp(argument, "on") != 0 && strcmp(argument, "off") != 0)
		return err_set(err, ERR_INVALID, "'%s' is neither on nor off", argument);
	*value = strcmp(argument, "off") != 0;
	return 0;
}

static int command_silence(struct server *server, const char *argument, struct err *err)
{
	int error = set_switch(&server->silent, argument, err);

	publisher_pause(&server->publisher, server->publisher.paused);
	return error;
}

static int command_stop_pings(struct server *server, const char *argument, struct err *err)
{
	return set_switch(&server->no_pings, argument, err);
}

static int command_ignore_pongs(struct server *server, const char *argument, struct err *err)
{
	return set_switch(&server->ignore_pongs, argument, err);
}

static int command_garbage(struct server *server, const char *argument, struct err *err)
{
	unsigned long count = *argument != '\0' ? strtoul(argument, NULL, 10) : 1;
	int error = 0;

	while (error == 0 && count-- > 0)
		error = publisher_send_garbage(&server->publisher);
	return error != 0 ? err_set(err, error, "no memory") : 0;
}

static int command_send(struct server *server, const char *argument, struct err *err)
{
	size_t length = 0;
	char *text = file_read(argument, &length, err);
	char *rest = text;
	char *line;
	int error = 0;

	if (text == NULL)
		return err->code;
	while (error == 0 && (line = strsep(&rest, "\n")) != NULL) {
		if (*line != '\0')
			error = publisher_send_raw(&server->publisher, "flow", line, strlen(line));
	}
	free(text);
	return error != 0 ? err_set(err, error, "no memory") : 0;
}

static int command_stats_drop(struct server *server, const char *argument, struct err *err)
{
	unsigned long count = strtoul(argument, NULL, 10);
	char text[512];

	snprintf(text, sizeof(text),
		"{\"Namespace\":\"stats\",\"Type\":\"stats\",\"UUID\":\"7be85534-9726-4c10-9f21-c8feb6ac61b0\",\"Status\":200,"
		"\"Obj\":{\"CaptureID\":\"4246e3f2-efd5-4442-9837-a52e1714da48\",\"FlowCount\":23,\"FlowDropped\":%lu,"
		"\"KernelFlowDropped\":0,\"PacketsDropped\":0,\"PacketsReceived\":4339}}", count);
	if (publisher_send_raw(&server->publisher, "stats", text, strlen(text)) != 0)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	return 0;
}

static int command_refuse(struct server *server, const char *argument, struct err *err)
{
	int status = 0;
	unsigned count = 1;

	if (sscanf(argument, "%d %u", &status, &count) < 1 || status < 200 || status > 599)
		return err_set(err, ERR_INVALID, "refuse STATUS [COUNT]");
	server->refuse_status = status;
	server->refuse_count = count;
	return 0;
}

static int command_sync(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	for (struct connection *c = server->connections; c != NULL; c = c->next)
		subscriber_sync(c);
	return 0;
}

/* As if a subscriber had disconnected that nobody here knows. */
static int command_forget(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	publisher_disconnected(&server->publisher);
	return 0;
}

static int command_state(struct server *server, const char *argument, struct err *err)
{
	unsigned subscribers = 0;

	(void)argument;
	(void)err;
	for (struct connection *c = server->connections; c != NULL; c = c->next) {
		subscribers += c->state == CONNECTION_SUBSCRIBER;
		history_written(server->history, c->id, &c->written);
	}
	history_event(server->history, "state",
		",\"subscribers\":%u,\"connections_ever\":%u,\"published\":%llu,\"topology_queries\":%llu", subscribers,
		server->last_id, (unsigned long long)server->publisher.serial,
		(unsigned long long)server->topology_queries);
	return 0;
}

static int command_quit(struct server *server, const char *argument, struct err *err)
{
	(void)argument;
	(void)err;
	loop_stop(server->loop);
	return 0;
}

static const struct command commands[] = {
	{ "abrupt-close", command_abrupt_close }, { "reset", command_reset }, { "half-message", command_half_message },
	{ "hang", command_hang }, { "close", command_close }, { "start", command_start }, { "pause", command_pause },
	{ "resume", command_resume }, { "silence", command_silence }, { "stop-pings", command_stop_pings },
	{ "ignore-pongs", command_ignore_pongs }, { "garbage", command_garbage }, { "send", command_send },
	{ "stats-drop", command_stats_drop }, { "refuse", command_refuse }, { "forget", command_forget },
	{ "sync", command_sync }, { "state", command_state }, { "quit", command_quit },
};

/* ---- lines ---- */

static int run_command(struct server *server, char *line, struct err *err)
{
	char *argument = line + strcspn(line, " ");

	if (*argument != '\0')
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(line, commands[i].name) == 0)
			return commands[i].run(server, argument, err);
	}
	return err_set(err, ERR_NOT_FOUND, "no command '%s'", line);
}

static void run_line(struct input *input, char *line)
{
	struct server *server = input->control->server;
	char name[64];
	char reply[ERR_MESSAGE_SIZE + 32];
	struct err err = { 0 };
	int error;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " "), line);
	error = run_command(server, line, &err);
	history_event(server->history, "command", ",\"name\":\"%s\",\"error\":\"%s\"", name,
		error != 0 ? history_escape(err.message) : "");
	if (input->source.fd == STDIN_FILENO)
		return;
	snprintf(reply, sizeof(reply), "%s%s\n", error != 0 ? "error: " : "ok", error != 0 ? err.message : "");
	if (send(input->source.fd, reply, strlen(reply), MSG_NOSIGNAL) < 0)
		log_debug("a reply was not read");
}

static void input_free(struct input *input)
{
	struct input **at = &input->control->inputs;

	while (*at != input)
		at = &(*at)->next;
	*at = input->next;
	loop_remove(input->control->server->loop, &input->source);
	if (input->source.fd != STDIN_FILENO)
		close(input->source.fd);
	free(input);
}

static void input_ready(struct loop_source *source, uint32_t events)
{
	struct input *input = source->owner;
	ssize_t got = read(source->fd, input->line + input->length, sizeof(input->line) - 1 - input->length);
	char *end;

	(void)events;
	if (got <= 0) {
		if (got == 0 || errno != EAGAIN)
			input_free(input);
		return;
	}
	input->length += (size_t)got;
	while ((end = memchr(input->line, '\n', input->length)) != NULL) {
		size_t used = (size_t)(end + 1 - input->line);

		*end = '\0';
		run_line(input, input->line);
		memmove(input->line, end + 1, input->length - used);
		input->length -= used;
	}
	if (input->length == sizeof(input->line) - 1)
		input->length = 0;
}

static int input_new(struct control *control, int fd, struct err *err)
{
	struct input *input = calloc(1, sizeof(*input));

	if (input == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	input->control = control;
	input->source = (struct loop_source){ .fd = fd, .ready = input_ready, .owner = input };
	input->next = control->inputs;
	control->inputs = input;
	return loop_add(control->server->loop, &input->source, EPOLLIN, err);
}

static void accept_one(struct loop_source *source, uint32_t events)
{
	struct control *control = source->owner;
	int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0 && input_new(control, fd, NULL) != 0)
		close(fd);
}

static int listen_unix(struct control *control, const char *path, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	control->listener.fd = fd;
	control->address.sun_family = AF_UNIX;
	snprintf(control->address.sun_path, sizeof(control->address.sun_path), "%s", path);
	if (strlen(path) >= sizeof(control->address.sun_path))
		return err_set(err, ERR_CONFIG, "%s: longer than a Unix socket's name can be", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&control->address, sizeof(control->address)) != 0 ||
		listen(fd, 8) != 0)
		return err_sys(err, errno, "%s", path);
	return loop_add(control->server->loop, &control->listener, EPOLLIN, err);
}

int control_open(struct control **control, struct server *server, const char *path, struct err *err)
{
	*control = calloc(1, sizeof(**control));
	if (*control == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory");
	(*control)->server = server;
	(*control)->listener = (struct loop_source){ .fd = -1, .ready = accept_one, .owner = *control };
	/* stdin may be a file or /dev/null, which cannot be waited for: then there are no commands from it */
	if (input_new(*control, STDIN_FILENO, NULL) != 0)
		input_free((*control)->inputs);
	return path != NULL ? listen_unix(*control, path, err) : 0;
}

void control_close(struct control **control)
{
	if (*control == NULL)
		return;
	while ((*control)->inputs != NULL)
		input_free((*control)->inputs);
	loop_remove((*control)->server->loop, &(*control)->listener);
	if ((*control)->listener.fd >= 0) {
		close((*control)->listener.fd);
		unlink((*control)->address.sun_path);
	}
	free(*control);
	*control = NULL;
}
