#include "worker/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/config.h"
#include "worker/topology/topology.h"
#include "worker/worker.h"
#include "worker/writer.h"

struct probing {
	struct worker *worker;
	struct analyzer_probe *analyzer;
	struct topology *topology;    /* NULL: the configuration does not ask it */
	struct writer *writer;
	struct probe of_analyzer, of_sink, of_topology;
	unsigned waiting;             /* probes that have not ended */
};

void probing_free(struct probing **out)
{
	struct probing *probing = *out;

	if (probing == NULL)
		return;
	*out = NULL;
	analyzer_probe_free(&probing->analyzer);
	topology_free(&probing->topology);
	writer_free(&probing->writer);
	free(probing);
}

static void say(struct probing *probing, enum worker_condition_type type, const struct probe *probe)
{
	const char *reason = probe->reason[0] != '\0' ? probe->reason : err_name(probe->result);

	worker_condition(probing->worker, type, probe->result == 0, probe->result == 0 ? "Works" : reason,
		probe->result == 0 ? "" : probe->err.message, probe->field);
	if (--probing->waiting == 0)
		worker_end(probing->worker, WORKER_DONE);
}

static void analyzer_done(struct probe *probe)
{
	say(probe->owner, CONDITION_SUBSCRIPTION, probe);
}

static void sink_done(struct probe *probe)
{
	say(probe->owner, CONDITION_SINK, probe);
}

static void topology_done(struct probe *probe)
{
	say(probe->owner, CONDITION_TOPOLOGY, probe);
}

static void fail(struct probe *probe, int error)
{
	probe->result = error;
	probe->done(probe);
}

static void try_sink(struct probing *probing)
{
	struct worker *worker = probing->worker;
	struct probe *probe = &probing->of_sink;
	int error;

	worker->writer_context = (struct writer_context){ .config = worker->pipeline_config, .loop = worker->loop,
		.spool_fd = -1, .files_fd = worker->fds.files, .confined = worker->settings.files_confined,
		.missing = worker->settings.files_missing, .page_address = worker->settings.page_address,
		.endpoints = worker->settings.endpoints_limited ? &worker->settings.endpoints : NULL,
		.files = worker->files, .stall_ms = PROBE_STALL_MS };
	error = writer_new(&probing->writer, &worker->writer_context, NULL, NULL, &probe->err);
	if (error != 0)
		fail(probe, error);
	else if (probing->writer->type->probe != NULL)
		probing->writer->type->probe(probing->writer, probe);
	else
		probe->done(probe);
}

static void topology_health(void *owner, const struct topology_health *health)
{
	struct probing *probing = owner;
	struct probe *probe = &probing->of_topology;

	/* the client goes on trying while the others are waited for */
	if (probe->reason[0] != '\0')
		return;
	snprintf(probe->reason, sizeof(probe->reason), "%s", health->reason);
	probe->field = health->field;
	probe->result = health->answers ? 0 : err_set(&probe->err, ERR_IO, "%s", health->message);
	probe->done(probe);
}

/* Nothing is held here. */
static void no_retry(void *owner)
{
	(void)owner;
}

static unsigned no_lag(void *owner)
{
	(void)owner;
	return 0;
}

/* Said as not tried first: if this process dies, that stays. */
static void try_topology(struct probing *probing)
{
	struct worker *worker = probing->worker;
	struct probe *probe = &probing->of_topology;
	const struct topology_options options = { .loop = worker->loop, .config = worker->pipeline_config,
		.request_ms = PROBE_STALL_MS, .retry = no_retry, .lag_permille = no_lag, .health = topology_health,
		.owner = probing };
	int error;

	*probe = (struct probe){ .done = topology_done, .owner = probing };
	worker_condition(worker, CONDITION_TOPOLOGY, false, "NotTried", "the topology could not be tried", NULL);
	error = topology_new(&probing->topology, &options, &probe->err);
	if (error != 0)
		fail(probe, error);
	else
		topology_try(probing->topology);
}

static void try_all(struct probing *probing)
{
	struct probe *probe = &probing->of_analyzer;
	int error;

	probing->of_analyzer = (struct probe){ .done = analyzer_done, .owner = probing };
	probing->of_sink = (struct probe){ .done = sink_done, .owner = probing };
	probing->waiting = topology_wanted(probing->worker->pipeline_config) ? 3 : 2;
	if (probing->waiting == 3)
		try_topology(probing);
	error = analyzer_probe_new(&probing->analyzer, probing->worker, probe, &probe->err);
	if (error != 0)
		fail(probe, error);
	try_sink(probing);
}

void probe_start(struct worker *worker, const char *text, size_t length)
{
	struct err err = { 0 };
	int error;

	if (worker->life != LIFE_UNCONFIGURED || worker->probing != NULL) {
		log_warn("a probe behind a configuration: ignored");
		return;
	}
	error = settings_parse(&worker->settings, &worker->config, text, length, &err);
	log_init("worker", worker->settings.scope, (enum log_level)worker->settings.log_level);
	worker->probing = calloc(1, sizeof(*worker->probing));
	if (error == 0 && worker->probing == NULL)
		error = err_set(&err, ERR_NO_MEMORY, "no memory for a probe");
	if (error != 0) {
		worker_fail(worker, WORKER_FAILED, "probe", &err);
		return;
	}
	worker->pipeline_config = config_pipeline(worker->config);
	worker->probing->worker = worker;
	try_all(worker->probing);
}
