/* A pipeline as JSON: the resource, and its status. */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_STATUS_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_STATUS_H

#include <jansson.h>

#include "api/api_ops.h"
#include "supervisor/serve/served.h"

/* The resource; with its configuration when the row has it and with_config. served may be NULL: it does not run here
 * (a dry run). */
json_t *status_pipeline(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller,
	bool with_config);
/* Its status; whole: also what has to be asked of the kernel, and samples. */
json_t *status_of(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller,
	bool whole);
/* Why it is not as it should be: its configuration, what its worker says, or the connection that it reads from. False:
 * nothing is wrong. */
bool status_problem(const struct served *served, char *text, size_t size);
/* Each type of condition: true, false, or "unknown" where nobody can tell. */
json_t *status_conditions(const struct served *served);
/* "moving", "idle" or "stalled"; NULL: not to be told yet, or it does not run. */
const char *status_flow_state(const struct served *served);
/* Flows that the pipeline has read, of those that the caller may know of. */
uint64_t status_seen(const struct account *account, const struct api_caller *caller);
/* Flows that wait in the ring; 0 where others' are among them that the caller may not see. */
uint64_t status_lag(const struct served *served, const struct worker_figures *figures, const struct api_caller *caller);

#endif
