/* What the files of the outbox share. Nothing else includes this. */
#ifndef SLUICE_WORKER_OUTBOX_PRIVATE_H
#define SLUICE_WORKER_OUTBOX_PRIVATE_H

#include "common/clock.h"
#include "worker/outbox.h"
#include "worker/worker.h"

/* outbox_claims.c, in a transaction: claims whatever finds room in flight. */
int outbox_claim_lanes(struct outbox *outbox, struct err *err);
/* Commits it or, with an error, undoes it; what fails for good ends the worker. */
int outbox_end_transaction(struct outbox *outbox, int error, struct err *err);
/* Each a transaction of its own, when there is something to do. */
void outbox_claim(struct outbox *outbox);
void outbox_drop_over_limit(struct outbox *outbox);

#endif
