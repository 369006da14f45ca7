/* What a supervisor remembers beyond its own life, whoever keeps it: `run` in small files of its data folder
 * (run_store.h), `serve` in its database. */
#ifndef SLUICE_SUPERVISOR_MEMORY_H
#define SLUICE_SUPERVISOR_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ipc.h"
#include "common/ring.h"

struct memory {
	void *owner;
	/* Opens (makes, 0700) the spool folder of a pipeline. id: a file name. */
	int (*spool)(void *owner, const char *id, int *dirfd, struct err *err);
	/* The epochs of a subscription, oldest first; borrowed until the next call. */
	int (*epochs)(void *owner, const char *key, const struct ipc_epoch **epochs, size_t *count, struct err *err);
	/* Enters an epoch before its first batch; durable on return. */
	int (*epoch_add)(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err);
	/* Notes what is known of its last batch. */
	int (*epoch_end)(void *owner, const char *key, const struct ipc_epoch *epoch, struct err *err);
	/* The name of a new stream: later than wall_ms and than any given for this destination; durable on return. */
	int (*stream_name)(void *owner, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err);
	/* A gap of a subscription; NULL: not kept. What fails is lost, with a line in the log. */
	void (*gap)(void *owner, const char *key, const struct ring_gap *gap);
};

#endif
