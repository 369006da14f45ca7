/* A child process: vfork + exec with fixed descriptors and nothing else open, its control channel, its log lines, and the
 * news of its end. */
#ifndef SLUICE_SUPERVISOR_CHILD_H
#define SLUICE_SUPERVISOR_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/ipc.h"
#include "common/loop.h"
#include "common/sandbox.h"

struct child;
struct handover;
struct json_t;

struct child_options {
	struct loop *loop;
	const char *program;                  /* path of the executable */
	char *const *arguments;               /* from argv[0] on, NULL-terminated; NULL: the program's path alone */
	bool stdout_is_log;                   /* what it prints are log lines too */
	bool stdout_is_ours;                  /* it is the supervisor's; neither: /dev/null, for others may read what goes there */
	uint64_t memory_bytes;                /* that its private data may take (RLIMIT_DATA); 0: no limit */
	int nice;                             /* how far it stands behind this process when processors are short */
	struct sandbox sandbox;               /* its program is this one. Zeros: it is not enclosed */
	int fds[FD_CHILD_END];                /* by number in the child, from FD_RING on; -1: not given. Borrowed */
	void (*message)(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length);
	/* Called once, after its last message and log line: the child has ended. status as of wait(2). May free it. */
	void (*ended)(void *owner, int status, const struct rusage *usage);
	/* A line that the child logged, NUL-terminated, without newline. */
	void (*log_line)(void *log_owner, const char *line);
	void *log_owner;
	void *owner;
};

int child_spawn(struct child **child, const struct child_options *options, struct err *err);
/* Kills and reaps it if it still runs. */
void child_free(struct child **child);

int child_send(struct child *child, uint16_t type, uint32_t id, const void *payload, size_t length, struct err *err);
/* As child_send with the JSON text of an object that is taken over (jansson's json_t). */
int child_send_json(struct child *child, uint16_t type, uint32_t id, struct json_t *object, struct err *err);
void child_kill(struct child *child, int signal);
pid_t child_pid(const struct child *child);

/* "exit status 3", "signal 9 (Killed)": into text. */
void child_describe_end(int status, char *text, size_t size);

/* ---- child_handover.c: to the next image of this process ---- */

/* Nothing is on its way between the two, and it is not half ended. */
bool child_settled(const struct child *child);
/* The object is filled in. */
void child_hand_over(struct child *child, struct handover *handover, struct json_t *object);
/* As child_spawn, of one that runs. An error: it is not ours, or cannot be watched. */
int child_adopt(struct child **child, const struct child_options *options, struct handover *handover,
	const struct json_t *object, struct err *err);

/* ---- child_left.c ---- */

/* Takes the end of a process that nobody waits for, whenever that is. fd: its pidfd, taken over; false: it is not, and the
 * process is init's at our own end. */
bool child_take_later(struct loop *loop, pid_t pid, int fd);
/* The same for all children that `known` is false for: those of an image before this one. */
void children_take_later(struct loop *loop, bool (*known)(void *owner, pid_t pid), void *owner);

/* The path of this program, as it was started: also when another file is there now. */
int child_this_program(char *path, size_t size, struct err *err);
/* The path of one of our executables: beside this one, or in ../libexec/sluice. ERR_NOT_FOUND names both. */
int child_find_program(const char *name, char *path, size_t size, struct err *err);

#endif
