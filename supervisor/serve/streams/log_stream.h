/* GET …/logs, GET and PUT …/log-level: what a pipeline's workers say, and how much. */
#ifndef SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_STREAM_H
#define SLUICE_SUPERVISOR_SERVE_STREAMS_LOG_STREAM_H

#include "api/api_ops.h"
#include "supervisor/fleet.h"

struct serve;

/* Opens the folder, and has lines written there from now on. */
int logs_init(struct serve *serve, struct err *err);
void logs_fini(struct serve *serve);
/* For the fleet. */
void logs_line(struct fleet *fleet, const struct pipeline *pipeline, const char *line);

/* struct api_ops' logs, log_level_get and log_level. */
int ops_logs(void *owner, const struct api_request *request, const struct api_log_query *query, struct api_answer *answer);
int ops_log_level_get(void *owner, const struct api_request *request, struct api_answer *answer);
int ops_log_level(void *owner, const struct api_request *request, const char *level, struct api_answer *answer);

#endif
