#include "supervisor/child.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "supervisor/child_private.h"

enum {
	LOG_LINE_MAX = 4096,
	TURN_READS = 16,              /* of log lines, before the loop has its turn again: a child may never stop */
	KILLED_MS = 100,              /* a killed process has to end, unless a disk holds it */
};

static void finish_when_over(struct child *child)
{
	if (child->reaped && child->control == NULL && child->log.fd < 0)
		child->options.ended(child->options.owner, child->status, &child->usage);
}

void child_emit_lines(struct child *child, bool at_end)
{
	char *start = child->line.bytes;
	size_t done = 0;

	while (done < child->line.length) {
		char *end = memchr(start + done, '\n', child->line.length - done);
		size_t length = end ? (size_t)(end - start) - done : child->line.length - done;
		char text[LOG_LINE_MAX + 1];

		if (end == NULL && !at_end && child->line.length - done < LOG_LINE_MAX)
			break;
		if (length > LOG_LINE_MAX)
			length = LOG_LINE_MAX;
		memcpy(text, start + done, length);
		text[length] = '\0';
		if (length > 0)
			child->options.log_line(child->options.log_owner, text);
		done += length + (end != NULL && start + done + length == end);
	}
	buffer_consume(&child->line, done);
}

static void log_ready(struct loop_source *source, uint32_t events)
{
	struct child *child = source->owner;
	ssize_t length = 1;

	(void)events;
	for (int i = 0; i < TURN_READS && length > 0; i++) {
		if (buffer_reserve(&child->line, LOG_LINE_MAX) != 0)
			return;
		length = read(source->fd, child->line.bytes + child->line.length, LOG_LINE_MAX);
		if (length > 0)
			child->line.length += (size_t)length;
		child_emit_lines(child, length == 0);
	}
	if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	loop_remove(child->options.loop, source);
	close(source->fd);
	source->fd = -1;
	finish_when_over(child);
}

static void control_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct child *child = owner;

	child->options.message(child->options.owner, type, id, payload, length);
}

static void control_closed(void *owner, const struct err *err)
{
	struct child *child = owner;

	if (err->code != ERR_CLOSED)
		log_error("control channel of process %d: %s", (int)child->pid, err->message);
	ipc_free(&child->control);
	finish_when_over(child);
}

static const struct ipc_handler control_handler = { control_message, control_closed };

static void process_ended(struct loop_source *source, uint32_t events)
{
	struct child *child = source->owner;

	(void)events;
	if (wait4(child->pid, &child->status, WNOHANG, &child->usage) != child->pid)
		return;
	child->reaped = true;
	loop_remove(child->options.loop, source);
	finish_when_over(child);
}

/* [0]: ours, [1]: the child's. */
struct child_pipes {
	int control[2], log[2];
	int null;
};

static void close_pipes(struct child_pipes *pipes)
{
	int fds[] = { pipes->control[0], pipes->control[1], pipes->log[0], pipes->log[1], pipes->null };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

static int open_pipes(struct child_pipes *pipes, struct err *err)
{
	*pipes = (struct child_pipes){ { -1, -1 }, { -1, -1 }, open("/dev/null", O_RDWR | O_CLOEXEC) };
	/* both ends of the log pipe non-blocking: a child never waits for us to read */
	if (pipes->null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pipes->control) != 0 ||
		pipe2(pipes->log, O_CLOEXEC | O_NONBLOCK) != 0) {
		int error = err_sys(err, errno, "descriptors for a child");

		close_pipes(pipes);
		return error;
	}
	return 0;
}

/* Asks for no privilege; where it is refused all the same, the child is one of equals. Not before its exec: this process waits
 * for that, and would stand behind with it. */
static void put_behind(pid_t pid, int steps)
{
	if (steps > 0)
		setpriority(PRIO_PROCESS, (id_t)pid, getpriority(PRIO_PROCESS, 0) + steps);
}

/* A copy of this process would cost more the more pipelines there are: each maps some memory. What it does before its exec
 * takes a part of a millisecond. */
static int fork_child(struct child *child, struct child_pipes *pipes, struct err *err)
{
	int fds[FD_CHILD_END];
	pid_t pid;

	memcpy(fds, child->options.fds, sizeof(fds));
	fds[STDIN_FILENO] = pipes->null;
	fds[STDOUT_FILENO] = child->options.stdout_is_log ? pipes->log[1]
		: child->options.stdout_is_ours ? STDOUT_FILENO : pipes->null;
	fds[STDERR_FILENO] = pipes->log[1];
	fds[FD_CONTROL] = pipes->control[1];
	pid = vfork();
	if (pid == 0)
		child_exec(&child->options, fds);
	if (pid < 0)
		return err_sys(err, errno, "vfork");
	child->pid = pid;
	put_behind(pid, child->options.nice);
	child->end.fd = pidfd_open(child->pid, 0);
	return child->end.fd < 0 ? err_sys(err, errno, "pidfd_open") : 0;
}

int child_watch(struct child *child, int *log_fd, int *control_fd, struct err *err)
{
	int error = loop_add(child->options.loop, &child->end, EPOLLIN, err);

	if (error != 0)
		return error;
	child->log.fd = *log_fd;
	*log_fd = -1;
	if (child->log.fd >= 0)
		error = loop_add(child->options.loop, &child->log, EPOLLIN, err);
	if (error != 0 || *control_fd < 0)
		return error;
	error = ipc_new(&child->control, child->options.loop, *control_fd, &control_handler, child, err);
	*control_fd = -1;
	return error;
}

int child_make(struct child **out, const struct child_options *options, struct err *err)
{
	struct child *child = *out = calloc(1, sizeof(*child));

	if (child == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a child");
	child->options = *options;
	child->end = (struct loop_source){ .fd = -1, .ready = process_ended, .owner = child };
	child->log = (struct loop_source){ .fd = -1, .ready = log_ready, .owner = child };
	buffer_init(&child->line, 4 * LOG_LINE_MAX);
	return 0;
}

int child_spawn(struct child **out, const struct child_options *options, struct err *err)
{
	struct child *child;
	struct child_pipes pipes;
	int error = child_make(&child, options, err);

	*out = NULL;
	if (error != 0)
		return error;
	error = open_pipes(&pipes, err);
	if (error == 0) {
		error = fork_child(child, &pipes, err);
		if (error == 0)
			error = child_watch(child, &pipes.log[0], &pipes.control[0], err);
		close_pipes(&pipes);
	}
	if (error != 0) {
		err_prefix(err, "starting %s", options->program);
		child_free(&child);
		return error;
	}
	*out = child;
	return 0;
}

/* It was killed. Waiting for it longer than a moment would stop the loop, and so everybody. What does not end at once, as a
 * disk that does not answer holds it, is taken whenever it ends. */
static void end_process(struct child *child)
{
	struct pollfd end = { .fd = child->end.fd, .events = POLLIN };

	if (end.fd < 0 || poll(&end, 1, KILLED_MS) > 0) {
		waitpid(child->pid, NULL, 0);
		return;
	}
	log_warn("process %d does not end, though it was killed: nobody waits for it", (int)child->pid);
	if (child_take_later(child->options.loop, child->pid, end.fd))
		child->end.fd = -1;
}

void child_free(struct child **out)
{
	struct child *child = *out;

	if (child == NULL)
		return;
	*out = NULL;
	loop_remove(child->options.loop, &child->end);
	if (child->pid > 0 && !child->reaped) {
		kill(child->pid, SIGKILL);
		end_process(child);
	}
	loop_remove(child->options.loop, &child->log);
	if (child->end.fd >= 0)
		close(child->end.fd);
	if (child->log.fd >= 0)
		close(child->log.fd);
	ipc_free(&child->control);
	buffer_fini(&child->line);
	free(child);
}

int child_send(struct child *child, uint16_t type, uint32_t id, const void *payload, size_t length, struct err *err)
{
	if (child->control == NULL)
		return err_set(err, ERR_CLOSED, "process %d has closed its control channel", (int)child->pid);
	return ipc_send(child->control, type, id, payload, length, err);
}

int child_send_json(struct child *child, uint16_t type, uint32_t id, json_t *object, struct err *err)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	int error;

	json_decref(object);
	if (text == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a control message");
	error = child_send(child, type, id, text, strlen(text), err);
	/* it may have held secrets */
	explicit_bzero(text, strlen(text));
	free(text);
	return error;
}

void child_kill(struct child *child, int signal)
{
	if (!child->reaped)
		kill(child->pid, signal);
}

pid_t child_pid(const struct child *child)
{
	return child->pid;
}

void child_describe_end(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == ENCLOSING_FAILED)
		snprintf(text, size, "its sandbox could not be entered");
	else if (WEXITSTATUS(status) == EXEC_FAILED)
		snprintf(text, size, "the program could not be executed");
	else
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
}

int child_this_program(char *path, size_t size, struct err *err)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);

	if (length < 0)
		return err_sys(err, errno, "reading the path of this program");
	path[length] = '\0';
	return 0;
}

int child_find_program(const char *name, char *path, size_t size, struct err *err)
{
	char self[PATH_MAX];
	char *slash;

	if (child_this_program(self, sizeof(self), err) != 0)
		return err->code;
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	snprintf(path, size, "%s/%s", self, name);
	if (access(path, X_OK) == 0)
		return 0;
	snprintf(path, size, "%s/../libexec/sluice/%s", self, name);
	if (access(path, X_OK) == 0)
		return 0;
	return err_set(err, ERR_NOT_FOUND, "%s is neither in %s nor in %s/../libexec/sluice", name, self, self);
}
