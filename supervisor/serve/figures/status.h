/* A pipeline as JSON: the resource, and its status. */
#ifndef SLUICE_SUPERVISOR_SERVE_FIGURES_STATUS_H
#define SLUICE_SUPERVISOR_SERVE_FIGURES_STATUS_H

#include <jansson.h>

#include "api/api_ops.h"
#include "common/buffer.h"
#include "supervisor/serve/served.h"

enum status_detail {
	STATUS_SHORT,                 /* as in lists */
	STATUS_FRESH,                 /* the whole: also what has to be asked of the kernel, and samples */
	STATUS_WHOLE,                 /* the same, its worker's memory as it was looked at last, if that was not long ago */
	STATUS_FIGURES,               /* of the samples the newest only */
};

/* The resource with its configuration, when the row has it. served may be NULL: it does not run here (a dry run). NULL:
 * there is no memory. */
json_t *status_pipeline(const struct store_pipeline *row, const struct served *served, const struct api_caller *caller);
/* The same as text, as in lists: with_config only if the row has one. Errors as buffer_append(). */
int status_append_pipeline(struct buffer *out, const struct store_pipeline *row, const struct served *served,
	const struct api_caller *caller, bool with_config);
/* The status alone, STATUS_SHORT. */
int status_append(struct buffer *out, const struct store_pipeline *row, const struct served *served,
	const struct api_caller *caller);
json_t *status_of(const struct store_pipeline *row, struct served *served, const struct api_caller *caller,
	enum status_detail detail);
/* Why it is not as it should be: its configuration, what its worker says, or the connection that it reads from. False:
 * nothing is wrong. */
bool status_problem(const struct served *served, char *text, size_t size);
/* Each type of condition: true, false, or "unknown" where nobody can tell. */
json_t *status_conditions(const struct served *served);
/* From where to where its flows go; null: it has no configuration that can be read. */
json_t *status_route(const struct served *served);
/* Per second, of the last minute or what there is of it; null: there are not two samples yet. */
json_t *status_rates(const struct served *served, const struct api_caller *caller);
/* The last ones, oldest first, `most` at most. */
json_t *status_samples(const struct served *served, const struct api_caller *caller, unsigned most);
/* "moving", "idle" or "stalled"; NULL: not to be told yet, or it does not run. */
const char *status_flow_state(const struct served *served);
/* Flows that the pipeline has read, of those that the caller may know of. */
uint64_t status_seen(const struct account *account, const struct api_caller *caller);
/* Flows that wait in the ring; 0 where others' are among them that the caller may not see. */
uint64_t status_lag(const struct served *served, const struct worker_figures *figures, const struct api_caller *caller);

#endif
