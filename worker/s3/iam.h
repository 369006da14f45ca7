/* Tokens of IBM IAM for an object store: bought with an API key, kept in memory alone, renewed in the background when a
 * quarter of their life is left.
 *
 * The supervisor decides who asks the token service: of all workers with one key and service one does, and all get what
 * it got (supervisor/iam.h). Without a supervisor, and in a probe, this worker asks by itself. Loop thread only; nothing
 * waits. */
#ifndef SLUICE_WORKER_S3_IAM_H
#define SLUICE_WORKER_S3_IAM_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/s3/answer.h"

struct iam;
struct writer_context;

struct iam_options {
	const struct writer_context *context; /* borrowed; endpoint, key and certificates are its configuration's */
	/* What iam_want() began has ended: error 0, or what refusal and err say. */
	void (*ended)(void *owner, int error, const struct s3_refusal *refusal, const struct err *err);
	void *owner;
};

int iam_new(struct iam **iam, const struct iam_options *options, struct err *err);
void iam_free(struct iam **iam);

/* Where the token is, NULL when there is none that could be used now; the place is the same for iam's life. */
const char *const *iam_token(struct iam *iam);
/* Begins to get one, unless that is under way; options.ended follows, perhaps from inside. */
void iam_want(struct iam *iam);
/* The store does not take this token: it is forgotten, and iam_want() gets another. */
void iam_refused(struct iam *iam);
/* The supervisor says something of tokens (common/ipc.h). */
void iam_told(struct iam *iam, uint16_t type, uint32_t id, const char *payload, size_t length);

#endif
