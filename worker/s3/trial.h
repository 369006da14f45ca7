/* Finding out whether a store would take a pipeline's objects: an upload in parts is begun and aborted. That asks for the
 * same rights on the same keys as a PUT, and leaves no object that somebody might read. */
#ifndef SLUICE_WORKER_S3_TRIAL_H
#define SLUICE_WORKER_S3_TRIAL_H

#include "common/err.h"
#include "worker/http/http.h"
#include "worker/probe.h"
#include "worker/s3/request.h"

struct s3_trial;

/* Begins; key: where the upload is begun. All are borrowed until the end, which is probe->done, never from inside: behind
 * the abort, however that went. One that fails leaves an upload which never becomes an object; the log says so. */
int s3_trial_new(struct s3_trial **trial, struct http *http, const struct s3_store *store, const char *key,
	struct probe *probe, struct err *err);
void s3_trial_free(struct s3_trial **trial);

#endif
