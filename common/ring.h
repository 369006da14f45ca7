/* The flow ring: one writer, any number of readers, in a memfd that the supervisor holds (docs of the protocol:
 * docs/durability.md, "Ring").
 *
 * Memory: one page of header, then `size` bytes of batches. `head` and `oldest` are byte offsets that only grow; a
 * batch lies at offset % size and never wraps (a pad batch fills the end). The unit is one analyzer message. The writer
 * never waits; a reader finds out afterwards that it was overtaken, and then nothing of what it read counts.
 * All of the ring is input to a reader: every offset and length is checked against the batch's own bounds. */
#ifndef SLUICE_COMMON_RING_H
#define SLUICE_COMMON_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/flow.h"

enum ring_kind { RING_FLOWS = 1, RING_GAP, RING_DROPS, RING_PAD };

enum ring_gap_reason {
	GAP_RECONNECT = 1, GAP_CLOSED, GAP_SILENCE, GAP_UNREACHABLE, GAP_REFUSED, GAP_SUBSCRIBER, GAP_WIDENED,
	GAP_SUPERVISOR,               /* none ran that kept a connection; not in a ring */
	GAP_REASONS
};
/* "reconnect", "closed" …; never NULL. */
const char *ring_gap_reason_name(unsigned reason);

/* A span in which flows that the analyzer sent may have been published nowhere. Wall clock, ms. */
struct ring_gap {
	int64_t from_ms, to_ms;
	uint32_t reason;              /* enum ring_gap_reason */
	uint32_t reserved;
};

/* Losses that a probe reports in the `stats` namespace, since its previous report. */
struct ring_drops {
	uint64_t capture;             /* flow_capture_hash */
	uint64_t flow_dropped, kernel_flow_dropped, packets_dropped;
};

/* Figures of the subscription; written by the subscriber alone, read by whoever shows status. Relaxed atomics. */
struct ring_counters {
	uint64_t connected;           /* 1 while the websocket is up */
	uint64_t messages, message_bytes, flows;
	uint64_t malformed;           /* flows that could not be decoded */
	uint64_t refused;             /* messages that were no valid envelope, or too large */
	uint64_t ignored;             /* messages of other types */
	uint64_t reconnects;
	uint64_t gap_ms;
	uint64_t probe_dropped;       /* sum of all reported losses */
	uint64_t last_message_ns;     /* CLOCK_BOOTTIME of the last flow message, 0: none */
	uint64_t started_ns;          /* CLOCK_BOOTTIME of the epoch's first subscriber, 0: there was none */
};

/* For the one subscriber that writes them: relaxed, so that a reader never sees half a figure. */
static inline void counter_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

static inline void counter_add(uint64_t *counter, uint64_t more)
{
	counter_set(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + more);
}

struct ring_position {
	uint64_t epoch;
	uint64_t offset;              /* of the batch */
	uint64_t passed;              /* flows of that batch already passed */
	uint64_t sequence;            /* of the next flow */
};

/* ---- memory, made by the supervisor ---- */

/* Makes a ring memfd of `size` data bytes (power of two, 64 KiB to 4 GiB): epoch drawn, sealed against resizing, mode
 * 0400. *fd is read-write and close-on-exec; ring_reopen_read gives workers' descriptors. */
int ring_create(size_t size, int *fd, uint64_t *epoch, struct err *err);
/* A read-only descriptor of the same memory. */
int ring_reopen_read(int fd, int *read_fd, struct err *err);

/* ---- writer ---- */

struct ring_writer;

/* Maps fd read-write and walks oldest → head to find the next sequence. *restarted tells whether anything had been
 * published before: then the caller publishes a gap first. wake_fd (eventfd, borrowed) may be -1. */
int ring_writer_open(struct ring_writer **writer, int fd, int wake_fd, bool *restarted, struct err *err);
void ring_writer_close(struct ring_writer **writer);

/* The largest number of bytes that one batch may take, its head included: a quarter of the ring. */
size_t ring_batch_max(const struct ring_writer *writer);
/* Bytes that a flows batch takes for `count` flows with `text_length` bytes of text. */
size_t ring_flows_size(uint32_t count, size_t text_length);

struct ring_flows {
	const struct flow_column *columns;    /* count of each */
	const struct flow *flows;             /* text_refs relative to text */
	uint32_t count;
	const char *text;                     /* the message's raw text */
	size_t text_length;
	int64_t wall_ms;                      /* arrival */
	int64_t boottime_ns;
};
/* Publishes one batch; ERR_LIMIT when it is larger than ring_batch_max (the caller splits). */
int ring_publish_flows(struct ring_writer *writer, const struct ring_flows *flows, struct err *err);
int ring_publish_gap(struct ring_writer *writer, const struct ring_gap *gap, int64_t boottime_ns, struct err *err);
int ring_publish_drops(struct ring_writer *writer, const struct ring_drops *drops, int64_t wall_ms, int64_t boottime_ns,
	struct err *err);
/* Wakes the readers if anything was published since the last wake. The caller coalesces (10 ms; 40 ms from 200 readers). */
void ring_wake(struct ring_writer *writer);
/* No batch will follow in this epoch. */
void ring_close(struct ring_writer *writer);
/* For relaxed updates by the subscriber: counter_add(&counters->messages, 1). */
struct ring_counters *ring_writer_counters(struct ring_writer *writer);
uint64_t ring_writer_sequence(const struct ring_writer *writer);

/* ---- reader ---- */

struct ring_reader;

int ring_reader_open(struct ring_reader **reader, int fd, struct err *err);
void ring_reader_close(struct ring_reader **reader);

uint64_t ring_epoch(const struct ring_reader *reader);
bool ring_closed(const struct ring_reader *reader);
/* The position behind everything that is published now: where a pipeline begins that has none. */
void ring_head(const struct ring_reader *reader, struct ring_position *position);
/* Bytes of data that it holds before it goes round. */
size_t ring_size(const struct ring_reader *reader);
/* Sequence behind the last published flow. */
uint64_t ring_head_sequence(const struct ring_reader *reader);
/* Bytes between position and head, as a share of the ring in 1/1000; for the "below a quarter" rules. */
unsigned ring_lag_permille(const struct ring_reader *reader, const struct ring_position *position);
void ring_read_counters(const struct ring_reader *reader, struct ring_counters *counters);

/* A batch as found at a position; holds no pointer into the ring that is safe to follow without the calls below. */
struct ring_batch {
	uint32_t kind;                /* enum ring_kind, never RING_PAD */
	uint32_t count;               /* flows */
	uint64_t offset;              /* of this batch */
	uint64_t next_offset;         /* of the one behind it */
	uint64_t first_sequence;
	uint32_t text_length;
	int64_t wall_ms;
	int64_t boottime_ns;
	struct ring_gap gap;          /* kind RING_GAP */
	struct ring_drops drops;      /* kind RING_DROPS */
};

/* Finds the batch at position. 0; ERR_AGAIN: nothing there yet; ERR_LAPPED: overwritten, see ring_resume;
 * ERR_CORRUPT: what stands there is no batch. */
int ring_peek(struct ring_reader *reader, const struct ring_position *position, struct ring_batch *batch,
	struct err *err);
/* Copies `count` columns from flow `first` on. ERR_LAPPED, ERR_CORRUPT. */
int ring_copy_columns(struct ring_reader *reader, const struct ring_batch *batch, uint32_t first, uint32_t count,
	struct flow_column *columns, struct err *err);
/* Copies flow `index`'s record. Its text_refs have been checked to lie inside the batch's text. */
int ring_copy_flow(struct ring_reader *reader, const struct ring_batch *batch, uint32_t index, struct flow *flow,
	struct err *err);
/* Copies `length` bytes of the batch's text from `offset` on. */
int ring_copy_text(struct ring_reader *reader, const struct ring_batch *batch, uint32_t offset, uint32_t length,
	char *text, struct err *err);
/* True when the batch still stands: what was copied from it counts. After the last copy of a transaction. */
bool ring_still_there(const struct ring_reader *reader, const struct ring_batch *batch);
/* After ERR_LAPPED: moves position to the first batch a quarter of the ring past oldest (or the head when less is
 * published); *lost is exactly the number of flows in between. */
int ring_resume(struct ring_reader *reader, struct ring_position *position, uint64_t *lost, struct err *err);

#endif
