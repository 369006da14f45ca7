#include "supervisor/probe.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/json_parse.h"
#include "common/worker_page.h"
#include "supervisor/child.h"
#include "supervisor/config_message.h"
#include "supervisor/enclosing.h"
#include "supervisor/log_print.h"

/* Longer than the worker waits for any answer, so that it is the worker who says what does not answer. */
enum { LIMIT_S = 15, END_SIZE = 256, NAME_SIZE = 64 };

struct probe {
	struct loop *loop;
	void (*log_line)(const char *line);
	void (*over)(void *owner);
	void *owner;
	struct child *child;          /* NULL: it has ended */
	struct loop_timer limit;
	bool late;
	struct conditions conditions;
	char tenant[NAME_SIZE], pipeline[NAME_SIZE], label[2 * NAME_SIZE];    /* of the log */
	char end[END_SIZE];
};

/* Its last words, when it cannot even begin. */
static void take_event(struct probe *probe, const char *payload, size_t length)
{
	json_t *event = json_parse(payload, length, 0, NULL);
	const char *message = json_string_value(json_object_get(event, "message"));

	if (message != NULL)
		snprintf(probe->end, sizeof(probe->end), "%s", message);
	json_decref(event);
}

static void take_message(void *owner, uint16_t type, uint32_t id, const char *payload, size_t length)
{
	struct probe *probe = owner;

	(void)id;
	if (type == IPC_CONDITION)
		conditions_take(&probe->conditions, payload, length);
	if (type == IPC_EVENT)
		take_event(probe, payload, length);
}

static void take_line(void *owner, const char *line)
{
	const struct probe *probe = owner;
	const struct log_origin origin = { "worker", probe->label, probe->tenant, probe->pipeline };

	log_print_child(line, &origin, probe->log_line);
}

static void ended(void *owner, int status, const struct rusage *usage)
{
	struct probe *probe = owner;

	(void)usage;
	loop_timer_cancel(probe->loop, &probe->limit);
	if (probe->late)
		snprintf(probe->end, sizeof(probe->end), "no end within %d s", LIMIT_S);
	else if (probe->end[0] == '\0')
		child_describe_end(status, probe->end, sizeof(probe->end));
	child_free(&probe->child);
	probe->over(probe->owner);
}

static void take_too_long(struct loop_timer *timer)
{
	struct probe *probe = timer->owner;

	probe->late = true;
	child_kill(probe->child, SIGKILL);
}

static int send_order(struct probe *probe, const struct probe_options *options, struct err *err)
{
	json_t *config = config_message(options->config);
	json_t *order;

	/* it names itself to nobody, and what `auto` stands for is not known before it is stored */
	json_object_set_new(config, "host_id", json_string(""));
	order = config != NULL ? json_pack("{ss ss so ss ss sb sb sO*}", "tenant", options->tenant, "pipeline",
		options->pipeline, "config", config, "log_level", options->log_level, "page_address", options->page_address, "files_confined", 1, "files_missing",
		(int)options->files_missing, "endpoints", options->endpoints) : NULL;

	return child_send_json(probe->child, IPC_PROBE, 0, order, err);
}

/* What the order holds is sent at once or queued: nothing of the options is kept. */
static int begin(struct probe *probe, const struct probe_options *options, int page_fd, struct err *err)
{
	struct child_options child = { .loop = options->loop, .program = options->program, .message = take_message,
		.ended = ended, .log_line = take_line, .log_owner = probe, .owner = probe };
	int error;

	for (int i = 0; i < FD_CHILD_END; i++)
		child.fds[i] = -1;
	child.fds[FD_PAGE] = page_fd;
	child.fds[FD_FILES] = options->files_fd;
	enclosing_worker(&child.sandbox, &options->sandbox, config_pipeline(options->config), true,
		options->files_fd >= 0 && !options->files_missing);
	error = child_spawn(&probe->child, &child, err);
	if (error == 0)
		error = send_order(probe, options, err);
	if (error == 0)
		error = loop_timer_set(probe->loop, &probe->limit, clock_boottime_ns() + LIMIT_S * NS_PER_S, err);
	return error;
}

int probe_new(struct probe **out, const struct probe_options *options, struct err *err)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int page_fd = -1, error;

	*out = NULL;
	if (probe == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a probe");
	*probe = (struct probe){ .loop = options->loop, .log_line = options->log_line, .over = options->over, .owner = options->owner };
	probe->limit = (struct loop_timer){ .fire = take_too_long, .owner = probe };
	snprintf(probe->tenant, sizeof(probe->tenant), "%s", options->tenant);
	snprintf(probe->pipeline, sizeof(probe->pipeline), "%s", options->pipeline);
	snprintf(probe->label, sizeof(probe->label), "%s/%s", probe->tenant, probe->pipeline);
	error = worker_page_create(&page_fd, err);
	if (error == 0)
		error = begin(probe, options, page_fd, err);
	if (page_fd >= 0)
		close(page_fd);
	if (error != 0)
		probe_free(&probe);
	*out = probe;
	return error;
}

void probe_free(struct probe **out)
{
	struct probe *probe = *out;

	if (probe == NULL)
		return;
	*out = NULL;
	loop_timer_cancel(probe->loop, &probe->limit);
	child_free(&probe->child);
	free(probe);
}

bool probe_over(const struct probe *probe)
{
	return probe->child == NULL;
}

const struct conditions *probe_conditions(const struct probe *probe)
{
	return &probe->conditions;
}

const char *probe_end(const struct probe *probe)
{
	return probe->end;
}
