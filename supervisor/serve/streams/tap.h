/* GET …/{name}/tap: a sample of a pipeline's records, for those who look. They share one tap of the worker's, which is there
 * while at least one of them does. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_TAP_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_TAP_H

#include "api/api_ops.h"
#include "supervisor/fleet.h"

struct served;

/* What a worker is asked for at most; what a second did not use is kept for the next one. */
enum { TAP_RECORDS_S = 100, TAP_BYTES_S = 1 << 20 };
/* What is kept for those who have not taken it yet: records behind that are passed over, and counted as such. */
enum { TAP_KEPT = 256, TAP_KEPT_BYTES = 512 * 1024 };

/* struct api_ops' tap. */
int ops_tap(void *owner, const struct api_request *request, const struct api_tap_query *query, struct api_answer *answer);

/* For the fleet: a record of a pipeline that is looked at. */
void tap_record(struct fleet *fleet, struct pipeline *pipeline, const struct ipc_tap_record *record, const char *text);
/* The pipeline goes: those who look at it come to an end. */
void tap_end(struct served *served);

#endif
