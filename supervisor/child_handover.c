/* A child on its way from one image of the supervisor to the next: it notices nothing. */
#include <errno.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/child_private.h"
#include "supervisor/handover.h"

bool child_settled(const struct child *child)
{
	return !child->reaped && (child->control == NULL || ipc_settled(child->control));
}

void child_hand_over(struct child *child, struct handover *handover, json_t *object)
{
	/* lines are written whole: half of one is all that there will be of it */
	child_emit_lines(child, true);
	handover_put(handover, object, "pid", json_integer(child->pid));
	handover_put_fd(handover, object, "log", child->log.fd);
	if (child->control != NULL)
		handover_put_fd(handover, object, "control", ipc_fd(child->control));
}

/* Its number cannot be another's: nobody has waited for it. */
static int open_process(struct child *child, struct err *err)
{
	siginfo_t info;

	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
		return err_sys(err, errno, "process %d", (int)child->pid);
	child->end.fd = pidfd_open(child->pid, 0);
	return child->end.fd >= 0 ? 0 : err_sys(err, errno, "pidfd_open");
}

int child_adopt(struct child **out, const struct child_options *options, struct handover *handover, const json_t *object,
	struct err *err)
{
	int log_fd = handover_take_fd(handover, object, "log"), control_fd = handover_take_fd(handover, object, "control");
	pid_t pid = (pid_t)json_integer_value(json_object_get(object, "pid"));
	struct child *child;
	int error = child_make(&child, options, err);

	if (error == 0) {
		child->pid = pid;
		error = open_process(child, err);
		/* nothing that is not ours is killed */
		if (error != 0)
			child->pid = 0;
	}
	if (error == 0)
		error = child_watch(child, &log_fd, &control_fd, err);
	if (log_fd >= 0)
		close(log_fd);
	if (control_fd >= 0)
		close(control_fd);
	if (error != 0)
		child_free(&child);
	*out = child;
	return error;
}
