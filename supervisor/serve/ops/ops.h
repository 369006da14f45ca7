/* What the operations of the API share. */
#ifndef SLUICE_SUPERVISOR_SERVE_OPS_OPS_H
#define SLUICE_SUPERVISOR_SERVE_OPS_OPS_H

#include <jansson.h>

#include "api/api_ops.h"
#include "supervisor/store/store.h"

/* Who changes something, for the audit row; dry_run as asked. Texts are the request's. */
void ops_change(const struct api_request *request, struct store_change *change);
/* The same of a request that is over; id: the request's. */
void ops_change_by(const struct api_caller *caller, const char *address, const char *id, struct store_change *change);
/* Who that was. */
void ops_change_caller(const struct store_change *change, struct api_caller *caller);
/* The store has failed: 503 with what to do, or 404. Returns the operation's result. */
int ops_failed(struct api_answer *answer, int error, const struct err *err);
/* It has refused: the problem of that refusal, or each of them beside what has refused it before (answer_refuse_too).
 * pointer: where the configuration stands in the body. A holder is named to those who may see it. */
int ops_refused(struct api_answer *answer, const struct api_request *request, const struct store_refusal *refusal,
	const char *pointer);

/* A check is over that may have refused: may others have their say? Else nothing more can be found. */
static inline bool ops_goes_on(int error)
{
	return error == 0 || error == ERR_INVALID;
}

/* ms since 1970 as JSON text; 0: null. */
json_t *ops_time(int64_t wall_ms);
/* When something is due, CLOCK_BOOTTIME, as ops_time; null: it is due already, or 0. */
json_t *ops_time_due(int64_t due_ns);
/* A message as JSON text: where it was cut inside a character, or somebody wrote no UTF-8, those bytes are left out. */
json_t *ops_text(const char *text);
/* A stored JSON text, parsed; what cannot be parsed is {}. */
json_t *ops_json(const char *text);
/* May the caller see this tenant's things? */
bool ops_may_see(const struct api_caller *caller, const char *tenant);

#endif
