/* Who asks the token service (IBM IAM): of all workers whose configurations have one service and API key one does, and all
 * that want a token get what it got. Tokens are kept in memory alone, for as long as a pipeline has the key; another image
 * of this process begins without any. Nothing of it is ever logged. */
#ifndef SLUICE_SUPERVISOR_IAM_H
#define SLUICE_SUPERVISOR_IAM_H

#include <stddef.h>
#include <stdint.h>

struct iam_key;
struct pipeline;

/* Its worker gets the configuration that it has now. */
void iam_configured(struct pipeline *pipeline);
/* IPC_TOKEN_… of its worker. */
void iam_message(struct pipeline *pipeline, uint16_t type, uint32_t id, const char *payload, size_t length);
/* Its worker has ended: if it was asking the service, another does. */
void iam_worker_ended(struct pipeline *pipeline);
/* The pipeline is let go of. */
void iam_leave(struct pipeline *pipeline);

#endif
