/* What the operations on pipelines share. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_OPS_PIPELINES_H
#define SLUICE_SUPERVISOR_SERVE_OPS_OPS_PIPELINES_H

#include "supervisor/serve/ops/demands.h"
#include "supervisor/serve/ops/tickets.h"
#include "supervisor/serve/served.h"

/* The request's pipeline, with its configuration. Else the operation's result. */
int ops_find(struct serve *serve, const struct api_request *request, struct store_pipeline *row, struct arena *arena,
	struct api_answer *answer);
/* The request's pipeline as it runs; NULL: it is stored, and the running supervisor could not take it over. 0, or the
 * operation's result. */
int ops_find_served(struct serve *serve, const struct api_request *request, struct served **served,
	struct api_answer *answer);
/* 503: it is stored, and the running supervisor could not take it over. */
int ops_not_served(struct api_answer *answer);
/* 0, or the operation's result: a 404. */
int ops_tenant_exists(struct serve *serve, const char *tenant, struct api_answer *answer);
/* The resource as the answer. */
int ops_show(struct serve *serve, const struct store_pipeline *row, const struct api_caller *caller,
	struct api_answer *answer);
/* What of the list's conditions is the store's business, among what the caller may see. *labels: the filter's, owned by
 * the caller. */
struct store_filter ops_filter(const struct api_request *request, const struct api_list *list, char **labels);
/* Does what is not the store's business (state, labels without a value) fit the list? */
bool ops_matches(const struct store_pipeline *row, const struct served *served, const struct api_list *list);

/* For a ticket that is filled in: what has happened already is answered at once. */
int ops_wait(const struct ticket *ticket, struct serve *serve, struct api_answer *answer);
/* struct api_ops's poll. */
int ops_poll(void *owner, uint64_t number, bool time_up, struct api_answer *answer);

/* ops_verbs.c: start, stop or restart of one; 0, or the operation's result. */
int ops_verb_one(struct serve *serve, const struct store_change *change, struct served *served,
	const struct store_pipeline *row, const struct api_verb_input *input, struct api_answer *answer);
/* What was waited for is there, or will never be. */
bool ops_has_happened(const struct served *served, enum waiting waiting);

/* ops_bulk.c */
int ops_pipeline_verb_all(void *owner, const struct api_request *request, const struct api_verb_input *input,
	const struct api_list *list, struct api_answer *answer);
/* For poll() of a ticket of many; the ticket is freed when it is over. */
int ops_bulk_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer);

/* ops_delete.c */
int ops_pipeline_delete(void *owner, const struct api_request *request, struct api_answer *answer);
/* Nothing writes to its spool any more: no worker of this supervisor, and none that an earlier one left behind. */
bool ops_delete_may_end(const struct served *served);
/* {"discarded": {flows, objects, bytes}}: what goes with it. A new reference. */
json_t *ops_discarded(const struct served *served, uint64_t objects, uint64_t flows);
/* The answer to a DELETE that has waited, until that was so (happened) or for too long. */
int ops_delete_end(const struct ticket *ticket, struct served *served, bool happened, struct api_answer *answer);
/* struct api_ops's cancel: who waited has gone. */
void ops_cancel(void *owner, uint64_t number);
/* While DELETEs wait, every second. */
void ops_deletes(struct loop_timer *timer);
/* At the start: DELETEs that an earlier supervisor has not ended go on. */
int ops_deletes_resume(struct serve *serve, struct err *err);

/* ops_write.c */
int ops_pipeline_create(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer);
int ops_pipeline_put(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer);
int ops_pipeline_rollback(void *owner, const struct api_request *request, int64_t revision, struct api_answer *answer);
/* All that would refuse a PUT, by the same path, with nothing changed; the body is the effective configuration. *config:
 * with its secrets, to be tried, the caller's to free; NULL: nobody asks. */
int ops_pipeline_check(struct serve *serve, const struct api_request *request, const struct api_pipeline_input *input,
	struct config **config, struct api_answer *answer);
/* ops_validate.c */
int ops_validate(void *owner, const struct api_request *request, const struct api_pipeline_input *input,
	struct api_answer *answer);
/* ops_probe.c: behind a check whose answer is in *answer; tries analyzer and sink of the configuration. Pending. */
int ops_probe(struct serve *serve, const struct api_request *request, const struct api_pipeline_input *input,
	const struct config *config, struct api_answer *answer);
/* For poll() of a ticket of a probe; the ticket is freed when it is over. */
int ops_probe_poll(struct serve *serve, struct ticket *ticket, bool time_up, struct api_answer *answer);
/* 422: the body has everything but a configuration. */
int ops_refuse_missing(struct api_answer *answer);
/* How many are desired to run; and whether one more than `wanted` may be (--max-workers), or is refused. pointer: what asks
 * for it in the body; NULL: there is none. */
unsigned ops_wanted(const struct serve *serve);
int ops_check_workers(const struct serve *serve, unsigned wanted, const char *pointer, struct api_answer *answer);
/* Refuses what the store knows nothing of: a sink that the tenant's limits (JSON) do not allow, and a page at a port of the
 * API, for it would take that place while we do not run. 0, or ERR_INVALID with all of it. */
int ops_check_demands(const struct serve *serve, const char *tenant_limits, const struct demands *demands,
	const char *config_pointer, struct api_answer *answer);
/* ops_desired.c: its process follows what is stored; what fails is tried again, and shown with the pipeline. */
void ops_follow(struct served *served, bool running, const struct pipeline_stop *stop, int64_t drain_timeout_ms,
	bool force);
/* Keeps the desired state, and of a stop where it ends. */
int ops_store_desired(struct serve *serve, const struct store_change *change, const char *id, bool running,
	const struct pipeline_stop *stop, struct err *err);
/* Starts it when it is desired, stops it when it is not; with an error it is kept as it is. ERR_CONFIG: it cannot start. */
int ops_set_desired(struct serve *serve, const struct store_change *change, struct served *served, bool running,
	int64_t drain_timeout_ms, bool force, struct err *err);

#endif
