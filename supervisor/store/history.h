/* What the supervisor must remember of rings and streams: epochs, gaps, stream names. `key` is a subscription's. */
#ifndef SLUICE_SUPERVISOR_STORE_HISTORY_H
#define SLUICE_SUPERVISOR_STORE_HISTORY_H

#include "common/ipc.h"
#include "supervisor/store/store.h"

enum { STORE_EPOCHS = 1000, STORE_GAPS = 1000 };      /* of one key; older ones are forgotten */

/* Oldest first, in the arena. */
int store_epochs_list(struct store *store, const char *key, struct ipc_epoch **epochs, size_t *count,
	struct arena *arena, struct err *err);
/* Enters an epoch before its first batch. */
int store_epoch_add(struct store *store, const char *key, const struct ipc_epoch *epoch, struct err *err);
/* Notes what is known of an epoch's last batch; enters the epoch when it is not there. */
int store_epoch_end(struct store *store, const char *key, const struct ipc_epoch *epoch, struct err *err);
/* Forgets the epochs before this one: every pipeline's record has passed them. 0: all of the key. One that is not
 * there forgets nothing. */
int store_epochs_forget(struct store *store, const char *key, uint64_t before, struct err *err);

struct store_gap {
	int64_t from_ms, to_ms;
	const char *reason;
};

int store_gap_add(struct store *store, const char *key, const struct store_gap *gap, struct err *err);
/* The last `limit` ones, newest first. */
int store_gaps_list(struct store *store, const char *key, unsigned limit, struct store_gap **gaps, size_t *count,
	struct arena *arena, struct err *err);

/* How many have ended since then (wall clock), and how long they were from then on, in ms. */
int store_gaps_since(struct store *store, const char *key, int64_t since_ms, uint64_t *count, uint64_t *ms, struct err *err);

/* The name of a new stream: max(now, last one given for this destination + 1 s), whole seconds, kept before it is
 * given. */
int store_stream_name(struct store *store, const char *destination, int64_t wall_ms, int64_t *name_ms, struct err *err);

#endif
