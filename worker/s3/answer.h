/* What an object store's answer says, where it is not a plain yes: in words for a person, with the field of the
 * configuration that would mend it. Answers are input: any bytes are taken. */
#ifndef SLUICE_WORKER_S3_ANSWER_H
#define SLUICE_WORKER_S3_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/http/http.h"
#include "worker/s3/request.h"

enum { S3_CODE_SIZE = 48, S3_MESSAGE_SIZE = 240 };

struct s3_refusal {
	int error;                    /* enum err_code, for err */
	const char *field;            /* static text or NULL */
	char reason[S3_CODE_SIZE];    /* one word: the store's own code, such as NoSuchBucket, or one of ours */
	bool token;                   /* it is the bearer's token that it does not take */
	int64_t retry_after_ms;       /* the store asks to be left alone for this long; 0: it does not */
};

/* Judges a request that has ended with anything but 2xx; wall_ms: now. Returns refusal->error. The access key is masked
 * where the store repeats it. */
int s3_answer_judge(struct s3_refusal *refusal, const struct http_request *request, const struct s3_store *store,
	int64_t wall_ms, struct err *err);

/* A request without an answer: what failed, in `what` (such as "object store") at this address. field: of the address. */
int s3_answer_failure(struct s3_refusal *refusal, const struct http_request *request, const char *what,
	const char *address, const char *field, struct err *err);
/* What the status of a refusal comes to, as enum err_code. */
int s3_answer_error(long status);
/* Covers each occurrence of a secret in a text that came from outside. */
void s3_answer_mask(char *text, const char *secret);

/* The text of the first element of this name in an XML body, its entities resolved and control characters dropped;
 * "" when there is none. Longer than size - 1: cut. */
void s3_answer_element(const char *body, size_t length, const char *name, char *text, size_t size);

/* Milliseconds that "Retry-After: 120" or a date means from wall_ms on, at most 10 minutes; 0: it is no such value. */
int64_t s3_answer_retry_after(const char *value, int64_t wall_ms);

#endif
