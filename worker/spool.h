/* The spool: a pipeline's transaction machine (docs/durability.md). Segments, sealed objects and the commit record in
 * one folder; what the record does not name does not exist.
 *
 * Used by the loop thread alone, but for seal_run(), seal_sync() and durable_run(), which work on a job's own copy and are
 * what the sealer thread does. Those wait for the disk, and so do spool_open() and spool_close() at a worker's two ends;
 * everything else that is written goes to the page cache.
 *
 * An object's life in its lane: open (n = open) → cut → sealed → claimed (in flight, in doubt) → settled (gone). */
#ifndef SLUICE_WORKER_SPOOL_H
#define SLUICE_WORKER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/account.h"
#include "common/commit_record.h"
#include "common/err.h"
#include "common/ring.h"

struct spool;
struct state;
struct file_ops;                              /* worker/file_ops.h: the system calls, replaceable in tests */

enum { SPOOL_PAUSE = 12 };                    /* entries at which reading pauses */

/* How this pipeline's objects look; what a segment's head keeps so that any later configuration can close it. */
struct spool_format {
	const char *open, *separator, *close; /* around and between encoded records, newline at the end included in close */
	int compress_type, gzip_level;        /* enum compress_type; GZIP_* */
	const char *prefix;                   /* filename_prefix */
	const char *bucket;                   /* dirname; only named in the object's head, the present one is used */
	const char *ending;                   /* ".json.gz" */
	const char *content_type, *content_encoding;  /* "" for none */
	const char *host_id;
	const char *key_layout;               /* a template of keys, "" for the usual (common/config/key_template.h) */
};

struct spool_options {
	int dirfd;                            /* the spool folder, borrowed */
	struct state *state;                  /* new, regions claimed; opened by spool_open */
	struct spool_format format;           /* borrowed texts */
	bool direct;                          /* store: direct seals without fsync */
	uint64_t quota_bytes;                 /* 0: none */
	uint32_t max_waiting_records;         /* max_flow_array_size, of a lane */
	const struct file_ops *files;
	const unsigned char *boot_id;         /* BOOT_ID_SIZE bytes, for tests; NULL: the kernel's */
	void (*event)(void *owner, int severity, const char *code, const char *message);
	/* Optional: spool_open gets on with reading segments. */
	void (*progress)(void *owner, unsigned done, unsigned all);
	void *owner;
};

/* Takes the lock (waits for its holder to end), reads or makes the commit record, makes it durable, and recovers
 * (durability.md "Recovery" 1 to 4 and 6). Returns with a transaction begun: the caller does step 5 in it (position,
 * account) and must commit, for the transaction holds what recovery found. *fresh: there is no position (no record, or
 * cleared by a user's stop). ERR_CONFIG: format too long for a key or a head; ERR_IO, ERR_NO_SPACE: to be tried again. */
int spool_open(struct spool **spool, const struct spool_options *options, bool *fresh, struct err *err);
void spool_free(struct spool **spool);

/* ---- transactions (loop thread) ---- */

void spool_begin(struct spool *spool);
/* The transaction's working copies. */
struct account *spool_account(struct spool *spool);
struct ring_position *spool_position(struct spool *spool);
/* Time of the last batch, to be kept in the record. */
void spool_batch_time(struct spool *spool, int64_t wall_ms);
/* Time of the last object that was stored, likewise. */
void spool_write_time(struct spool *spool, int64_t wall_ms);

/* Adds one encoded record to the lane's open segment, the separator is the spool's business. flows: how many flows it
 * stands for (added to waiting_spool; records_out is the encoder's to count). A segment that would grow beyond
 * SPOOL_OBJECT_BYTES is cut first. now_ms: wall clock, now_ns: CLOCK_BOOTTIME, both of the batch. ERR_AGAIN: no room
 * (entries, quota with nothing to drop) or a cut that needs a stream name first: the caller lets the transaction be
 * undone and holds the slice; ERR_LIMIT: record longer than an object may be. */
int spool_append(struct spool *spool, unsigned lane, const void *bytes, size_t length, uint32_t flows, int64_t now_ms,
	int64_t now_ns, struct err *err);
/* Counts flows that went where they were to go without an object: as sealed and written in one. wall_ms: when. */
void spool_shown(struct spool *spool, uint32_t flows, int64_t wall_ms);
/* Ends the lane's open segment; nothing when it is empty but for the lane's last-cut time. Its key is fixed here.
 * ERR_AGAIN: no entry free, or no stream name yet. now_ms: wall clock, now_ns: CLOCK_BOOTTIME. */
int spool_cut(struct spool *spool, unsigned lane, int64_t now_ms, int64_t now_ns, struct err *err);

/* Writes the lanes' new bytes, then the record: this is the commit. ERR_NO_SPACE and ERR_IO from the lanes' bytes: the
 * transaction has been undone, the slice is to be held. ERR_CORRUPT: the record could not be written, the worker ends
 * (what the transaction did may be there or not; recovery finds out). */
int spool_commit(struct spool *spool, struct err *err);
void spool_undo(struct spool *spool);
uint64_t spool_commit_number(const struct spool *spool);

struct spool_lane {
	uint64_t claimed, sealed, open;       /* cursors */
	uint32_t open_records;                /* in the open segment, this transaction's included */
	uint64_t open_bytes;
	uint64_t waiting_records;             /* of all segments and objects of the lane */
	uint64_t waiting_flows;
	int64_t last_cut_ms;                  /* wall clock; 0: never cut */
	int64_t last_cut_ns;                  /* CLOCK_BOOTTIME in this boot; 0: not in this boot */
	int64_t first_record_ns;              /* arrival of the open segment's first record, CLOCK_BOOTTIME; 0: empty */
	uint32_t entries;                     /* used of SPOOL_ENTRIES */
	int64_t stream_ms;                    /* name of its stream (clock_stamp); 0: none yet */
	uint64_t stream_number;               /* of the next object in it */
};
void spool_lane(const struct spool *spool, unsigned lane, struct spool_lane *figures);

/* A name for the next stream, from the supervisor; lanes whose stream is over (or absent) take it at their next cut. */
void spool_stream_name(struct spool *spool, int64_t wall_ms);
/* A name was used up or is wanted: ask the supervisor for another. */
bool spool_wants_stream_name(const struct spool *spool, int64_t now_ms, int64_t now_ns);
void spool_set_stream_seconds(struct spool *spool, uint32_t max_seconds_per_stream);

/* ---- sealing ---- */

struct seal_job;                              /* owned by the caller until spool_sealed */
/* The next segment to seal of any lane, oldest cut first; NULL: none (or one of that lane is under way). */
struct seal_job *spool_seal_next(struct spool *spool, bool behind);
/* Sealer thread: checks, compresses, writes, fsyncs and renames; several jobs' folder fsync is seal_sync's. */
int seal_run(struct seal_job *job, struct err *err);
int seal_sync(int dirfd, const struct file_ops *files, struct err *err);
/* In a transaction: the object exists (result 0), or its segment was damaged (ERR_CORRUPT: its flows are lost_spool), or
 * it is to be tried again (anything else). Frees the job. An object that finds room in flight is claimed at once. */
int spool_sealed(struct spool *spool, struct seal_job **job, int result, int64_t now_ms, struct err *err);

/* ---- durable commits ---- */

struct durable_job;
/* A copy of the last committed record, to be made durable by the sealer, and the files that go after it. One at a time;
 * NULL: nothing waits for one (no seal, claim, drop or unlink since the last). Not inside a transaction. */
struct durable_job *spool_durable_next(struct spool *spool);
int durable_run(struct durable_job *job, struct err *err);
/* Frees the job; on success everything up to its commit is durable, and durable_run has unlinked what may go. */
void spool_durable_done(struct spool *spool, struct durable_job **job, int result);
uint64_t spool_durable_number(const struct spool *spool);

/* ---- the way out ---- */

struct spool_object {
	unsigned lane;
	uint64_t number;
	uint64_t records, flows;
	uint64_t bytes;                       /* of the content, without the 4 KiB head */
	uint64_t claim_commit;                /* may be sent once this commit is durable */
	bool maybe_sent;                      /* in doubt since before this worker's start: a damaged one is asked for */
	char name[96];                        /* file in the spool folder */
};
/* In a transaction: claims the lane's next sealed object if there is room in flight. ERR_AGAIN: nothing to claim. */
int spool_claim(struct spool *spool, unsigned lane, struct err *err);
/* The i-th object in flight of a lane (0 … SPOOL_IN_FLIGHT-1, in order of number). False: there is none. */
bool spool_in_flight(const struct spool *spool, unsigned lane, unsigned index, struct spool_object *object);
/* In a transaction: stored. `written` grows; the file goes after the commit. */
int spool_settle(struct spool *spool, unsigned lane, uint64_t number, struct err *err);
/* In a transaction: given up because it is damaged (in flight; the caller has asked for it if maybe_sent); counted
 * lost_spool, set aside after a durable commit. */
int spool_give_up(struct spool *spool, unsigned lane, uint64_t number, struct err *err);
/* In a transaction: drops the lane's oldest sealed, unclaimed object as `overflow`, or (lane == SPOOL_LANES) the
 * pipeline's oldest as `spool`. ERR_AGAIN: there is none. The loop calls it while over_limit says so. */
int spool_drop(struct spool *spool, unsigned lane, struct err *err);
/* The lane that is over max_waiting_records, or SPOOL_LANES when over quota; -1: none that spool_drop could help. */
int spool_over_limit(const struct spool *spool);

struct spool_totals {
	uint64_t segments, objects, bytes;
	uint64_t unsent_objects, unsent_flows;
	int64_t oldest_ms;                    /* wall clock; 0: empty */
	int64_t batch_ms, write_ms;           /* as the record has them */
};
void spool_totals(const struct spool *spool, struct spool_totals *totals);

/* Reading is to pause: a lane has SPOOL_PAUSE entries. */
bool spool_pauses(const struct spool *spool);

/* The last transaction was refused something (ERR_AGAIN) because the quota is used up. */
bool spool_over_quota(const struct spool *spool);

/* Orderly end, after the last commit: the stages' memory is saved beside it. */
int spool_close(struct spool *spool, struct err *err);

#endif
