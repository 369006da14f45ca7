/* Trying what a configuration names before it runs: a worker of its own asks the analyzer, the sink and the topology, and
 * ends. The supervisor itself reads nothing that comes from there. */
#ifndef SLUICE_SUPERVISOR_PROBE_H
#define SLUICE_SUPERVISOR_PROBE_H

#include <stdbool.h>

#include "common/err.h"
#include "common/loop.h"
#include "common/sandbox.h"
#include "supervisor/conditions.h"

struct config;
struct json_t;
struct probe;

struct probe_options {
	struct loop *loop;
	const char *program;          /* the worker's */
	void (*log_line)(const char *line);
	const struct config *config;  /* its secrets resolved; not needed behind probe_new */
	const char *tenant, *pipeline;        /* names for the log; likewise */
	const char *page_address;             /* where pages of store prom_sky_con would be served */
	const char *log_level;
	struct sandbox_means sandbox;
	struct json_t *endpoints;     /* as struct fleet_options has them */
	int files_fd;                 /* where write.file.root is resolved below, and confined; -1: none. Likewise */
	bool files_missing;           /* that is not there yet: files_fd is where it would be made */
	/* It is over: perhaps it may be freed in it. Never from inside probe_new. */
	void (*over)(void *owner);
	void *owner;
};

int probe_new(struct probe **probe, const struct probe_options *options, struct err *err);
/* Ends it when it is not over. */
void probe_free(struct probe **probe);

bool probe_over(const struct probe *probe);
/* What was found out: SubscriptionUp, SinkReachable and, when the configuration asks it, TopologyReachable; what else is
 * missing could not be tried. */
const struct conditions *probe_conditions(const struct probe *probe);
/* What it said last, or how its process ended: why something could not be tried. "": it runs. */
const char *probe_end(const struct probe *probe);

#endif
