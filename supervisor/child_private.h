/* What child.c, child_exec.c and child_handover.c share. */
#ifndef SLUICE_SUPERVISOR_CHILD_PRIVATE_H
#define SLUICE_SUPERVISOR_CHILD_PRIVATE_H

#include "common/buffer.h"
#include "supervisor/child.h"

/* Exit statuses of a child that never came to its program. */
enum { ENCLOSING_FAILED = 126, EXEC_FAILED = 127 };

struct child {
	struct child_options options;
	pid_t pid;
	struct loop_source end;               /* pidfd: readable when the process has ended */
	struct loop_source log;               /* read end of its stderr; fd -1 when over */
	struct buffer line;
	struct ipc_channel *control;
	bool reaped;
	int status;
	struct rusage usage;
};

/* One that is nothing yet: no process, no descriptors. */
int child_make(struct child **child, const struct child_options *options, struct err *err);
/* Hands our ends of the pipes, -1: closed, over to the child's sources; its pidfd is there already. */
int child_watch(struct child *child, int *log_fd, int *control_fd, struct err *err);
/* at_end: what has no newline is a line too. */
void child_emit_lines(struct child *child, bool at_end);
/* The rest of a child's life in this program, behind vfork: descriptors (fds by number in the child, FD_CHILD_END of them),
 * limits, sandbox, exec. */
_Noreturn void child_exec(const struct child_options *options, int *fds);

#endif
