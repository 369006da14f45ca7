/* What the files of the spool share. Nothing else includes this. */
#ifndef SLUICE_WORKER_SPOOL_INTERNAL_H
#define SLUICE_WORKER_SPOOL_INTERNAL_H

#include <sys/types.h>

#include "common/buffer.h"
#include "worker/commit.h"
#include "worker/object_queue.h"
#include "worker/spool.h"
#include "worker/spool_name.h"

/* What a transaction may change besides the record; derived from the record and the folder at start. */
struct flight {
	uint64_t claim_commit;
	int64_t sealed_ms;
	bool maybe_sent;
};

struct lane_view {
	uint64_t waiting_records, waiting_flows;
	struct flight flights[SPOOL_IN_FLIGHT];       /* beside the record's */
	bool stale;                   /* the open segment's head is of another configuration: cut before the next record */
	bool moves;                   /* it is of another place: the stream ends with it */
};

struct spool_view {
	struct commit record;
	struct lane_view lanes[SPOOL_LANES];
	uint64_t objects, object_bytes;               /* files, heads included */
	uint64_t segments, segment_bytes;
	uint64_t durable_wanted;      /* commit that something waits for */
	uint64_t losses;              /* of the account, as far as the open segments are marked with them */
};

/* A file that goes when a commit is there (or durable). */
enum doom { DOOM_UNLINK_SEGMENT, DOOM_UNLINK_OBJECT, DOOM_SET_ASIDE };

struct doomed {
	enum doom doom;
	unsigned lane;
	uint64_t number, records, flows;
};

struct doomed_list {
	struct doomed *items;         /* owned */
	size_t count, size;
};

/* Bytes gathered for one segment in this transaction. */
struct piece {
	uint64_t number;
	size_t from, length;          /* in the lane's buffer */
	off_t at;                     /* in the segment's file: the length that counts */
};

struct lane {
	struct buffer bytes;
	struct piece pieces[SPOOL_ENTRIES];
	unsigned piece_count;
	int fd;                       /* of the segment last written, -1: none */
	uint64_t fd_number;
	struct object_queue queue;    /* from the committed `claimed` to the working `sealed` */
	bool sealing;                 /* a job of this lane is out */
	struct ring_position cut_positions[SPOOL_ENTRIES];    /* segment n at n % SPOOL_ENTRIES: not beyond this */
};

struct spool {
	struct spool_options options;
	const struct file_ops *files;
	struct buffer format;         /* format part of new segments' heads */
	unsigned char boot_id[BOOT_ID_SIZE];
	int lock_fd, commit_fd;
	uint64_t slot_numbers[COMMIT_SLOTS];          /* as known to be in the file; 0: none */
	unsigned truth;               /* slot of the last commit */
	uint64_t durable_number;
	struct spool_view committed, next;
	struct lane lanes[SPOOL_LANES];
	struct doomed_list doomed;    /* of the transaction too */
	size_t doomed_committed;
	bool active;                  /* a transaction is open */
	bool over_quota;              /* of the last one: something did not fit into it */
	bool recovering;              /* it is the one that recovery began */
	bool broken;                  /* the record could not be written: nothing is committed any more */
	bool durable_out;             /* a durable_job is out */
	int64_t stream_name_ms;       /* the newest name from the supervisor; 0: none */
	uint32_t stream_seconds;
};

static inline struct commit_entry *open_entry(struct commit_lane *lane)
{
	return commit_entry(lane, lane->open);
}

void spool_event(const struct spool *spool, int severity, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* spool_commit.c: room for one more in the list, so that the caller's changes cannot fail half-way; then the entry. */
int doomed_reserve(struct spool *spool, struct err *err);
void doomed_add(struct spool *spool, enum doom doom, unsigned lane, uint64_t number, uint64_t records, uint64_t flows);
/* The transaction's commit is one that something waits for. */
void spool_want_durable(struct spool *spool);

/* spool_loss.c: what a reader of the objects will miss, of any kind: only whether it grows matters. */
uint64_t spool_losses(const struct account *account);
/* Marks each lane's open segment when there is more of it than was known. */
void spool_note_losses(struct spool *spool);
/* Segment `number` begins, or is no more: it is not marked. */
void spool_clear_losses(struct spool *spool, unsigned lane, uint64_t number);
/* spool_lane.c: a segment's entry is given up; its flows have gone to another bin. */
void lane_forget_entry(struct spool *spool, unsigned lane, uint64_t number);
/* Moves `sealed` over holes. */
int lane_step_over_holes(struct spool *spool, unsigned lane, struct err *err);
/* spool_out.c: its flows leave the spool. */
void lane_release(struct spool *spool, unsigned lane, uint64_t records, uint64_t flows);
/* Drops the oldest sealed object; its flows go to *bin. ERR_AGAIN: there is none. */
int lane_drop(struct spool *spool, unsigned lane, uint64_t *bin, struct err *err);

/* recovery.c: everything of spool_open that reads the folder. Leaves an open transaction. */
int recovery_run(struct spool *spool, struct err *err);

#endif
