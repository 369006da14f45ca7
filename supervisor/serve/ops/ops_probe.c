/* POST /v1/validate?probe=true: analyzer, sink and topology are tried, from a process of its own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/pointer.h"
#include "common/log.h"
#include "supervisor/probe.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/tickets.h"

/* At once: each is a process that talks to whatever its caller names. */
enum { PROBES_MAX = 24, TENANT_PROBES_MAX = 8, PROBE_LIMIT_MS = 30 * 1000 };

/* What is tried, as a condition and as the answer has it. The pointer is for what names no field. */
static const struct tried {
	const char *condition, *name, *code, *field;
	bool optional;                /* not told: the configuration does not need it */
} tried[] = {
	{ "SubscriptionUp", "analyzer", "probe.analyzer", "pipeline.subscriber.url", false },
	{ "SinkReachable", "sink", "probe.sink", "pipeline.write", false },
	{ "TopologyReachable", "topology", "probe.topology", "analyzers", true },
};

enum { TRIED = sizeof(tried) / sizeof(tried[0]) };

/* One tenant's do not keep another's from theirs. */
static bool is_busy(const struct serve *serve, const char *tenant)
{
	unsigned all = 0, own = 0;

	for (const struct ticket *ticket = serve->tickets; ticket != NULL; ticket = ticket->next) {
		all += ticket->waiting == WAIT_PROBED;
		own += ticket->waiting == WAIT_PROBED && strcmp(ticket->caller.tenant, tenant) == 0;
	}
	return all >= PROBES_MAX || own >= TENANT_PROBES_MAX;
}

static void over(void *owner)
{
	struct serve *serve = owner;

	api_server_changed(serve->api);
}

/* The tenant's folder of files, or the nearest one above it that is there, for a probe makes none: in that one, which is
 * others', the tenant's own paths have no meaning. */
static int open_files(const struct serve *serve, const char *tenant, bool *missing)
{
	char path[sizeof(serve->file_root) + API_NAME_SIZE];
	int fd;

	*missing = false;
	snprintf(path, sizeof(path), "%s/%s", serve->file_root, tenant);
	while ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 && strrchr(path, '/') != NULL) {
		*strrchr(path, '/') = '\0';
		*missing = true;
	}
	return fd;
}

static int start(struct serve *serve, struct ticket *ticket, const struct api_request *request,
	const struct config *config, struct err *err)
{
	struct probe_options options = { .loop = serve->loop, .program = serve->fleet.worker_program,
		.log_line = serve->fleet.log_line, .config = config, .tenant = request->tenant, .pipeline = request->name,
		.page_address = serve->options.page_address, .log_level = serve->fleet.options.log_level, .sandbox = serve->fleet.options.sandbox,
		.endpoints = serve->fleet.options.endpoints,
		.over = over, .owner = serve };
	int error;

	options.files_fd = open_files(serve, request->tenant, &options.files_missing);
	error = probe_new(&ticket->probe, &options, err);
	if (options.files_fd >= 0)
		close(options.files_fd);
	return error;
}

int ops_probe(struct serve *serve, const struct api_request *request, const struct api_pipeline_input *input,
	const struct config *config, struct api_answer *answer)
{
	struct ticket *ticket = NULL;
	struct err err;

	if (is_busy(serve, request->caller->tenant))
		return answer_unavailable(answer, "probe.busy", 2, "Too many probes are under way (%d of a tenant): ask again.",
			TENANT_PROBES_MAX);
	ticket = ticket_new(serve, WAIT_PROBED, "", request);
	if (ticket == NULL)
		return answer_unavailable(answer, "memory", 1, "no memory for a probe");
	snprintf(ticket->pointer, sizeof(ticket->pointer), "%s", input->config_pointer);
	if (start(serve, ticket, request, config, &err) != 0) {
		ticket_free(serve, ticket);
		return answer_unavailable(answer, "memory", 2, "%s", err.message);
	}
	ticket->members = answer->body;
	answer->body = NULL;
	answer->limit_ms = PROBE_LIMIT_MS;
	return ticket_pending(ticket, answer);
}

/* ---- what was found ---- */

static void add_error(const struct ticket *ticket, const struct tried *what, const struct condition *found,
	struct api_answer *answer)
{
	const char *field = found != NULL && found->field[0] != '\0' ? found->field : what->field;
	char pointer[POINTER_SIZE];
	const struct api_error error = { .pointer = pointer, .code = what->code };

	pointer_of_path(ticket->pointer, field, pointer);
	if (found != NULL)
		answer_error(answer, &error, "%s (%s)", found->message, found->reason);
	else
		answer_error(answer, &error, "the %s could not be tried: %s", what->name,
			probe_end(ticket->probe));
}

static int show(struct ticket *ticket, struct api_answer *answer)
{
	const struct conditions *conditions = probe_conditions(ticket->probe);
	json_t *found = json_object();
	unsigned failed = 0;

	for (unsigned i = 0; i < TRIED; i++) {
		const struct condition *condition = conditions_find(conditions, tried[i].condition);

		if (condition == NULL && tried[i].optional)
			continue;
		if (condition == NULL || !condition->status) {
			add_error(ticket, &tried[i], condition, answer);
			failed++;
		}
		json_object_set_new(found, tried[i].name, json_boolean(condition != NULL && condition->status));
	}
	if (failed > 0) {
		answer_refuse(answer, 422, "probe.failed", "The configuration is valid, and cannot work now: see errors.");
		answer->problem.members = json_pack("{so}", "probe", found);
		return ERR_INVALID;
	}
	answer->body = ticket->members;
	ticket->members = NULL;
	json_object_set_new(answer->body, "probe", found);
	return 0;
}

int ops_probe_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer)
{
	int error;

	if (!probe_over(ticket->probe) && !time_up)
		return ticket_pending(ticket, answer);
	error = probe_over(ticket->probe) ? show(ticket, answer)
		: answer_unavailable(answer, "server.ending", 1, "The server ends: the probe has found nothing out.");
	ticket_free(serve, ticket);
	return error;
}
