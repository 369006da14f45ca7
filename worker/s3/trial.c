#include "worker/s3/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/s3/answer.h"

enum { UPLOAD_ID_SIZE = 1024 };

struct s3_trial {
	struct http *http;
	const struct s3_store *store;
	const char *key;
	struct probe *probe;
	struct s3_request call;
	struct http_request request;
};

/* What is left of the upload costs nobody anything, but the store's owner may wonder. */
static void aborted(struct http_request *request)
{
	struct s3_trial *trial = request->owner;
	struct s3_refusal refusal;
	struct err err;

	if (request->failure != HTTP_ANSWERED || request->status / 100 != 2) {
		s3_answer_judge(&refusal, request, trial->store, clock_wall_ms(), &err);
		log_warn("an upload that was begun to try the store was not aborted, key=%s: %s", trial->key, err.message);
	}
	trial->probe->done(trial->probe);
}

static int send(struct s3_trial *trial, const char *method, void (*done)(struct http_request *request), struct err *err)
{
	trial->request = (struct http_request){ .method = method, .url = trial->call.url, .headers = trial->call.headers,
		.done = done, .owner = trial };
	return http_send(trial->http, &trial->request, err);
}

static int abort_upload(struct s3_trial *trial)
{
	char id[UPLOAD_ID_SIZE];
	struct err *err = &trial->probe->err;
	int error;

	s3_answer_element(trial->request.answer_body.bytes, trial->request.answer_body.length, "UploadId", id, sizeof(id));
	http_request_fini(&trial->request);
	s3_request_fini(&trial->call);
	if (id[0] == '\0')
		return err_set(err, ERR_PROTOCOL, "object store %s: it does not answer as an object store does", trial->store->endpoint);
	error = s3_request_parts_abort(&trial->call, trial->store, trial->key, id, clock_wall_ms(), err);
	return error == 0 ? send(trial, "DELETE", aborted, err) : error;
}

static void end(struct s3_trial *trial, int error)
{
	trial->probe->result = error;
	trial->probe->done(trial->probe);
}

static void begun(struct http_request *request)
{
	struct s3_trial *trial = request->owner;
	struct probe *probe = trial->probe;
	struct s3_refusal refusal;
	int error;

	if (request->failure == HTTP_ANSWERED && request->status / 100 == 2) {
		error = abort_upload(trial);
		if (error != 0) {
			probe->field = "pipeline.write.s3.endpoint";
			end(trial, error);
		}
		return;
	}
	error = s3_answer_judge(&refusal, request, trial->store, clock_wall_ms(), &probe->err);
	/* a store that knows no uploads in parts has looked at bucket, key and signature, and takes a PUT */
	if (request->failure == HTTP_ANSWERED && strcmp(refusal.reason, "NotImplemented") == 0) {
		end(trial, 0);
		return;
	}
	probe->field = refusal.field;
	snprintf(probe->reason, sizeof(probe->reason), "%s", refusal.reason);
	end(trial, error);
}

int s3_trial_new(struct s3_trial **out, struct http *http, const struct s3_store *store, const char *key,
	struct probe *probe, struct err *err)
{
	struct s3_trial *trial = *out = calloc(1, sizeof(*trial));
	int error;

	if (trial == NULL)
		return err_set(err, ERR_NO_MEMORY, "no memory for a probe");
	trial->http = http;
	trial->store = store;
	trial->key = key;
	trial->probe = probe;
	error = s3_request_parts_begin(&trial->call, store, key, clock_wall_ms(), err);
	return error == 0 ? send(trial, "POST", begun, err) : error;
}

void s3_trial_free(struct s3_trial **out)
{
	struct s3_trial *trial = *out;

	if (trial == NULL)
		return;
	*out = NULL;
	http_cancel(&trial->request);
	http_request_fini(&trial->request);
	s3_request_fini(&trial->call);
	free(trial);
}
