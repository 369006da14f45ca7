/* SIGUSR2: this process executes the program that stands now where it was started from, and that goes on where this one was.
 * Its number stays, and so its children stay its children.
 *
 *     ask       the new program, in a process of its own, whether it reads what we hand over, and our options
 *     pause     the API answers what is under way; who connects from here on waits
 *     settle    no message from or to a child is half on its way
 *     execute   state and descriptors go over (handover.h); upgrade_adopt.c takes them
 *
 * Whatever goes wrong up to the last step takes everything back. Behind that the next image, when it cannot start, executes
 * this program again. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/child.h"
#include "supervisor/handover.h"
#include "supervisor/serve/served.h"
#include "supervisor/serve/streams/events.h"

enum { ASK_S = 5, PAUSE_MS = 2000, SETTLE_MS = 2000, STEP_MS = 20, RESUME_S = 1, LINE_SIZE = 256 };

struct upgrade {
	struct serve *serve;
	struct child *question;       /* the new program, being asked */
	char answer[LINE_SIZE];       /* its last line */
	struct loop_timer timer;      /* of the step that is under way */
	int64_t deadline_ns;
	bool hung_up;                 /* SIGHUP has come: the next image reads everything anew, or this one does */
};

/* ---- the end ---- */

static void upgrade_free(struct upgrade *upgrade)
{
	struct serve *serve = upgrade->serve;

	serve->upgrade = NULL;
	loop_timer_cancel(serve->loop, &upgrade->timer);
	child_free(&upgrade->question);
	if (upgrade->hung_up && !serve->stopping)
		serve_hang_up(serve);
	free(upgrade);
}

void upgrade_note_hang_up(struct serve *serve)
{
	serve->upgrade->hung_up = true;
}

void upgrade_cancel(struct serve *serve)
{
	if (serve->upgrade != NULL)
		upgrade_free(serve->upgrade);
}

/* Nothing has changed. */
static void give_up(struct upgrade *upgrade, const char *reason)
{
	log_error("SIGUSR2: not upgraded, everything goes on as before: %s", reason);
	announce_reload(upgrade->serve, false);
	upgrade_free(upgrade);
}

/* The API must come back, whatever keeps it from that. */
static void accept_again(struct loop_timer *timer)
{
	struct upgrade *upgrade = timer->owner;
	struct serve *serve = upgrade->serve;
	struct err err;

	if (api_server_resume(serve->api, &err) == 0) {
		upgrade_free(upgrade);
		return;
	}
	log_error("SIGUSR2: the API cannot accept again yet: %s", err.message);
	loop_timer_set(serve->loop, timer, loop_now(serve->loop) + RESUME_S * NS_PER_S, NULL);
}

static void take_back(struct upgrade *upgrade, const char *reason)
{
	log_error("SIGUSR2: not upgraded, everything goes on as before: %s", reason);
	announce_reload(upgrade->serve, false);
	upgrade->timer.fire = accept_again;
	accept_again(&upgrade->timer);
}

/* ---- executing ---- */

static void put_listeners(const struct serve *serve, struct handover *handover)
{
	json_t *list = handover_put(handover, handover_root(handover), "listeners", json_array());
	const char *address;
	int fd;

	for (size_t i = 0; (fd = api_server_listener(serve->api, i, &address)) >= 0; i++) {
		json_t *object = json_object();

		handover_put_fd(handover, object, "socket", fd);
		handover_append(handover, list, object);
	}
}

/* program: a descriptor of this one's file, with which the next image comes back should it be unable to start. */
static void hand_over(struct serve *serve, struct handover *handover, int program)
{
	json_t *root = handover_root(handover), *pipelines;

	handover_put_fd(handover, root, "program", program);
	handover_put_text(handover, root, "path", serve->program);
	handover_put_fd(handover, root, "lock", store_lock_fd(serve->store));
	put_listeners(serve, handover);
	handover_put(handover, root, "sessions", api_server_sessions(serve->api));
	handover_put_text(handover, root, "replaced", serve->replaced);
	handover_put(handover, root, "last_change", json_integer(serve->last_change));
	events_hand_over(serve->events, handover, handover_put(handover, root, "events", json_object()));
	fleet_hand_over(&serve->fleet, handover);
	pipelines = json_object_get(root, "pipelines");
	for (size_t i = 0; i < serve->served_count; i++) {
		json_t *object = json_object_get(pipelines, serve->served[i]->id);

		served_hand_over(serve->served[i], handover, handover_put(handover, object, "served", json_object()));
	}
}

/* Getopt has sorted the options, which changes nothing. */
char **upgrade_arguments(const struct serve *serve, const char *before)
{
	int argc = serve->options.argc;
	char **arguments = calloc((size_t)argc + 2, sizeof(*arguments));

	if (arguments == NULL)
		return NULL;
	arguments[0] = (char *)(uintptr_t)serve->program;
	arguments[1] = (char *)(uintptr_t)before;
	for (int i = 1; i < argc; i++)
		arguments[1 + i] = serve->options.argv[i];
	return arguments;
}

/* Returns only when it has failed. */
static void execute(struct upgrade *upgrade)
{
	struct serve *serve = upgrade->serve;
	char **arguments = upgrade_arguments(serve, "serve");
	struct handover *handover;
	struct err err;
	int program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	int error = handover_new(&handover, &err);

	served_time_keep(serve);
	if (error == 0 && arguments == NULL)
		error = err_set(&err, ERR_NO_MEMORY, "no memory for a command line");
	if (error == 0) {
		hand_over(serve, handover, program);
		log_info("SIGUSR2: %s takes over", serve->program);
		announce_exec(serve, true);
		handover_execute(handover, serve->program, arguments, &err);
		announce_exec(serve, false);
	}
	handover_free(&handover);
	free(arguments);
	if (program >= 0)
		close(program);
	take_back(upgrade, err.message);
}

static void settle(struct loop_timer *timer)
{
	struct upgrade *upgrade = timer->owner;
	struct serve *serve = upgrade->serve;

	/* what an import has stored is followed first: pipelines would be taken over with a revision that they do not run */
	if (fleet_settled(&serve->fleet) && serve->import == NULL) {
		execute(upgrade);
		return;
	}
	if (loop_now(serve->loop) >= upgrade->deadline_ns) {
		take_back(upgrade, serve->import != NULL ? "an import is under way"
			: "a child does not take its messages, or has half sent one");
		return;
	}
	loop_timer_set(serve->loop, timer, loop_now(serve->loop) + STEP_MS * NS_PER_MS, NULL);
}

static void paused(void *owner)
{
	struct serve *serve = owner;
	struct upgrade *upgrade = serve->upgrade;

	if (upgrade == NULL)
		return;
	upgrade->timer.fire = settle;
	upgrade->deadline_ns = loop_now(serve->loop) + SETTLE_MS * NS_PER_MS;
	loop_timer_set(serve->loop, &upgrade->timer, 0, NULL);
}

/* ---- asking ---- */

static void answered(void *owner, int status, const struct rusage *usage)
{
	struct upgrade *upgrade = owner;
	struct serve *serve = upgrade->serve;
	char number[16], end[96], reason[LINE_SIZE + 256];
	struct err err;

	(void)usage;
	loop_timer_cancel(serve->loop, &upgrade->timer);
	child_describe_end(status, end, sizeof(end));
	snprintf(number, sizeof(number), "%d", HANDOVER_FORMAT);
	child_free(&upgrade->question);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || strcmp(upgrade->answer, number) != 0) {
		snprintf(reason, sizeof(reason), "the program that is to take over answers \"%s\" (%s), not %s", upgrade->answer,
			end, number);
		give_up(upgrade, reason);
	} else if (api_server_pause(serve->api, PAUSE_MS, paused, serve, &err) != 0) {
		take_back(upgrade, err.message);
	}
}

static void answer_line(void *owner, const char *line)
{
	struct upgrade *upgrade = owner;

	snprintf(upgrade->answer, sizeof(upgrade->answer), "%s", line);
}

static void no_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	(void)owner;
	(void)type;
	(void)id;
	(void)payload;
	(void)length;
}

/* Nor is its end waited for: a process that it has started may keep its output open. */
static void asked_too_long(struct loop_timer *timer)
{
	char reason[96];

	snprintf(reason, sizeof(reason), "the program that is to take over has answered nothing within %d s", ASK_S);
	give_up(timer->owner, reason);
}

static int ask(struct upgrade *upgrade, struct err *err)
{
	struct serve *serve = upgrade->serve;
	char **arguments = upgrade_arguments(serve, "--handover");
	struct child_options options = { .loop = serve->loop, .program = serve->program, .arguments = arguments,
		.stdout_is_log = true, .message = no_message, .ended = answered, .log_line = answer_line, .log_owner = upgrade,
		.owner = upgrade };
	int error;

	for (int i = 0; i < FD_CHILD_END; i++)
		options.fds[i] = -1;
	error = arguments != NULL ? child_spawn(&upgrade->question, &options, err)
				  : err_set(err, ERR_NO_MEMORY, "no memory for a command line");
	free(arguments);
	if (error == 0)
		error = loop_timer_set(serve->loop, &upgrade->timer, loop_now(serve->loop) + ASK_S * NS_PER_S, err);
	return error;
}

/* What the new program would read at its start, it can read: a mistake in it would end everything. */
static bool files_are_good(struct serve *serve)
{
	if (serve->options.config == NULL && serve->options.tls_cert == NULL)
		return true;
	return serve_reload(serve, "SIGUSR2");
}

void upgrade_begin(struct serve *serve)
{
	struct upgrade *upgrade;
	struct err err;

	if (serve->stopping || serve->upgrade != NULL) {
		log_warn("SIGUSR2: %s: ignored", serve->stopping ? "this supervisor ends" : "an upgrade is under way already");
		return;
	}
	upgrade = calloc(1, sizeof(*upgrade));
	if (upgrade == NULL) {
		log_error("SIGUSR2: not upgraded: no memory");
		return;
	}
	upgrade->serve = serve;
	upgrade->timer = (struct loop_timer){ .fire = asked_too_long, .owner = upgrade };
	serve->upgrade = upgrade;
	announce_reload(serve, true);
	log_info("SIGUSR2: asking %s whether it can take over", serve->program);
	if (serve->import != NULL)
		give_up(upgrade, "an import is under way");
	else if (!files_are_good(serve))
		give_up(upgrade, "its files cannot be used as they are, or take a restart");
	else if (ask(upgrade, &err) != 0)
		give_up(upgrade, err.message);
}
