/* What IBM's token service (IAM) answers: a token, or why there is none. Answers are input: any bytes are taken. */
#ifndef SLUICE_WORKER_S3_IAM_ANSWER_H
#define SLUICE_WORKER_S3_IAM_ANSWER_H

#include <stdint.h>

#include "common/err.h"
#include "common/ipc.h"
#include "worker/http/http.h"
#include "worker/s3/answer.h"

struct iam_grant {
	char token[IPC_TOKEN_MAX + 1];        /* printable ASCII without spaces, as it goes into a header */
	int64_t life_ms;                      /* from the request on */
};

/* Reads the end of a token request. 0, or refusal->error with what goes with it in *refusal and *err; the key is masked
 * where the service repeats it. endpoint: the service's URL; wall_ms: now. */
int iam_answer_read(struct iam_grant *grant, struct s3_refusal *refusal, const struct http_request *request,
	const char *endpoint, const char *api_key, int64_t wall_ms, struct err *err);

/* The fields of the configuration that a refusal may name; NULL: it is none of them. Static text. */
const char *iam_answer_field(const char *field);

#endif
