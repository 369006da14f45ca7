/* Recovery, step by step (docs/durability.md, "Recovery"). recovery_run() in recovery.c is their order. */
#ifndef SLUICE_WORKER_RECOVERY_H
#define SLUICE_WORKER_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "worker/spool_internal.h"

struct recovery {
	struct spool *spool;
	bool same_boot;               /* the record was written in this boot: its page cache is ours */
	bool direct;                  /* the record's objects were sealed without fsync */
	unsigned seen_flights[SPOOL_LANES];   /* bit i: the file of flight i is there */
	uint64_t present_flows;       /* of all objects that are there and named */
	int64_t now_ms, now_ns;
	struct err *err;
	unsigned segments, segments_read;     /* for those who wait */
	bool objects_deleted;         /* ones that were sealed, and no record says so */
};

/* Step 1, recovery_commit.c: the lock; then the record, made durable, or a new one. */
int recovery_lock(struct spool *spool, struct err *err);
int recovery_commit(struct spool *spool, struct err *err);

/* recovery_folder.c. Step 1, no valid record: everything but the lock into a folder set aside. *moved: files. */
int recovery_set_aside(struct spool *spool, unsigned *moved, struct err *err);
/* Step 2: deletes what the record does not name, and learns which objects there are. */
int recovery_list(struct recovery *recovery);

/* Step 3, recovery_segments.c. */
int recovery_segments(struct recovery *recovery);
/* Step 4, recovery_objects.c. */
int recovery_objects(struct recovery *recovery);
/* Step 2 for one object file of the record's: whether it names it (false: to be deleted). */
bool recovery_object_named(struct recovery *recovery, const struct spool_name *name, int64_t size, int64_t changed_ms);

#endif
