/* The tap: shows somebody a sample of the records, as they are written. While nobody looks it costs one branch a batch and
 * one a transaction.
 *
 * Of each batch as many are taken as the rate allows at that moment, evenly spread, from a place that differs from batch to
 * batch: a record's place in its message does not decide whether it is seen. What was taken is shown when the transaction has been committed: a record
 * that is undone and done again is shown once. Nothing ever waits for it: what does not fit is passed over and counted. */
#ifndef SLUICE_WORKER_TAP_H
#define SLUICE_WORKER_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/ipc.h"

struct batch;

/* What a transaction changes, to be undone with it. */
struct tap_meter {
	int64_t records_ns, bytes_ns;         /* CLOCK_BOOTTIME from which the rates have not been used yet; may lie ahead */
	uint64_t passed;                      /* records since the one that was taken last */
	uint32_t place;                       /* from where in a batch is taken */
};

struct tap {
	bool on;
	uint32_t session;                     /* the supervisor's name for it */
	struct ipc_tap rates;
	struct tap_meter committed, next;
	uint64_t refused;                     /* records that were taken and could not be told, and those before them */
	struct buffer taken;                  /* in this transaction: each its length as uint32_t, then an IPC_TAP_RECORD */
};

void tap_init(struct tap *tap);
void tap_fini(struct tap *tap);

/* IPC_TAP: begins, ends, or begins anew under another name. Outside of transactions. now_ns: CLOCK_BOOTTIME. */
void tap_set(struct tap *tap, uint32_t session, const struct ipc_tap *rates, int64_t now_ns);

/* NULL: there is none. */
static inline bool tap_is_on(const struct tap *tap)
{
	return tap != NULL && tap->on;
}

/* An encoded batch goes into the lanes. now_ns: CLOCK_BOOTTIME. */
void tap_take(struct tap *tap, const struct batch *batch, int64_t now_ns);
/* The transaction is committed: show() gets the payload of an IPC_TAP_RECORD for each record that was taken. False: it
 * cannot take it, which the next one's number of skipped records tells. */
void tap_commit(struct tap *tap, bool (*show)(void *owner, uint32_t session, const void *payload, size_t length),
	void *owner);
void tap_undo(struct tap *tap);

/* Appends a record as one JSON value on one line: a JSON object without line ends and tabs, anything else as a string. 0,
 * ERR_LIMIT or ERR_NO_MEMORY. */
int tap_put_text(struct buffer *out, const char *record, size_t length);

#endif
