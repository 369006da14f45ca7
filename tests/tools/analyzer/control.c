#include "tests/tools/analyzer/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/tools/analyzer/command.h"

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

static void run_line(struct input *input, char *line)
{
	struct server *server = input->control->server;
	char name[64];
	char reply[ERR_MESSAGE_SIZE + 32];
	struct err err = { 0 };
	int error;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, " "), line);
	error = command_run(server, line, &err);
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
