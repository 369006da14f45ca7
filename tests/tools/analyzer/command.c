#include "tests/tools/analyzer/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/analyzer/connection.h"
#include "tests/tools/analyzer/subscriber.h"

struct command {
	const char *name;
	int (*run)(struct server *server, const char *argument, struct err *err);
};

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

static int command_topology(struct server *server, const char *argument, struct err *err)
{
	return topology_misbehave(server->topology, argument, err);
}

static int command_topology_delay(struct server *server, const char *argument, struct err *err)
{
	(void)err;
	server->topology_delay_ms = (unsigned)strtoul(argument, NULL, 10);
	return 0;
}

static int command_topology_log(struct server *server, const char *argument, struct err *err)
{
	return set_switch(&server->topology_log, argument, err);
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
		",\"subscribers\":%u,\"connections_ever\":%u,\"published\":%llu,\"topology_queries\":%llu,\"topology_most\":%u,\"queue_most\":%u",
		subscribers, server->last_id, (unsigned long long)server->publisher.serial,
		(unsigned long long)server->topology_queries, server->topology_most,
		server->queue_most);
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
	{ "topology", command_topology }, { "topology-delay", command_topology_delay }, { "topology-log", command_topology_log },
	{ "sync", command_sync }, { "state", command_state }, { "quit", command_quit },
};

int command_run(struct server *server, char *line, struct err *err)
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
