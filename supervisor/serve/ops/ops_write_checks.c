/* A write before anything is stored: what is there, and what may refuse it beside the configuration's own checks and the
 * store's. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/config/config.h"
#include "supervisor/serve/ops/ops.h"
#include "supervisor/serve/ops/ops_pipelines.h"
#include "supervisor/serve/ops/ops_write.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/store/tenants.h"

char *write_text(const json_t *value)
{
	return value != NULL ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

void write_init(struct write *write, struct serve *serve, const struct api_request *request,
	const struct api_pipeline_input *input, struct api_answer *answer)
{
	*write = (struct write){ .serve = serve, .request = request, .input = input, .answer = answer,
		.labels = write_text(input->labels), .limits = write_text(input->limits) };
	arena_init(&write->arena, SERVE_ARENA);
	ops_change(request, &write->change);
}

void write_fini(struct write *write)
{
	composed_fini(&write->composed);
	demands_fini(&write->demands);
	json_decref((json_t *)write->restored.config);
	free(write->labels);
	free(write->limits);
	arena_fini(&write->arena);
}

int write_read(struct write *write)
{
	struct err err;
	int error = store_pipeline_get(write->serve->store, write->request->tenant, write->request->name, &write->before,
		&write->arena, &err);

	write->known = error == 0;
	if (write->input->desired_state == API_STATE_KEEP)
		write->wanted = !write->known || write->before.running;
	else
		write->wanted = write->input->desired_state == API_STATE_RUNNING;
	return error == 0 || error == ERR_NOT_FOUND ? 0 : ops_failed(write->answer, error, &err);
}

bool write_refused(const struct write *write)
{
	return write->answer->problem.status != 0;
}

bool write_moves(const struct write *write)
{
	const struct served *served;

	if (!write->before.running || !write->wanted || write->input->config == NULL || write->composed.canonical == NULL)
		return false;
	served = served_find(write->serve, write->before.id);
	return served != NULL && !pipeline_stays(served->pipeline, config_pipeline(write->composed.config));
}

/* ---- what may refuse it ---- */

/* What is about to go is not changed, or somebody would believe that it is there to stay; a start takes the DELETE back. */
int write_check_deletes(struct write *write)
{
	if (!write->known || write->wanted || tickets_deletes(write->serve, write->before.id) == 0)
		return 0;
	return answer_refuse(write->answer, 409, "pipeline.draining", "A DELETE waits until it has ended: start it to take that "
		"back, or write it anew when it is gone.");
}

static bool is_allowed(const char *tenant_limits, const char *writer)
{
	json_t *limits = ops_json(tenant_limits);
	const json_t *sinks = json_object_get(limits, "sinks"), *item;
	bool allowed = !json_is_array(sinks);
	size_t index;

	json_array_foreach(sinks, index, item)
		allowed = allowed || strcmp(json_string_value(item), writer) == 0;
	json_decref(limits);
	return allowed;
}

static int check_sink(const char *tenant_limits, const char *sink, const char *config_pointer, struct api_answer *answer)
{
	char pointer[128];

	if (sink == NULL || is_allowed(tenant_limits, sink))
		return 0;
	snprintf(pointer, sizeof(pointer), "%s/pipeline/%s/type", config_pointer,
		strcmp(sink, "prom_sky_con") == 0 ? "store" : "write");
	answer_error(answer, &(struct api_error){ pointer, "sink.not_allowed", NULL, 0, 0 },
		"the tenant's limits do not allow the writer %s", sink);
	return answer_refuse_too(answer, 422, "sink.not_allowed", "The tenant may not write there: see errors.");
}

/* 0: it is none of TCP. */
static unsigned port_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	char service[8];

	if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 || address.ss_family == AF_UNIX ||
		getnameinfo((struct sockaddr *)&address, length, NULL, 0, service, sizeof(service), NI_NUMERICSERV) != 0)
		return 0;
	return (unsigned)strtoul(service, NULL, 10);
}

static int check_port(const struct serve *serve, const char *text, const char *config_pointer, struct api_answer *answer)
{
	unsigned long port = strtoul(text, NULL, 10);
	const char *address;
	char pointer[128];
	int fd;

	for (size_t i = 0; port != 0 && (fd = api_server_listener(serve->api, i, &address)) >= 0; i++) {
		if (port_of(fd) != port)
			continue;
		snprintf(pointer, sizeof(pointer), "%s/pipeline/store/prom_sky_con/port", config_pointer);
		answer_error(answer, &(struct api_error){ pointer, "port.in_use", NULL, 0, 0 }, "port %lu is the API's own", port);
		return answer_refuse_too(answer, 409, "port.in_use", "The port is in use: see errors.");
	}
	return 0;
}

int ops_check_demands(const struct serve *serve, const char *tenant_limits, const struct demands *demands,
	const char *config_pointer, struct api_answer *answer)
{
	int sink = check_sink(tenant_limits, demands->sink, config_pointer, answer);
	int port = check_port(serve, demands->port, config_pointer, answer);

	return sink != 0 ? sink : port;
}

static int check_demands(struct write *write)
{
	const struct config *config = write->composed.config;
	struct store_tenant tenant;
	struct err err;
	int error;

	if (config == NULL)
		return 0;
	error = store_tenant_get(write->serve->store, write->request->tenant, &tenant, &write->arena, &err);
	if (error == 0)
		error = demands_find(&write->demands, config, write->request->tenant, &err);
	if (error != 0)
		return ops_failed(write->answer, error, &err);
	return ops_check_demands(write->serve, tenant.limits, &write->demands, write->input->config_pointer, write->answer);
}

unsigned ops_wanted(const struct serve *serve)
{
	unsigned wanted = 0;

	for (size_t i = 0; i < serve->served_count; i++)
		wanted += pipeline_wanted(serve->served[i]->pipeline);
	return wanted;
}

int ops_check_workers(const struct serve *serve, unsigned wanted, const char *pointer, struct api_answer *answer)
{
	if (serve->options.max_workers == 0 || wanted < serve->options.max_workers)
		return 0;
	if (pointer != NULL)
		answer_error(answer, &(struct api_error){ pointer, "quota.workers", NULL, 0, 0 },
			"the supervisor runs as many pipelines as it may (--max-workers %u)", serve->options.max_workers);
	return answer_refuse_too(answer, 422, "quota.workers", "The supervisor runs as many pipelines as it may "
		"(--max-workers %u): stop one first.", serve->options.max_workers);
}

/* What is to start with the configuration that is stored must be able to. */
static int check_usable(struct write *write)
{
	struct served *served = write->input->config == NULL ? served_find(write->serve, write->before.id) : NULL;
	struct err err;

	if (served == NULL || served->config != NULL || served_apply(served, &write->before, &err) == 0)
		return 0;
	/* whatever keeps it from being used */
	answer_error(write->answer, &(struct api_error){ "/config", "config.unusable", NULL, 0, 0 }, "%s", err.message);
	return ops_failed(write->answer, ERR_CONFIG, &err);
}

static int check_process(struct write *write)
{
	const char *pointer = write->input->config_pointer[0] != '\0' ? "/desired_state" : "";
	int error, workers;

	/* one more is to run than now */
	if (!write->wanted || write->before.running)
		return 0;
	error = check_usable(write);
	workers = ops_check_workers(write->serve, ops_wanted(write->serve), pointer, write->answer);
	return error != 0 ? error : workers;
}

int write_check(struct write *write)
{
	static int (*const checks[])(struct write *write) = { write_compose, check_demands, check_process };
	int error = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && ops_goes_on(error); i++)
		error = checks[i](write);
	return ops_goes_on(error) && write_refused(write) ? ERR_INVALID : error;
}
