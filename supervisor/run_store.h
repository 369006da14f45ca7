/* What `sluiced run` keeps in its data folder beside the pipelines' spools: the lock, the epochs of its rings and the
 * last stream name given for each destination. Small JSON files, replaced whole and fsynced before anything relies on
 * them. (`serve` keeps the same in its database.) */
#ifndef SLUICE_SUPERVISOR_RUN_STORE_H
#define SLUICE_SUPERVISOR_RUN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/ipc.h"
#include "supervisor/memory.h"

struct run_store;

enum { RUN_STORE_EPOCHS = 1000 };             /* of one subscription; older ones are forgotten */

/* Opens (makes, 0700) the folder and takes its lock; path NULL: a temporary folder, which run_store_close removes when
 * `empty`. ERR_BUSY names the pid of the holder. */
int run_store_open(struct run_store **store, const char *path, struct err *err);
/* Closes it. empty: every spool was written out, so that a temporary folder holds nothing of worth: it is removed. */
void run_store_close(struct run_store **store, bool empty);
/* The folder's path. */
const char *run_store_path(const struct run_store *store);
bool run_store_temporary(const struct run_store *store);

/* Opens (makes, 0700) the spool folder of a pipeline. id: a file name. */
int run_store_spool(struct run_store *store, const char *id, int *dirfd, struct err *err);

/* The epochs of a subscription, oldest first; key as given to run_store_add_epoch. *epochs is borrowed until the next
 * call. */
int run_store_epochs(struct run_store *store, const char *key, const struct ipc_epoch **epochs, size_t *count,
	struct err *err);
/* Enters an epoch before its first batch, its end unknown; fsynced on return. */
int run_store_add_epoch(struct run_store *store, const char *key, const struct ipc_epoch *epoch, struct err *err);
/* Notes what is known of an epoch's last batch (last_sequence UINT64_MAX: still unknown). */
int run_store_end_epoch(struct run_store *store, const char *key, const struct ipc_epoch *epoch, struct err *err);

/* endpoint, bucket and prefix as one path, however the slashes are written: into destination[size]. ERR_LIMIT. */
int run_store_destination(const char *endpoint, const char *bucket, const char *prefix, char *destination, size_t size);
/* The name of a new stream: max(now, last one given for this destination + 1 s), whole seconds, kept before it is given.
 * wall_ms: the earliest it may be, now or later. */
int run_store_stream_name(struct run_store *store, const char *destination, int64_t wall_ms, int64_t *name_ms,
	struct err *err);

/* The store as a supervisor's memory; valid as long as the store. */
const struct memory *run_store_memory(struct run_store *store);

#endif
